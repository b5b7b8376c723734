"""Runs of which no webhook told in time although one should have."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.model import IS_LATEST, Delivery, HookDelivery, MissedRun, Repository, Run
from pulseboard.vocabulary import DeliveryResult, Source

# A webhook may be late for a while.
_GRACE: Final = 5 * clock.MINUTE
# A share of lost webhooks that is nothing to worry about.
_TOLERATED: Final = 0.001


def note(
    collector: Collector, target: Target, news: Sequence[Envelope], receipts: Sequence[Receipt]
) -> None:
    """Keep which runs a poll had to tell of."""
    now = clock.now()
    late = {
        receipt.run_id
        for envelope, receipt in zip(news, receipts, strict=True)
        for run in envelope.runs
        if receipt.run_id is not None and run.updated_at < now - _GRACE
    }
    if not late:
        return
    with collector.database.writing() as session:
        for run_id in sorted(late):
            if session.get(MissedRun, run_id) is None:
                session.add(
                    MissedRun(run_id=run_id, repository_id=target.repository_id, found_at=now)
                )


class Misses(NamedTuple):
    """Of how many runs of the last day a webhook should have told, and of how many none did.

    `words` says what is wrong and what to do, where that is too many.
    """

    runs: int
    missed: int
    words: str | None


NO_MISSES: Final = Misses(0, 0, None)


def read_misses(session: Session, *, at: int) -> Misses:
    """Return how well webhooks told of the runs of the last day."""
    since = at - clock.DAY
    missed = session.scalar(
        select(func.count()).select_from(MissedRun).where(MissedRun.found_at >= since)
    )
    runs = session.scalar(
        select(func.count())
        .select_from(Run)
        .join(Repository, Repository.id == Run.repository_id)
        .where(
            IS_LATEST,
            Run.started_at >= since,
            # The column of the run, because its index begins with it.
            ~Run.demo,
            Repository.last_webhook_at.is_not(None),
        )
    )
    missed, runs = missed or 0, max(runs or 0, missed or 0)
    if not missed or missed <= runs * _TOLERATED:
        return Misses(runs, missed, None)
    return Misses(runs, missed, _explain(session, missed, runs, since=since))


def _explain(session: Session, missed: int, runs: int, *, since: int) -> str:
    said = f"Webhooks did not tell of {missed:,} of {runs:,} runs of the last day; polling did."
    failed = session.execute(
        select(HookDelivery.status, func.count())
        .where(HookDelivery.delivered_at >= since)
        .group_by(HookDelivery.status)
        .order_by(func.count().desc())
        .limit(1)
    ).one_or_none()
    if failed is not None:
        return (
            f"{said} GitHub tried and failed ({failed[0]}, {failed[1]:,} times): look whether this"
            " server can be reached from outside and answers within ten seconds."
        )
    refused = session.scalar(
        select(func.count())
        .select_from(Delivery)
        .where(
            Delivery.received_at >= since,
            Delivery.source == Source.WEBHOOK,
            Delivery.result == DeliveryResult.UNPARSABLE,
        )
    )
    if refused:
        return f"{said} {refused:,} deliveries could not be read: look at them under Ingestion."
    return (
        f"{said} GitHub reports no failed delivery: look whether the webhook sends workflow_run and"
        " workflow_job events, is active, and has the secret of GITHUB_WEBHOOK_SECRET."
    )
