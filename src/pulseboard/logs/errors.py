"""Which lines of a log tell of an error or a warning, and which one of them is guilty."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import re2

from pulseboard.logs import ansi, lines, rules
from pulseboard.logs.signature import signature_of
from pulseboard.logs.stamps import without_stamp
from pulseboard.logs.structure import Group, StepLines

MAX_ERRORS: Final = 40
MAX_WARNINGS: Final = 200
MAX_TEXT: Final = 500
# A line without an end costs no more to look at than any other.
_LOOK_AT: Final = 4096
_SURE: Final = 60
_TRACED: Final = 94
_BEFORE_GIVING_UP: Final = 12
_WORDED: Final = 40
_LOOK_AHEAD: Final = 3
_HAS_WORDS: Final = re2.compile(r"\w")
# From here on a line is taken for a reason even of a job that was stopped.
_CERTAIN: Final = 86
_SET: Final = re2.Set.SearchSet()
for _rule in rules.RULES:
    _SET.Add(_rule.pattern)
_SET.Compile()
_ERROR: Final = "##[error]"
_RUN: Final = "Run "
# What is no runner of GitHub declares a job failed in its last lines.
_NEAR_END: Final = 50
_ERROR_BYTES: Final = _ERROR.encode()
_TELLTALE: Final = re2.compile(rules.TELLTALE.encode())


class FirstError(NamedTuple):
    """The line that most likely says why the job failed (1-based), its words, its signature."""

    line: int
    text: str
    signature: str


class Findings(NamedTuple):
    """What a log says of failures: numbers of lines (1-based, rising), and the guilty one."""

    errors: list[int]
    warnings: list[int]
    first: FirstError | None


class _Hit(NamedTuple):
    line: int
    text: str
    weight: int
    is_first_of_many: bool


def find_errors(
    rows: Sequence[bytes],
    *,
    groups: Sequence[Group] = (),
    failed_step: StepLines | None = None,
    joined: bytes | None = None,
) -> Findings:
    """Return the error and warning lines of a log, at most 40 and 200 of them.

    Lines of the failed step count before all others, if it is known and speaks of an error.
    `joined` are the rows with a line feed between them, for whoever has them at hand.
    """
    scripts = _Scripts(rows, groups)
    seen = _Seen()
    whole = b"\n".join(rows) if joined is None else joined
    for number in _lines_with(_TELLTALE, whole):
        if number in scripts:
            continue
        text = _words(rows[number - 1])
        seen.look(number, text)
    hits = _within(seen.hits, failed_step) or _within(seen.hits, _first_failed(seen, groups))
    hits = hits or seen.hits
    guilty = _choose(hits, seen.stopped)
    if guilty is None:
        guilty = _last_words(rows, scripts, failed_step)
    elif guilty.weight <= _SURE:
        guilty = _meant_by(guilty, rows, seen.warnings)
    errors = _worth_showing(seen.hits, guilty, seen.stopped)
    return Findings(errors, seen.warnings, guilty and _first_error(guilty))


class _Seen:
    """What has been found so far on the way down a log."""

    def __init__(self) -> None:
        self.hits: list[_Hit] = []
        self.warnings: list[int] = []
        self.stopped: _Hit | None = None
        # Where the first step that failed was over.
        self.failed_at: int | None = None

    def look(self, number: int, text: str) -> None:
        if text.startswith(_ERROR):
            if self.failed_at is None and rules.STEP_FAILED.match(text):
                self.failed_at = number
            if rules.STOPPED.match(text):
                self.stopped = self.stopped or _Hit(number, text, 0, is_first_of_many=True)
                return
        if text.startswith("+") and rules.GIVES_UP.match(text):
            self._raise_last_words(number)
        elif (hit := _judge(number, text)) is not None:
            self.hits.append(hit)
        elif len(self.warnings) < MAX_WARNINGS and rules.WARNING.search(text):
            self.warnings.append(number)

    def _raise_last_words(self, number: int) -> None:
        """What a script says right before it gives up is why."""
        for index in range(len(self.hits) - 1, -1, -1):
            hit = self.hits[index]
            if hit.line < number - _BEFORE_GIVING_UP:
                return
            if _WORDED <= hit.weight < _TRACED:
                self.hits[index] = hit._replace(weight=_TRACED)
                return


def _first_failed(seen: _Seen, groups: Sequence[Group]) -> StepLines | None:
    """Return the lines up to the end of the first failed step: what follows only cleans up."""
    if seen.failed_at is None:
        return None
    begins = [group.first for group in groups if group.title.startswith(_RUN)]
    end = next((first for first in begins if first > seen.failed_at), None)
    return None if end is None else StepLines(0, 1, end - 1)


def _lines_with(pattern: Any, text: bytes) -> Iterator[int]:
    """Yield the numbers of the lines that have a pattern where one looks.

    They are searched as one text, so that most of a log is passed over in a single step.
    """
    number, here = 1, 0
    while (found := pattern.search(text, here)) is not None:
        at = found.start()
        number += text.count(b"\n", here, at)
        if at - text.rfind(b"\n", 0, at) <= _LOOK_AT:
            yield number
        here = text.find(b"\n", at) + 1
        if here == 0:
            return
        number += 1


def _words(row: bytes) -> str:
    return ansi.strip(without_stamp(lines.to_text(row[:_LOOK_AT])))


class _Scripts:
    """The lines in which a step shows what it is about to run, which is no result."""

    def __init__(self, rows: Sequence[bytes], groups: Sequence[Group]) -> None:
        # What any log may open a hundred thousand times, each to its end, is kept as ranges that
        # do not overlap.
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for group in sorted(groups, key=lambda group: group.first):
            if not _shows_script(rows, group):
                continue
            if self._lasts and group.first <= self._lasts[-1]:
                self._lasts[-1] = max(self._lasts[-1], group.last)
            else:
                self._firsts.append(group.first)
                self._lasts.append(group.last)

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place]


def _shows_script(rows: Sequence[bytes], group: Group) -> bool:
    """Say whether a group is the runner's own: it is named after the script or action it shows.

    A job may well put all that it does into a group named "Run tests".
    """
    if not group.title.startswith(_RUN) or group.first >= group.last:
        return False
    shown = _words(rows[group.first]).strip()
    return shown in ("with:", "env:", group.title.removeprefix(_RUN).strip())


def _judge(number: int, written: str) -> _Hit | None:
    relayed = rules.RELAYED_FROM.match(written)
    text = written[relayed.end() :] if relayed else written
    # All rules are tried in one pass; the first of those that match counts.
    matching = _SET.Match(text)
    if not matching or rules.NOISE.match(text) or rules.DECLARED.match(text):
        return None
    rule = rules.RULES[min(matching)]
    if rule.weight <= _SURE and _is_innocent(text):
        return None
    return _Hit(number, written, rule.weight, is_first_of_many=rule.first)


def _is_innocent(text: str) -> bool:
    if rules.INNOCENT.search(text):
        return True
    return bool(rules.WARNING.search(text)) and not rules.STRICT.search(text)


def _within(hits: list[_Hit], step: StepLines | None) -> list[_Hit]:
    if step is None:
        return []
    return [hit for hit in hits if step.first <= hit.line <= step.last]


def _choose(hits: Sequence[_Hit], stopped: _Hit | None) -> _Hit | None:
    surest = max((hit.weight for hit in hits), default=0)
    if stopped is not None and (surest < _CERTAIN or rules.OUT_OF_TIME.match(stopped.text)):
        return stopped
    best = [hit for hit in hits if hit.weight == surest]
    if not best:
        return stopped
    return best[0] if best[0].is_first_of_many else best[-1]


def _meant_by(hit: _Hit, rows: Sequence[bytes], warnings: Sequence[int]) -> _Hit:
    """Return the line that a hit points at, if it only says that something else is the reason."""
    line, text = hit.line, hit.text
    if rules.STRICT.search(text):
        line = max((number for number in warnings if number < line), default=line)
    while rules.ANNOUNCES.search(text) and line < min(hit.line + _LOOK_AHEAD, len(rows)):
        line += 1
        following = _words(rows[line - 1])
        # A blank line lies in between now and then.
        text = following if _says_more(following) else text
    return hit if line == hit.line else hit._replace(line=line, text=_words(rows[line - 1]))


def _says_more(text: str) -> bool:
    if _HAS_WORDS.search(text) is None:
        return False
    return not (rules.NOISE.match(text) or rules.DECLARED.match(text) or rules.TIDIES.match(text))


def _last_words(rows: Sequence[bytes], scripts: _Scripts, step: StepLines | None) -> _Hit | None:
    """Return what was said last before the job was declared failed, when no rule knows better.

    Where nothing was said, the declaration is all there is.
    """
    end = step.last if step else len(rows)
    for number in islice(range(end, 0, -1), 10_000):
        declared = _declaration(rows[number - 1], is_near_end=end - number < _NEAR_END)
        if declared is not None:
            return _said_before(_last_word(number, declared), rows, scripts)
    return None


def _said_before(declared: _Hit, rows: Sequence[bytes], scripts: _Scripts) -> _Hit:
    for number in range(declared.line - 1, max(0, declared.line - 100), -1):
        if number in scripts:
            continue
        text = _words(rows[number - 1]).strip()
        if _says_more(text):
            return _last_word(number, text)
        if rules.DECLARED.match(text):
            declared = _last_word(number, text)
    return declared


def _last_word(number: int, text: str) -> _Hit:
    return _Hit(number, text, 0, is_first_of_many=False)


def _declaration(row: bytes, *, is_near_end: bool) -> str | None:
    """Return the words of a line that declares the job failed."""
    if _ERROR_BYTES not in row and not is_near_end:
        return None
    text = _words(row)
    return text if text.startswith(_ERROR) or rules.DECLARED.match(text) else None


def _worth_showing(hits: Sequence[_Hit], guilty: _Hit | None, stopped: _Hit | None) -> list[int]:
    """Return the surest lines, and of equals the last ones, in the order of the log."""
    ranked = sorted(hits, key=lambda hit: (-hit.weight, -hit.line))
    chosen = [hit.line for hit in (guilty, stopped) if hit is not None]
    chosen += [hit.line for hit in ranked if hit.weight >= _WORDED]
    return sorted(dict.fromkeys(chosen[: MAX_ERRORS + 1]))[:MAX_ERRORS]


def _first_error(hit: _Hit) -> FirstError:
    text = hit.text.strip().removeprefix(_ERROR)[:MAX_TEXT]
    return FirstError(hit.line, text, signature_of(text))
