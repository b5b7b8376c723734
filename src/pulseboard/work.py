"""Which background work there is: every kind of job and every schedule, whoever carries it out."""

from typing import Final

from pulseboard import clock
from pulseboard.collect import retention
from pulseboard.config import Settings
from pulseboard.jobs.port import Catalogue, Context

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
    return catalogue
