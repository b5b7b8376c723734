"""Which background work there is: every kind of job and every schedule, whoever carries it out."""

from collections.abc import Sequence
from typing import Final

from pulseboard import clock
from pulseboard.collect import retention
from pulseboard.collect.github import connecting, logs, rounds
from pulseboard.collect.github.collector import OnBackfill
from pulseboard.collect.github.connection import Connect, Connection
from pulseboard.collect.groupcommit import OnCommit
from pulseboard.collect.writer import Reaction
from pulseboard.config import Settings
from pulseboard.jobs.port import Catalogue, Context
from pulseboard.logs.retention import sweep
from pulseboard.logs.store import open_store

# A server that has just started has better things to do.
_RETENTION_WAIT: Final = 10 * clock.MINUTE


def make_catalogue(
    settings: Settings,
    *,
    reactions: Sequence[Reaction] = (),
    on_commit: Sequence[OnCommit] = (),
    on_backfill: OnBackfill | None = None,
    connect: Connect = connecting.connect,
) -> Catalogue:
    """Return all that can be done in the background, as these settings want it done.

    `reactions` take part in what polls and backfills write, `on_commit` hears what they have
    changed, and `on_backfill` how far backfills are.
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
        sweep(
            context.database,
            store=open_store(settings),
            at=clock.now(),
            should_stop=lambda: context.is_stopping,
        )

    catalogue.schedule("retention", clock.DAY, retain)
    connection = Connection(
        settings,
        connect=connect,
        reactions=reactions,
        on_commit=on_commit,
        on_backfill=on_backfill,
    )
    rounds.add_to(catalogue, connection)
    logs.add_to(catalogue, connection)
    return catalogue
