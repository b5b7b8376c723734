"""Runs of which no webhook told in time although one should have."""

from collections.abc import Sequence
from typing import Final

from pulseboard import clock
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.model import MissedRun

# A webhook may be late for a while.
_GRACE: Final = 5 * clock.MINUTE


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
