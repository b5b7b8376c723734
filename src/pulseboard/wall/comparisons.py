"""Differences to the period before, in words whose colour follows their meaning."""

from msgspec import Struct

from pulseboard.metrics.stats import Delta, Meaning, compare
from pulseboard.wall import words


class Comparison(Struct, frozen=True):
    """A difference: an arrow, words, and whether it is good."""

    arrow: str
    text: str
    meaning: Meaning = Meaning.UNKNOWN


def compare_rates(
    now: float | None, before: float | None, *, runs_before: int, period: str
) -> Comparison:
    """Compare two success rates in percentage points."""
    delta = compare(now, before, runs_before=runs_before, higher_is_better=True, is_rate=True)
    amount = f"{abs(delta.absolute or 0) * 100:.1f}{words.THIN}pp"
    return _say(delta, f"{amount} better than", f"{amount} worse than", "about the same as",
                runs_before=runs_before, period=period)  # fmt: skip


def compare_counts(now: int, before: int, *, period: str) -> Comparison:
    """Compare two numbers of runs; more of them is neither good nor bad."""
    delta = compare(now, before, runs_before=before, higher_is_better=None)
    amount = f"{abs(delta.share or 0) * 100:.0f}{words.THIN}%"
    return _say(delta, f"{amount} more than in", f"{amount} fewer than in", "about as many as in",
                runs_before=before, period=period)  # fmt: skip


def compare_durations(
    now: float | None, before: float | None, *, runs_before: int, period: str
) -> Comparison:
    """Compare two averages; slower is worse."""
    delta = compare(now, before, runs_before=runs_before, higher_is_better=False)
    amount = words.duration(abs(delta.absolute or 0))
    return _say(delta, f"{amount} slower than in", f"{amount} faster than in",
                "about as fast as in", runs_before=runs_before, period=period)  # fmt: skip


def compare_failures(now: int, before: int, *, period: str) -> Comparison:
    """Compare two numbers of failures; more is worse, and every single one counts."""
    if now == before:
        return Comparison("=", f"as many as in {period}", Meaning.SAME)
    amount = words.number(abs(now - before))
    if now > before:
        return Comparison("▲", f"{amount} more than in {period}", Meaning.WORSE)
    return Comparison("▼", f"{amount} fewer than in {period}", Meaning.BETTER)


def _say(
    delta: Delta, more: str, less: str, same: str, *, runs_before: int, period: str
) -> Comparison:
    if delta.absolute is None:
        return Comparison("", f"no comparison ({words.count(runs_before, 'run')} before)")
    if delta.meaning is Meaning.SAME:
        return Comparison("=", f"{same} {period}", Meaning.SAME)
    arrow, text = ("▲", more) if delta.absolute > 0 else ("▼", less)
    return Comparison(arrow, f"{text} {period}", delta.meaning)
