"""What a search looks for, read from what somebody typed, and where a text has it."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import re2

from pulseboard.errors import FieldError, InvalidInput
from pulseboard.logs import grams, lines
from pulseboard.logs.asked import Asked, Term

MAX_QUERY: Final = 1000
# A line without an end may match in millions of places; no more characters are shown of one.
MOST_SPANS: Final = 500
_MOST_EMPTY: Final = 20_000
_MEMORY: Final = 8 << 20
# What makes the sign before it optional, or may.
_OPTIONAL: Final = ("?", "*", "{")
_TOKEN: Final = re.compile(
    r"\\(?:x\{[^}]*\}|x..|[pP]\{[^}]*\}|[pP].|\d{1,3}|.)"
    r"|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]])*\]|\{\d+(?:,\d*)?\}|.",
    re.DOTALL,
)
_NOT_ASCII: Final = re.compile("[^\x00-\x7f]+")
_SPECIAL: Final = frozenset("\\.^$|?*+()[]{}")


class Span(NamedTuple):
    """Where a match begins and ends, in bytes from the beginning of its line."""

    start: int
    end: int


class Found(NamedTuple):
    """A line with matches: its number within the text and where it begins (from 0), and where."""

    number: int
    start: int
    line: bytes
    spans: tuple[Span, ...]


class Matcher:
    """A term to look for: an exact substring, or a pattern of RE2 when `is_regex`.

    Capital and small letters match each other unless `is_case_sensitive`. A pattern matches within
    a line.
    Raises InvalidInput naming `q` for what cannot be looked for.
    """

    def __init__(
        self, term: str, *, is_regex: bool = False, is_case_sensitive: bool = False
    ) -> None:
        if not term or len(term) > MAX_QUERY:
            raise _wrong(f"should have 1 to {MAX_QUERY} characters")
        if "\n" in term or "\r" in term or "\0" in term:
            raise _wrong("should be part of one line")
        self.is_regex = is_regex
        self._folds = not is_case_sensitive
        # Folding bytes would know of no capital but A to Z, which is all that most texts need.
        has_pattern = is_regex or (self._folds and not term.isascii())
        self._needle = None if has_pattern else term.encode("utf-8", "replace")
        if self._needle is not None and self._folds:
            self._needle = self._needle.lower()
        self._pattern: Any = self._compile(term) if has_pattern else None
        required = required_texts(term) if is_regex else [term]
        if self._folds:
            # RE2 knows more letters that have two cases than the index does.
            required = [part for text in required for part in _NOT_ASCII.split(text)]
        asked = [row for text in required for row in grams.rows_of(text.encode("utf-8", "replace"))]
        self.rows = list(dict.fromkeys(asked))[: 2 * grams.MAX_ASKED]

    def _compile(self, term: str) -> Any:
        options = re2.Options()
        options.max_mem = _MEMORY
        options.log_errors = False
        options.never_nl = True
        options.literal = not self.is_regex
        options.case_sensitive = not self._folds
        try:
            return re2.compile(term.encode("utf-8", "replace"), options)
        except re2.error as error:
            reason = error.args[0]
            words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            raise _wrong(f"is no pattern of RE2: {words}") from None

    def find(self, text: bytes) -> Iterator[Found]:
        """Yield the lines of a text that match, from the top."""
        here, number = 0, 0
        for start, end in self._matches(text):
            if start < here:
                continue
            number += lines.count_ends(text[here:start])
            first = _start_of_line(text, start)
            last = _end_of_line(text, end)
            row = text[first:last]
            yield Found(number, first, row, self.spans_in(row) or ())
            here = last

    def _matches(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield the first match of each line at least; `spans_in` tells of more in one line."""
        if self._needle is not None:
            folded = text.lower() if self._folds else text
            at = folded.find(self._needle)
            while at != -1:
                yield at, at + len(self._needle)
                at = folded.find(self._needle, _end_of_line(text, at))
            return
        for row_start, row in _rows(text):
            found = self._pattern.search(row)
            if found is not None:
                yield row_start + found.start(), row_start + found.end()

    def spans_in(self, row: bytes) -> tuple[Span, ...] | None:
        """Return where a line matches first, nowhere for a match of no length; None without one."""
        if self._needle is not None:
            return tuple(islice(self._needles_in(row), MOST_SPANS)) or None
        if self._pattern.search(row) is None:
            return None
        matches = islice(self._pattern.finditer(row), _MOST_EMPTY)
        spans = (Span(*m.span()) for m in matches if m.end() > m.start())
        return tuple(islice(spans, MOST_SPANS))

    def _needles_in(self, row: bytes) -> Iterator[Span]:
        needle = self._needle or b""
        folded = row.lower() if self._folds else row
        at = folded.find(needle)
        while at != -1:
            yield Span(at, at + len(needle))
            at = folded.find(needle, at + len(needle))


class LineMatcher:
    """Lines that have all of some terms and none of others, as they were asked for.

    Raises InvalidInput naming `q` for what cannot be looked for.
    """

    def __init__(self, asked: Asked, *, is_case_sensitive: bool = False) -> None:
        def compiled(terms: Sequence[Term]) -> list[Matcher]:
            return [
                Matcher(term.text, is_regex=term.is_regex, is_case_sensitive=is_case_sensitive)
                for term in terms
            ]

        # A text is found sooner than a pattern.
        first, *others = sorted(compiled(asked.terms), key=lambda one: one.is_regex)
        self._first = first
        self._others = others
        self._left_out = compiled(asked.left_out)
        self.rows = list(dict.fromkeys(row for one in (first, *others) for row in one.rows))

    def find(self, text: bytes) -> Iterator[Found]:
        """Yield the lines of a text that match, from the top."""
        if not (self._others or self._left_out):
            yield from self._first.find(text)
            return
        for found in self._first.find(text):
            spans = self._all_spans(found)
            if spans is not None:
                yield found._replace(spans=spans)

    def _all_spans(self, found: Found) -> tuple[Span, ...] | None:
        spans = [*found.spans]
        for other in self._others:
            more = other.spans_in(found.line)
            if more is None:
                return None
            spans += more
        if any(one.spans_in(found.line) is not None for one in self._left_out):
            return None
        return tuple(_apart(sorted(spans)))


def _apart(spans: Sequence[Span]) -> Iterator[Span]:
    """Yield spans of which none overlaps the one before; takes them in order."""
    last = None
    for span in spans:
        if last is None or span.start >= last.end:
            if last is not None:
                yield last
            last = span
        elif span.end > last.end:
            last = Span(last.start, span.end)
    if last is not None:
        yield last


def _rows(text: bytes) -> Iterator[tuple[int, bytes]]:
    here = 0
    for row in text.splitlines(keepends=True):
        yield here, row.rstrip(b"\r\n")
        here += len(row)


def _end_of_line(text: bytes, at: int) -> int:
    end = text.find(b"\n", at)
    if end == -1:
        end = len(text)
    lone = text.find(b"\r", at, end)
    return end if lone == -1 else lone


def _start_of_line(text: bytes, at: int) -> int:
    start = text.rfind(b"\n", 0, at) + 1
    return max(start, text.rfind(b"\r", start, at) + 1)


def lines_around(text: bytes, found: Found) -> tuple[bytes | None, bytes | None]:
    """Return the line before one that was found in a text and the line after; None at its ends."""
    before = after = None
    if found.start > 0:
        end = found.start - 1
        end -= text[end - 1 : end + 1] == b"\r\n"
        before = text[_start_of_line(text, end) : end]
    start = found.start + len(found.line)
    start += 2 if text[start : start + 2] == b"\r\n" else 1
    if start < len(text):
        after = text[start : _end_of_line(text, start)]
    return before, after


def required_texts(pattern: str) -> list[str]:
    """Return texts that every match of a pattern has; none where that is not plain to see.

    Only plain signs outside of brackets count, and nothing at all when there is a choice or a
    flag somewhere. An escaped sign that is no letter or digit stands for itself.

    >>> required_texts(r"Import(Error): no module .*named 'a+b\\.c?")
    ['Import', ': no module ', "named 'a", 'b.']
    """
    if "|" in pattern or "(?" in pattern or r"\Q" in pattern:
        return []
    found = [""]
    depth = 0
    tokens = _tokens(pattern)
    for sign, following in zip(tokens, [*tokens[1:], ""], strict=True):
        depth += (sign == "(") - (sign == ")")
        plain = _plain_sign(sign) if depth == 0 and following[:1] not in _OPTIONAL else ""
        if plain:
            found[-1] += plain
        if not plain or following == "+":
            found.append("")
    return [text for text in found if text]


def _tokens(pattern: str) -> list[str]:
    """Part a pattern into signs, escapes, classes and counts."""
    return _TOKEN.findall(pattern)


def _plain_sign(token: str) -> str:
    if len(token) == 1:
        return "" if token in _SPECIAL else token
    is_plain = token[0] == "\\" and not token[1].isalnum()
    return token[1] if is_plain else ""


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(f"q {message}", errors=(FieldError("q", message),))
