"""The clock of the schedules: which ticks are due, and asking for each of them once."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

import structlog

from pulseboard import clock
from pulseboard.errors import PulseboardError
from pulseboard.jobs.port import Schedule

# Makes a tick happen; says False while an earlier one of the same schedule is under way.
AskForTick = Callable[[str, int], bool]
# Forgets ticks that were made to happen later than now, so that they can be asked for again.
ForgetLater = Callable[[int], None]
# The longest wait, so that a clock that was set is noticed.
_LONGEST_WAIT: Final = clock.MINUTE
# Longer periods are not made up for: the engine does not remember their last tick long enough.
_LONGEST_MADE_UP: Final = clock.DAY
_log = structlog.get_logger("pulseboard.jobs")


class Ticker(threading.Thread):
    """Asks for every tick as it comes; several processes may, the engine keeps one of them."""

    def __init__(
        self,
        schedules: Iterable[Schedule],
        ask: AskForTick,
        *,
        stopping: threading.Event,
        forget_later: ForgetLater = lambda _now: None,
    ) -> None:
        super().__init__(name="ticker", daemon=True)
        self._ask = ask
        self._forget_later = forget_later
        # When it ticked last; the clock may have been set back before this process, too.
        self._ticked_at: int | None = None
        self._stopping = stopping
        self._schedules = list(schedules)
        self._asked: dict[str, int] = {}

    def run(self) -> None:
        """Tick until the process stops."""
        now = clock.now()
        for schedule in self._schedules:
            if schedule.every > _LONGEST_MADE_UP:
                self._asked[schedule.name] = latest_tick(schedule, now)
        while not self._stopping.is_set():
            self.tick(clock.now())
            self._stopping.wait(self._wait(clock.now()) / clock.SECOND)

    def tick(self, now: int) -> None:
        """Ask for every tick that is due and was not asked for."""
        if self._ticked_at is None or now < self._ticked_at:
            self._follow_back(now)
        self._ticked_at = now
        for schedule in self._schedules:
            due = latest_tick(schedule, now)
            if due == self._asked.get(schedule.name):
                continue
            try:
                if not self._ask(schedule.name, due):
                    _log.debug("schedule.still_running", schedule=schedule.name)
            except PulseboardError as error:
                # Asked again a little later: the tick is as good as long as its period lasts.
                _log.warning("schedule.failed", schedule=schedule.name, reason=error.detail)
                continue
            except Exception:  # noqa: BLE001  # One schedule must not stop the clock of all.
                _log.exception("schedule.failed", schedule=schedule.name)
            self._asked[schedule.name] = due

    def _follow_back(self, now: int) -> None:
        try:
            self._forget_later(now)
        except Exception:  # noqa: BLE001  # Without it, ticks wait until the clock is there again.
            _log.exception("schedule.not_set_back")

    def _wait(self, now: int) -> int:
        waits = [_LONGEST_WAIT]
        for schedule in self._schedules:
            due = latest_tick(schedule, now)
            asked = due == self._asked.get(schedule.name)
            waits.append(due + schedule.every - now if asked else clock.SECOND)
        return min(waits)


def latest_tick(schedule: Schedule, now: int) -> int:
    """Return the tick of a schedule that came last."""
    return now - now % schedule.every
