"""Which background work there is: every kind of job and every schedule, whoever carries it out."""

from collections.abc import Sequence
from typing import Final

from pulseboard import clock
from pulseboard.collect import retention
from pulseboard.collect.github import client, rounds
from pulseboard.collect.github.collector import OnBackfill
from pulseboard.collect.github.connection import Connect, Connection
from pulseboard.collect.groupcommit import OnCommit
from pulseboard.config import Settings
from pulseboard.jobs.port import Catalogue, Context

# A server that has just started has better things to do.
_RETENTION_WAIT: Final = 10 * clock.MINUTE


def make_catalogue(
    settings: Settings,
    *,
    on_commit: Sequence[OnCommit] = (),
    on_backfill: OnBackfill | None = None,
    connect: Connect = client.connect,
) -> Catalogue:
    """Return all that can be done in the background, as these settings want it done.

    `on_commit` hears what polls and backfills have changed, `on_backfill` how far these are.
    """
    catalogue = Catalogue()

    def retain(context: Context) -> None:
        context.sleep_until(clock.now() + _RETENTION_WAIT)
        retention.run(
            context.database,
            settings=settings,
            at=clock.now(),
            should_stop=lambda: context.is_stopping,
        )

    catalogue.schedule("retention", clock.DAY, retain)
    connection = Connection(settings, connect=connect, on_commit=on_commit, on_backfill=on_backfill)
    rounds.add_to(catalogue, connection)
    return catalogue
