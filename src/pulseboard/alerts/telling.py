"""Making messages of what is owed: the facts of alerts, as they are when the message leaves."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.alerts.message import Item, Message, Why
from pulseboard.alerts.outbox import Sending
from pulseboard.config import Settings
from pulseboard.model import (
    Alert,
    AlertRule,
    Channel,
    Job,
    Log,
    Notification,
    Repository,
    Run,
    Step,
    Workflow,
)
from pulseboard.vocabulary import FAILURE_CONCLUSIONS, Outcome

_ANY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104  # Compared with, not listened on.


def base_url(settings: Settings) -> str:
    """Return what the links in messages begin with."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = "localhost" if settings.host in _ANY_ADDRESS else settings.host
    return f"http://{host}:{settings.port}"


def message_id(lead_id: int, *, instance: str) -> str:
    """Return the id of a message, the same at every try."""
    return f"pulseboard-{instance}-{lead_id}"


def items_of(session: Session, rows: Sequence[Notification], *, base: str) -> tuple[Item, ...]:
    """Return the facts of the alerts that these notifications are about, in their order."""
    return tuple(_item(session, session.get_one(Alert, row.alert_id), row, base) for row in rows)


def _item(session: Session, alert: Alert, row: Notification | None, base: str) -> Item:
    # The reaction knows more than the alert: names may have changed, the run has details.
    run = session.get(Run, (alert.run_id, alert.attempt)) if alert.run_id else None
    repository = session.get(Repository, alert.repository_id) if alert.repository_id else None
    workflow = session.get(Workflow, alert.workflow_id) if alert.workflow_id else None
    rule = session.get(AlertRule, alert.rule_id) if alert.rule_id else None
    job = _failed_job(session, run) if run is not None else None
    log = session.get(Log, job.id) if job is not None else None
    return Item(
        alert_id=alert.id,
        headline=alert.message,
        severity=alert.severity,
        rule=rule.name if rule else "",
        repository=repository.full_name if repository else None,
        workflow=workflow.name if workflow else None,
        branch=alert.branch,
        since=alert.since,
        resolved_at=alert.resolved_at,
        resolution=alert.resolution,
        commit=run.head_sha if run else None,
        author=(run.commit_author or run.actor) if run else None,
        run_number=run.run_number if run else None,
        error=_error_of(session, job, log) if job is not None else None,
        run_url=f"{base}/runs/{run.id}" if run else None,
        log_url=f"{base}/runs/{run.id}/jobs/{job.id}{_line_of(log)}" if run and job else None,
        alert_url=f"{base}/alerts/{alert.id}",
        thread=_thread_of(session, alert, row) if row is not None else None,
    )


def _failed_job(session: Session, run: Run) -> Job | None:
    query = select(Job).where(
        Job.run_id == run.id, Job.attempt == run.attempt, Job.outcome == Outcome.FAILURE
    )
    return session.scalars(query.order_by(Job.completed_at, Job.id).limit(1)).first()


def _error_of(session: Session, job: Job, log: Log | None) -> str:
    """Return the line that broke it, or what failed while its log is not read yet."""
    if log is not None and log.first_error:
        return log.first_error
    query = select(Step).where(Step.job_id == job.id, Step.conclusion.in_(FAILURE_CONCLUSIONS))
    step = session.scalars(query.order_by(Step.number).limit(1)).first()
    where = f"step {step.name!r} of job {job.name!r}" if step else f"job {job.name!r}"
    words = (job.conclusion or "failed").replace("_", " ").replace("failure", "failed")
    return f"{where} {words}"


def _line_of(log: Log | None) -> str:
    return f"#L{log.first_error_line}" if log is not None and log.first_error_line else ""


def _thread_of(session: Session, alert: Alert, row: Notification) -> str | None:
    query = (
        select(Notification.provider_ref)
        .where(
            Notification.alert_id == alert.id,
            Notification.channel_id == row.channel_id,
            Notification.state == Sending.SENT,
            Notification.provider_ref.is_not(None),
        )
        .order_by(Notification.id)
        .limit(1)
    )
    return session.scalar(query)


def message_of(
    session: Session,
    rows: Sequence[Notification],
    *,
    base: str,
    instance: str,
    is_repeated: bool,
) -> Message:
    """Return the message that tells of these notifications, which are of one kind."""
    lead = rows[0]
    return Message(
        id=message_id(lead.lead_id or lead.id, instance=instance),
        why=Why(lead.kind),
        items=items_of(session, rows, base=base),
        note=_trouble(session, lead) if lead.kind == Why.TROUBLE else None,
        is_repeated=is_repeated,
        at=lead.created_at,
    )


def _trouble(session: Session, row: Notification) -> str:
    failed = session.get(Notification, -row.transition)
    channel = session.get(Channel, failed.channel_id) if failed is not None else None
    if failed is None or channel is None:
        return "Another channel could not be told."
    return f"{channel.name} could not be told: {failed.detail}"
