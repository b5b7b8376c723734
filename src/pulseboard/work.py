"""Which background work there is: every kind of job and every schedule, whoever carries it out."""

from typing import Final

from pulseboard import clock
from pulseboard.alerts.delivery import Delivery
from pulseboard.alerts.outbox import SEND
from pulseboard.alerts.sweeping import sweep
from pulseboard.alerts.timed import check_time
from pulseboard.alerts.watch import Watch
from pulseboard.collect import retention
from pulseboard.config import Settings
from pulseboard.jobs.port import Catalogue, Context

_SWEEP_EVERY: Final = 15 * clock.SECOND
# A server that has just started has better things to do.
_RETENTION_WAIT: Final = 10 * clock.MINUTE


def make_catalogue(settings: Settings) -> Catalogue:
    """Return all that can be done in the background, as these settings want it done."""
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
    _add_alerts(catalogue, settings)
    return catalogue


def _add_alerts(catalogue: Catalogue, settings: Settings) -> None:
    watch, delivery = Watch(settings), Delivery(settings)

    def look_at_the_clock(context: Context) -> None:
        check_time(context.database, watch, at=clock.now())

    def send_what_is_left(context: Context) -> None:
        sweep(context.database, delivery, should_stop=lambda: context.is_stopping)

    catalogue.job(SEND, delivery)
    catalogue.schedule("alerts by the clock", clock.MINUTE, look_at_the_clock)
    catalogue.schedule("alerts left behind", _SWEEP_EVERY, send_what_is_left)
