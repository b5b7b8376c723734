"""Which background work there is: every kind of job and every schedule, whoever carries it out."""

from collections.abc import Sequence
from typing import Final

from pulseboard import clock
from pulseboard.alerts import sweeping
from pulseboard.alerts.delivery import Delivery
from pulseboard.alerts.outbox import SEND
from pulseboard.alerts.timed import check_time
from pulseboard.alerts.watch import Watch
from pulseboard.collect import retention
from pulseboard.collect.github import connecting, logs, rounds
from pulseboard.collect.github.collector import OnBackfill
from pulseboard.collect.github.connection import Connect, Connection
from pulseboard.collect.groupcommit import OnCommit
from pulseboard.config import Settings
from pulseboard.jobs.port import Catalogue, Context
from pulseboard.logs import retention as log_retention
from pulseboard.logs.growth import OnLog, tell_nobody
from pulseboard.logs.store import open_store

_SWEEP_EVERY: Final = 15 * clock.SECOND
# A server that has just started has better things to do.
_RETENTION_WAIT: Final = 10 * clock.MINUTE


def make_catalogue(
    settings: Settings,
    *,
    watch: Watch,
    on_commit: Sequence[OnCommit] = (),
    on_backfill: OnBackfill | None = None,
    on_log: OnLog = tell_nobody,
    connect: Connect = connecting.connect,
) -> Catalogue:
    """Return all that can be done in the background, as these settings want it done.

    `watch` settles the alerts of what polls and backfills write, `on_commit` hears what they have
    changed, `on_backfill` how far backfills are, and `on_log` which logs came in.
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
        log_retention.sweep(
            context.database,
            store=open_store(settings),
            at=clock.now(),
            should_stop=lambda: context.is_stopping,
        )

    catalogue.schedule("retention", clock.DAY, retain)
    connection = Connection(
        settings,
        connect=connect,
        reactions=(watch,),
        on_commit=on_commit,
        on_backfill=on_backfill,
    )
    rounds.add_to(catalogue, connection)
    logs.add_to(catalogue, connection, on_log=on_log)
    _add_alerts(catalogue, settings, watch)
    return catalogue


def _add_alerts(catalogue: Catalogue, settings: Settings, watch: Watch) -> None:
    delivery = Delivery(settings)

    def look_at_the_clock(context: Context) -> None:
        check_time(context.database, watch, at=clock.now())

    def send_what_is_left(context: Context) -> None:
        sweeping.sweep(context.database, delivery, should_stop=lambda: context.is_stopping)

    catalogue.job(SEND, delivery)
    catalogue.schedule("alerts by the clock", clock.MINUTE, look_at_the_clock)
    catalogue.schedule("alerts left behind", _SWEEP_EVERY, send_what_is_left)
