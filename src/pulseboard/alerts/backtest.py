"""What a rule would have done over the last days, from the runs that are stored."""

from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.episodes import replay
from pulseboard.alerts.histories import Told, read_streams, with_queues
from pulseboard.alerts.readings import Result, in_order, look_back, read
from pulseboard.alerts.rules import (
    ANY_BRANCH,
    DEFAULT_BRANCH,
    GLOBAL_KINDS,
    Kind,
    Rule,
    RuleScope,
)
from pulseboard.alerts.scoping import find_streams
from pulseboard.alerts.words import Place, write_seconds

# More workflows than that are not read for a preview; the answer says so.
MAX_STREAMS: Final = 300
_MOST_RUNS: Final = 1500
_MOST_POINTS: Final = 400


class Firing(NamedTuple):
    """When it would have fired, until when (None while it lasts), and where."""

    start: int
    end: int | None
    place: Place


class Preview(NamedTuple):
    """The outcome of a backtest; the series is that of the place that fired most."""

    firings: list[Firing]
    series: list[tuple[int, float]]
    place: Place | None
    matched: int
    is_complete: bool


def backtest(session: Session, rule: Rule, *, since: int, at: int, demo: bool) -> Preview:
    """Replay a rule over what happened from `since` to `at`."""
    if rule.kind in GLOBAL_KINDS:
        return Preview([], [], None, 0, is_complete=True)
    streams, homes = find_streams(session, rule, since=since, demo=demo)
    firings: list[Firing] = []
    best: tuple[int, int] = (-1, -1)
    series: list[tuple[int, float]] = []
    place: Place | None = None
    for stream in streams[:MAX_STREAMS]:
        told = read_streams(session, [stream], limit=_MOST_RUNS)[stream]
        results = _results(session, rule, told)
        where = homes[stream.workflow_id].place(stream)
        found = _firings(rule, results, where, since=since, at=at)
        firings += found
        if (len(found), len(results)) > best and results:
            best = (len(found), len(results))
            series, place = _series(rule, results, since=since), where
    firings.sort(key=lambda firing: firing.start)
    return Preview(firings, series, place, len(streams), is_complete=len(streams) <= MAX_STREAMS)


def _results(session: Session, rule: Rule, told: list[Told]) -> list[Result]:
    results = [each.result for each in told if rule.scope.covers_event(each.event)]
    if rule.kind is Kind.QUEUE_TIME:
        results = with_queues(session, results)
    return in_order(results)


def _firings(
    rule: Rule, results: list[Result], place: Place, *, since: int, at: int
) -> list[Firing]:
    if rule.kind is Kind.NO_RUN:
        return [gap._replace(place=place) for gap in _gaps(rule, results, since=since, at=at)]
    return [
        Firing(episode.fired_at, episode.cleared_at, place)
        for episode in replay(rule, results, at=at)
        if episode.fired_at is not None and (episode.cleared_at or at) >= since
    ]


def _gaps(rule: Rule, results: list[Result], *, since: int, at: int) -> list[Firing]:
    limit = round(rule.threshold * clock.HOUR)
    moments = sorted(result.created_at for result in results)
    found = []
    for place, moment in enumerate(moments):
        last = place + 1 == len(moments)
        until = at if last else moments[place + 1]
        if until - moment >= limit and until >= since:
            found.append(Firing(moment + limit, None if last else until, Place()))
    return found


def _series(rule: Rule, results: list[Result], *, since: int) -> list[tuple[int, float]]:
    points: list[tuple[int, float]] = []
    for place, result in enumerate(results):
        if result.completed_at < since:
            continue
        seen = results[max(0, place + 1 - max(look_back(rule), 50)) : place + 1]
        value = read(rule, seen, at=result.completed_at).value
        if value is not None:
            points.append((result.completed_at, value))
    step = max(1, len(points) // _MOST_POINTS)
    return points[::step]


def write_outcome(found: Preview, seconds: float, *, scope: RuleScope) -> str:
    """Write what a rule would have done, as a sentence."""
    if not found.matched:
        branches = set(scope.branches) - {DEFAULT_BRANCH, ANY_BRANCH}
        names_any = scope.repositories or scope.workflows or branches
        advice = "check the names" if names_any else "no run has arrived yet"
        return f"This rule looks at nothing that is stored: {advice}."
    count = len(found.firings)
    if not count:
        return "Would not have fired."
    times = "once" if count == 1 else f"{count} times"
    return f"Would have fired {times} ({write_seconds(seconds)}{_over(found)})."


def _over(found: Preview) -> str:
    """Say of how many places the time is the sum: it may be longer than the window."""
    places = {firing.place for firing in found.firings}
    workflows = {(place.repository, place.workflow) for place in places}
    if len(workflows) > 1:
        is_named = any(workflow is not None for _repository, workflow in workflows)
        return f" in all, over {len(workflows)} {'workflows' if is_named else 'repositories'}"
    return f" in all, over {len(places)} branches" if len(places) > 1 else ""
