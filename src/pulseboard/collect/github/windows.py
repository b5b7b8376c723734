"""All runs created between two instants, although GitHub shows no more than 1,000 of a question."""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from pulseboard import clock
from pulseboard.collect.github import known
from pulseboard.collect.github.answers import Purpose, Refused, TooMuch
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.listing import PAGE, read_run_page
from pulseboard.collect.github.paths import run_paths
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.records import Envelope
from pulseboard.vocabulary import FeedState

# GitHub shows no more, whatever it counts.
CAP: Final = 1000
# How often a list is read that comes to fewer runs than GitHub counts, which may count wrongly.
_READINGS: Final = 3

Store = Callable[[list[Envelope]], int]


class Window(Struct):
    """Runs created in [start, end), to whole seconds, and what listing them came to."""

    start: int
    end: int
    news: int = 0
    requests: int = 0
    told: set[str] = set()
    # Pages that are as they were when they were last stored.
    unchanged: int = 0
    is_over_cap: bool = False

    @property
    def params(self) -> dict[str, str | int]:
        """How GitHub is asked for it; both its ends are inclusive."""
        last = clock.to_iso(self.end - clock.SECOND)
        return {"created": f"{clock.to_iso(self.start)}..{last}", "per_page": PAGE}


def list_window(
    collector: Collector,
    target: Target,
    window: Window,
    *,
    purpose: Purpose,
    store: Store,
    conditional: bool = False,
) -> None:
    """List the runs of a window page by page and store each page.

    When there are more than GitHub shows, `is_over_cap` is set and the rest is left out: the caller
    then asks for smaller windows. Raises Later and Refused.
    """
    paths, missing = run_paths(target.full_name, target.workflows), list[Refused]()
    for path in paths:
        try:
            for _ in range(_READINGS):
                if not _list_path(
                    collector, target, window, path,
                    purpose=purpose, store=store, conditional=conditional,
                ):  # fmt: skip
                    break
        except Refused as error:
            if error.state is not FeedState.NOT_FOUND:
                raise
            missing.append(error)
        if window.is_over_cap:
            return
    # A repository need not have every workflow that is named; who has none may be gone itself.
    if len(missing) == len(paths):
        raise missing[0]


def _list_path(
    collector: Collector,
    target: Target,
    window: Window,
    path: str,
    *,
    purpose: Purpose,
    store: Store,
    conditional: bool,
) -> bool:
    """Read the list once; return whether it should be read again, as runs were left out.

    A run that is deleted meanwhile moves all older ones up, and one of them to a page that was read
    before. What is looked through again and again need not be whole each time.
    """
    counted, seen = 0, set[str]()
    for number in range(1, CAP // PAGE + 1):
        collector.stop_if_asked()
        try:
            answer = collector.github.get(
                path,
                repository=target.full_name,
                purpose=purpose,
                params={**window.params, "page": number},
                conditional=conditional,
            )
        except TooMuch:
            if not _can_be_cut(window):
                raise
            window.is_over_cap = True
            return False
        window.requests += 1
        if answer.not_modified:
            window.unchanged += 1
            if _count(collector, target, window) <= number * PAGE:
                return False
            continue
        page = read_run_page(answer.body, target.seen, received_at=clock.now())
        window.told.update(run.run_id for e in page.envelopes for run in e.runs)
        window.news += store(page.envelopes)
        counted = max(counted, page.hint or 0)
        seen.update(e.runs[0].run_id if e.runs else e.guid for e in page.envelopes)
        # What GitHub counts is a hint: it spares asking for pages of what has to be cut anyway.
        if number == 1 and (page.hint or 0) > CAP and _can_be_cut(window):
            window.is_over_cap = True
            return False
        if answer.next_url is None or not page.envelopes:
            break
    if number == CAP // PAGE and len(window.told) >= CAP and _can_be_cut(window):
        window.is_over_cap = True
        return False
    return not conditional and len(seen) < min(counted, CAP)


def _count(collector: Collector, target: Target, window: Window) -> int:
    with collector.database.reading() as session:
        return known.count_between(
            session, target.repository_id, start=window.start, end=window.end
        )


def _can_be_cut(window: Window) -> bool:
    return window.end - window.start > clock.SECOND


def to_seconds(instant: int) -> int:
    """Return the whole second at or before an instant: GitHub knows no finer times."""
    return instant - instant % clock.SECOND


def aligned(start: int, end: int, *, length: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of one length that cover [start, end), newest first.

    They begin at full multiples of the length, so that the same spans come back the next time.
    """
    last = end - 1 - (end - 1) % length
    while last + length > start:
        yield last, last + length
        last -= length
