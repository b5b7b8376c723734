"""Making messages of what is owed: the facts of alerts, as they are when the message leaves."""

from collections.abc import Sequence
from typing import Final

from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.alerts.loading import by_number
from pulseboard.alerts.message import MAX_LISTED, Item, Message, Why
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


def message_id(session: Session, row: Notification, *, instance: str) -> str:
    """Return the id of the message that a notification goes out with, the same at every try."""
    lead = session.get(Notification, row.lead_id or row.id) or row
    # SQLite gives the number of a deleted row to a new one, and a receiver would leave that out.
    began = session.get_one(Alert, lead.alert_id).created_at
    return f"pulseboard-{instance}-{lead.id}-{began:x}"


def items_of(session: Session, rows: Sequence[Notification], *, base: str) -> tuple[Item, ...]:
    """Return the facts of the alerts that these notifications are about, in their order.

    Of those that a message only counts, not what is known of their runs.
    """
    known = _Known(session, rows)
    return tuple(
        _item(session, known.alerts[row.alert_id], row, known, base, in_full=place < MAX_LISTED)
        for place, row in enumerate(rows)
    )


class _Known:
    """What belongs to the alerts of a message, read at once."""

    def __init__(self, session: Session, rows: Sequence[Notification]) -> None:
        self.alerts = by_number(session, Alert, (row.alert_id for row in rows))
        about = self.alerts.values()
        self.repositories = by_number(session, Repository, (alert.repository_id for alert in about))
        self.workflows = by_number(session, Workflow, (alert.workflow_id for alert in about))
        self.rules = by_number(session, AlertRule, (alert.rule_id for alert in about))


def _item(
    session: Session, alert: Alert, row: Notification, known: _Known, base: str, *, in_full: bool
) -> Item:
    # The reaction knows more than the alert: names may have changed, the run has details.
    repository = known.repositories.get(alert.repository_id or 0)
    workflow = known.workflows.get(alert.workflow_id or 0)
    rule = known.rules.get(alert.rule_id or 0)
    item = Item(
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
        alert_url=f"{base}/alerts/{alert.id}",
    )
    return _in_full(session, item, alert, row, base) if in_full else item


def _in_full(session: Session, item: Item, alert: Alert, row: Notification, base: str) -> Item:
    """Add what is known of the run, of what broke in it, and of the message before."""
    item = structs.replace(item, thread=_thread_of(session, alert, row))
    run = session.get(Run, (alert.run_id, alert.attempt)) if alert.run_id else None
    if run is None:
        return item
    fix = None
    if alert.resolved_run_id is not None:
        fix = session.get(Run, (alert.resolved_run_id, alert.resolved_attempt))
    job = _failed_job(session, run)
    log = session.get(Log, job.id) if job is not None else None
    return structs.replace(
        item,
        commit=run.head_sha,
        author=_author_of(run),
        run_number=run.run_number,
        fixed_commit=fix.head_sha if fix else None,
        fixed_author=_author_of(fix) if fix else None,
        fixed_number=fix.run_number if fix else None,
        error=_error_of(session, job, log) if job is not None else None,
        run_url=f"{base}/runs/{run.id}",
        log_url=f"{base}/runs/{run.id}/jobs/{job.id}{_line_of(log)}" if job else None,
    )


def _author_of(run: Run) -> str | None:
    return run.commit_author or run.actor


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
) -> Message:
    """Return the message that tells of these notifications, which are of one kind."""
    lead = rows[0]
    return Message(
        id=message_id(session, lead, instance=instance),
        why=Why(lead.kind),
        items=items_of(session, rows, base=base),
        note=_trouble(session, lead) if lead.kind == Why.TROUBLE else None,
        at=lead.created_at,
    )


def _trouble(session: Session, row: Notification) -> str:
    failed = session.get(Notification, -row.transition)
    channel = session.get(Channel, failed.channel_id) if failed is not None else None
    if failed is None or channel is None:
        return "Another channel could not be told."
    return f"{channel.name} could not be told: {failed.detail}"
