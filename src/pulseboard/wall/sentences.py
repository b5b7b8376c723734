"""The verdict in words: what is red, since when, which commit."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from msgspec import Struct

from pulseboard.pipelines import RunRow
from pulseboard.pipelines.reds import Red
from pulseboard.pipelines.verdict import State, Verdict
from pulseboard.wall import words


class Part(Struct, frozen=True):
    """A piece of a sentence; a commit is set in a fixed font."""

    text: str
    is_code: bool = False


class Sentence(Struct, frozen=True):
    """The answer to "is main green": a headline and what is known about it."""

    # green, red, recovering, stale or empty.
    state: str
    family: str
    shape: str
    headline: str
    details: Sequence[Part]


class RedLine(Struct, frozen=True):
    """A workflow that is red, as the list names it."""

    repository: str
    workflow: str
    details: Sequence[Part]
    is_recovering: bool
    newest: RunRow


def verdict_sentence(verdict: Verdict, *, zone: ZoneInfo) -> Sentence:
    """Put the verdict into words. That nothing was heard beats green: unknown is never green."""
    label = verdict.branch_label
    if verdict.state is State.STALE and verdict.last_event_at is not None:
        silent = words.span(verdict.at - verdict.last_event_at)
        last = words.time_of_day(verdict.last_event_at, zone, at=verdict.at)
        return Sentence(
            "stale", "warn", "question", f"Nothing heard for {silent}",
            [Part(f"The last event came at {last}. Is the webhook still there?")],
        )  # fmt: skip
    if not verdict.total:
        return Sentence(
            "empty", "neutral", "dash", f"No verdict on {label} yet",
            [Part("No run has finished on a default branch in the last 90 days.")],
        )  # fmt: skip
    if verdict.failing:
        return _red_sentence(verdict, label, zone)
    details = "No failure in the last 90 days."
    if verdict.last_failure_at is not None:
        details = f"Last failure {words.ago(verdict.last_failure_at, at=verdict.at)}."
    passed = "its only workflow" if verdict.total == 1 else f"all {verdict.total} workflows"
    return Sentence("green", "ok", "check", f"{label} is green — {passed} passed", [Part(details)])


def _red_sentence(verdict: Verdict, label: str, zone: ZoneInfo) -> Sentence:
    count = f"{verdict.failing} of {verdict.total} workflows"
    if verdict.total == 1:
        count = "its only workflow"
    oldest = verdict.red[0] if verdict.red else None
    details = _red_details(oldest, zone=zone, at=verdict.at) if oldest else []
    if verdict.state is State.RECOVERING:
        return Sentence(
            "recovering", "run", "ring", f"{label} is recovering — a fix is running for {count}",
            details,
        )  # fmt: skip
    return Sentence("red", "fail", "cross", f"{label} is red — {count} failing", details)


def red_line(red: Red, *, zone: ZoneInfo, at: int) -> RedLine:
    """Put one red workflow into words."""
    return RedLine(
        repository=red.newest.repository,
        workflow=red.newest.workflow,
        details=_red_details(red, zone=zone, at=at),
        is_recovering=red.is_recovering,
        newest=red.newest,
    )


def _red_details(red: Red, *, zone: ZoneInfo, at: int) -> list[Part]:
    bad, green = red.first_bad, red.last_green
    if bad is None or red.since is None:
        return [Part("Red for longer than the history that was looked at.")]
    since = words.time_of_day(red.since, zone, at=at)
    parts = [Part(f"Since {since} ({words.span(at - red.since)})")]
    if bad.head_sha:
        if red.untested and green is not None and green.head_sha:
            commits = "commit" if red.untested == 1 else "commits"
            parts += [Part(" · broke between "), _commit(green), Part(" and "), _commit(bad),
                      Part(f" ({red.untested} untested {commits} in between)")]  # fmt: skip
        else:
            parts += [Part(" · first bad "), _commit(bad), Part(_by(bad))]
    if green is not None and green.head_sha and green.completed_at is not None:
        last = words.time_of_day(green.completed_at, zone, at=at)
        parts += [Part(" · last green "), _commit(green), Part(f" at {last}")]
    return parts


def _commit(run: RunRow) -> Part:
    return Part((run.head_sha or "")[:7], is_code=True)


def _by(run: RunRow) -> str:
    person = run.commit_author or run.actor
    by = f" by {person}" if person else ""
    title = run.commit_message or run.title
    return f"{by} “{title[:80]}”" if title else by
