"""Secrets taken out of a log before it is kept: tokens, keys, passwords in addresses, your own."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import re2

from pulseboard.errors import ConfigurationError
from pulseboard.logs.ansi import CODE

MASK: Final = b"***"
OWN: Final = "own"
MAX_PATTERN: Final = 1000
MAX_PATTERNS: Final = 50
_MEMORY: Final = 8 << 20
# A key's block is not looked for any further than this.
_LONGEST_KEY: Final = 64 * 1024
# The one group of each says what was found; what it captures is masked, the rest of a match stays.
# None asks for the edge of a word before it: a name or the code of a colour may end right there.
_RULES: Final = {
    "github": r"(?:gh[pousr]_[A-Za-z0-9_.-]{30,}|github_pat_[A-Za-z0-9_]{22,})",
    "aws": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
    "slack": (
        r"(?:xox[abceoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,})"
        r"|https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]+"
    ),
    "jwt": r"eyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}",
    "token": (
        r"(?:gl(?:pat|oas|dt|rtr?|cbt|ptt|ft|imt|agent|wt|soat|ffct)-[A-Za-z0-9_-]{20,}"
        r"|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{50,}"
        r"|pb_[A-Za-z0-9]{4,}_[A-Za-z0-9]{40,}|[sr]k_live_[A-Za-z0-9]{20,})"
    ),
}
# JSON within JSON has backslashes before its quotes, and each language shows a header in its way.
_CAPTURES: Final = {
    "aws_secret": (
        r"(?i:secret_?access_?key|session_?token)\\*[\"']?\s*(?:=>|[=:])\s*\\*[\"']?"
        r"([A-Za-z0-9/+=]{40,})"
    ),
    "authorization": (
        r"(?i:authorization(?:\\*[\"']\s*,|\\*[\"']?\s*(?:=>|[:=]))\s*\[?\s*b?\\*[\"']?"
        r"(?:basic|bearer|token|negotiate|apikey|jwt)\s+)"
        r"([A-Za-z0-9._~+/=-]{8,})"
    ),
    # A password may hold the sign that ends it; a long name without one is a token.
    "url": (
        r"[A-Za-z][A-Za-z0-9+.-]{0,30}://"
        r"([^\s/:'\"<>]*:[^\s/@'\"<>]+(?:@[^\s/@?#'\"<>]+)*|[^\s/:@?#'\"<>]{16,})@"
    ),
}
_KEY_BEGINS: Final = re2.compile(rb"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_ENDS: Final = re2.compile(rb"-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINE: Final = re2.compile(rb"^(\d{4}-\d\d-\d\dT[0-9:.]+Z )?([^\r\n]*)")
_KEY_TEXT: Final = re2.compile(rb"^(?:\d{4}-\d\d-\d\dT[0-9:.]+Z )?\s*[A-Za-z0-9+/=:, -]{0,100}$")
# Colours may stand anywhere, also in the midst of a secret.
_COLOUR: Final = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


class Redacted(NamedTuple):
    """A log without its secrets, and how many of each kind there were."""

    data: bytes
    counts: Mapping[str, int]


class Redactor:
    """The built-in rules and the administrator's own patterns (RE2), compiled once.

    Raises ConfigurationError for a pattern that cannot be used.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        rules = [f"({rule})" for rule in _RULES.values()]
        self._built_in = re2.compile("|".join([*rules, *_CAPTURES.values()]).encode())
        self._names = (OWN, *_RULES, *_CAPTURES)
        self._own = [_compile(pattern) for pattern in patterns]

    def redact(self, data: bytes) -> Redacted:
        """Mask every secret. Lines stay lines: only what stands in them changes."""
        counts: Counter[str] = Counter()
        data = _mask_keys(data, counts)
        data = _mask(data, self._built_in, counts, names=self._names)
        for pattern in self._own:
            data = _mask(data, pattern, counts, names=(OWN,))
        return Redacted(data, dict(counts))


def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        if len(pattern) <= MAX_PATTERN:
            return re2.compile(pattern.encode(), options)
        reason = f"it has more than {MAX_PATTERN} characters"
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
    raise ConfigurationError(
        f"PULSEBOARD_LOG_REDACT holds {pattern[:80]!r}, which is no pattern of RE2: {reason}."
    )


def _mask(data: bytes, pattern: Any, counts: Counter[str], *, names: Sequence[str]) -> bytes:
    """Mask what the one group of each alternative captured, or without groups all of a match."""
    if data.count(b"\x1b") > data.count(b"\x1b["):
        data = _mask_in(data, pattern, counts, names=names, codes=CODE)
    # Titles and links hold words of their own, which were left out with the other codes.
    has_colours = b"\x1b[" in data
    return _mask_in(data, pattern, counts, names=names, codes=_COLOUR if has_colours else None)


def _mask_in(
    data: bytes, pattern: Any, counts: Counter[str], *, names: Sequence[str], codes: Any
) -> bytes:
    """Mask what is found in a text without these codes."""
    plain = data if codes is None else codes.sub(b"", data)
    spans: list[tuple[int, int]] = []
    for found in pattern.finditer(plain):
        group = (found.lastindex or 0) if len(names) > 1 else 0
        first, last = found.span(group)
        secret = plain[first:last]
        if first == last or b"\n" in secret or _is_masked(secret, is_own=len(names) == 1):
            continue
        counts[names[group].removesuffix("_secret")] += 1
        spans.append((first, last))
    if spans and plain is not data:
        spans = _with_codes(data, spans, codes=codes)
    parts: list[bytes] = []
    here = 0
    for first, last in spans:
        parts += (data[here:first], MASK)
        here = last
    return b"".join((*parts, data[here:])) if parts else data


def _is_masked(secret: bytes, *, is_own: bool) -> bool:
    """Say whether there is nothing left to hide, as in the `kim:***` of an address.

    Of what a pattern of the administrator matched only one word may have been masked before.
    """
    return secret == MASK or (not is_own and secret.partition(b":")[2] == MASK)


def _with_codes(
    data: bytes, spans: Sequence[tuple[int, int]], *, codes: Any
) -> list[tuple[int, int]]:
    """Return where spans of a text without its codes lie in the text that has them."""
    # Of each code, where it stood in the text without codes, and the bytes of all up to it.
    places, widths = [-1], [0]
    for found in codes.finditer(data):
        first, last = found.span()
        places.append(first - widths[-1])
        widths.append(widths[-1] + last - first)

    def place_of(number: int) -> int:
        return number + widths[bisect_right(places, number) - 1]

    return [(place_of(first), place_of(last - 1) + 1) for first, last in spans]


def _mask_keys(data: bytes, counts: Counter[str]) -> bytes:
    parts: list[bytes] = []
    here = next_end = 0
    while (begins := _KEY_BEGINS.search(data, here)) is not None:
        # The next end is looked for once, however many keys begin before it.
        if next_end < begins.end():
            ends = _KEY_ENDS.search(data, begins.end())
            next_end = ends.start() if ends else len(data)
        is_whole = next_end < len(data) and next_end - begins.end() <= _LONGEST_KEY
        last = next_end if is_whole else _end_of_key(data, begins.end())
        body = data[begins.end() : last]
        counts["pem"] += 1
        parts += (data[here : begins.end()], _mask_lines(body))
        here = last
    return b"".join((*parts, data[here:])) if parts else data


def _mask_lines(body: bytes) -> bytes:
    """Mask each line of a key; ends of lines and the instants before them stay."""
    masked = b"\n".join(
        b"\r".join(_mask_line(part) for part in row.split(b"\r")) for row in body.split(b"\n")
    )
    return masked if b"\n" in body or b"\r" in body else MASK


def _mask_line(row: bytes) -> bytes:
    found = _KEY_LINE.match(row)
    if found is None or not found[2]:
        return row
    return (found[1] or b"") + MASK


def _end_of_key(data: bytes, start: int) -> int:
    """Return where a key that was cut off is over: at the first line that cannot be part of it."""
    here = data.find(b"\n", start)
    while here != -1 and here - start < _LONGEST_KEY:
        after = data.find(b"\n", here + 1)
        row = CODE.sub(b"", data[here + 1 : after if after != -1 else len(data)]).rstrip(b"\r")
        if _KEY_TEXT.match(row) is None or b" " in row.strip()[30:]:
            return here
        if after == -1:
            return len(data)
        here = after
    return len(data) if here == -1 else here
