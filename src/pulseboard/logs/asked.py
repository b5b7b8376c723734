"""The language of the search box: texts, patterns, what to leave out, and whose logs."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from pulseboard.errors import FieldError, InvalidInput


class Word(StrEnum):
    """What may stand before a colon to say whose logs are searched."""

    REPO = "repo"
    WORKFLOW = "workflow"
    BRANCH = "branch"
    STATUS = "status"
    JOB = "job"
    STEP = "step"


class Term(NamedTuple):
    """A text to look for as it is written, or a pattern of RE2."""

    text: str
    is_regex: bool = False


class Asked(Struct, frozen=True):
    """What somebody typed: a line must have all of `terms` and none of `left_out`."""

    terms: tuple[Term, ...]
    left_out: tuple[Term, ...] = ()
    words: Mapping[Word, tuple[str, ...]] = {}

    def values(self, word: Word) -> tuple[str, ...]:
        """Return what was typed after a word and its colon."""
        return self.words.get(word, ())


# One part of what was typed. What fits nothing special is plain, so that most lines of a log can
# be pasted as they are.
_PART: Final = re.compile(
    rf"(?P<word>{'|'.join(Word)}):(?:\"(?P<named>[^\"]+)\"|(?P<name>[^\s\"]\S*))(?=\s|$)"
    r"|(?P<minus>-?)\"(?P<quoted>.+?)\"(?=\s|$)"
    r"|(?P<without>-?)/(?P<pattern>.+?)/(?=\s|$)"
    r"|-(?P<left_out>[^\W\d_]\S*)"
    r"|(?P<plain>\S+)",
    re.DOTALL,
)


def read_asked(typed: str) -> Asked:
    """Part what was typed into the search box.

    Words that stand next to each other are one text, spaces and all. Raises InvalidInput naming
    `q` when nothing is left to look for.

    >>> read_asked('timed out -retry job:build').terms
    (Term(text='timed out', is_regex=False),)
    """
    terms: list[Term] = []
    left_out: list[Term] = []
    words: dict[Word, tuple[str, ...]] = {}
    for part in _parts(typed):
        if isinstance(part, str):
            terms.append(Term(part))
            continue
        found = part.groupdict()
        if found["word"]:
            word = Word(found["word"])
            words[word] = (*words.get(word, ()), found["named"] or found["name"])
        elif found["left_out"]:
            left_out.append(Term(_without_word(found["left_out"])))
        else:
            term = Term(found["quoted"] or found["pattern"], is_regex=bool(found["pattern"]))
            (left_out if found["minus"] or found["without"] else terms).append(term)
    if not terms:
        raise _nothing(typed)
    return Asked(tuple(terms), tuple(left_out), words)


def _parts(typed: str) -> Iterator[re.Match[str] | str]:
    """Yield the special parts, and plain ones joined with those beside them."""
    start: int | None = None
    end = 0
    for part in _PART.finditer(typed):
        if part["plain"] is not None:
            start, end = part.start() if start is None else start, part.end()
            continue
        if start is not None:
            yield typed[start:end]
            start = None
        yield part
    if start is not None:
        yield typed[start:end]


def _without_word(left_out: str) -> str:
    word, colon, _ = left_out.partition(":")
    if colon and word in set(Word):
        message = f'cannot leave out a {word}; to leave out that text itself, write -"{left_out}"'
        raise InvalidInput(f"q {message}", errors=(FieldError("q", message),))
    return left_out


def _nothing(typed: str) -> InvalidInput:
    message = "should have a text to look for"
    if typed.strip():
        message += f'; if it is {typed.strip()[:60]}, write it in quotes: "{typed.strip()[:60]}"'
    return InvalidInput(f"q {message}", errors=(FieldError("q", message),))
