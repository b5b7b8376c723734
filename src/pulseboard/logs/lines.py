"""What a line of a log is: one rule, the same here and in the browser (tests/logs/lines.json)."""

from typing import Final

BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
# Other bytes may begin like that, but a text in UTF-16 has zeros at its blanks and ends of lines.
_LOOK_AT: Final = 64 * 1024


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


def to_utf8(data: bytes) -> bytes:
    r"""Return a log in UTF-8, also one that PowerShell has written in UTF-16.

    >>> to_utf8(b"\xff\xfeo\x00k\x00")
    b'ok'
    """
    encoding = _UTF16.get(data[:2])
    if encoding is None or b"\0" not in data[:_LOOK_AT]:
        return data
    return data[2:].decode(encoding, "replace").encode()
