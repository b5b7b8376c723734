"""What a line of a log is: one rule, the same here and in the browser (tests/logs/lines.json)."""

from typing import Final

BOM: Final = b"\xef\xbb\xbf"


def split(data: bytes) -> list[bytes]:
    r"""Cut a log into its lines, without what ends them.

    A line ends with `\r\n`, `\n` or a lone `\r`; nothing follows the last end. A byte order mark
    at the very beginning belongs to no line.

    >>> split(b"one\r\ntwo\rthree\n\n")
    [b'one', b'two', b'three', b'']
    """
    return data.removeprefix(BOM).splitlines()


def count(data: bytes) -> int:
    """Return how many lines `split` makes, without making them."""
    data = data.removeprefix(BOM)
    return count_ends(data) + (bool(data) and not data.endswith((b"\n", b"\r")))


def count_ends(data: bytes) -> int:
    """Return how many lines end in these bytes."""
    if b"\r" not in data:
        return data.count(b"\n")
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def to_text(line: bytes) -> str:
    """Read a line as UTF-8; a byte that is none shows as U+FFFD, one sign for each bad sequence."""
    return line.decode("utf-8", "replace")
