"""What a log that is kept anew has more than before, as whoever watches it is told."""

import hashlib
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pulseboard.live.messages import LogAppended
from pulseboard.logs import lines

OnLog = Callable[[LogAppended], None]
# More than that is fetched by whoever wants it; a thousand such messages are remembered.
MAX_TEXT: Final = 8 * 1024
_DIGEST: Final = 20


class Before(Struct, frozen=True):
    """What was kept of a log: which text, how many bytes and lines."""

    digest: str
    size_bytes: int
    lines: int

    @classmethod
    def of(cls, text: bytes, *, etag: str) -> "Before":
        """Describe a text that somebody says to have read under a name."""
        return cls(etag, len(text), lines.count(text))


def digest_of(data: bytes) -> str:
    """Return the name of a text; another text has another."""
    return hashlib.sha256(data).hexdigest()[:_DIGEST]


def tell_nobody(_grown: LogAppended) -> None:
    """Nobody watches."""


def grown_since(data: bytes, before: Before | None, *, job_id: int, total: int) -> LogAppended:
    """Say from which line on a text is new; from the first when it does not go on what was kept."""
    etag = digest_of(data)
    if before is None or digest_of(data[: before.size_bytes]) != before.digest:
        return LogAppended(
            job_id, from_line=1, text=None, lines=total, bytes=len(data), etag=etag, before=None
        )
    kept = data[: before.size_bytes]
    if kept.endswith(b"\n") or not kept:
        from_line, start = before.lines + 1, before.size_bytes
    else:
        # The last line may have grown; a lone \r at the end may have become \r\n.
        from_line = before.lines
        start = max(kept.rfind(b"\n", 0, -1), kept.rfind(b"\r", 0, -1)) + 1
    fresh = data[start:].removeprefix(lines.BOM) if start == 0 else data[start:]
    return LogAppended(
        job_id,
        from_line=from_line,
        text=lines.to_text(fresh) if len(fresh) <= MAX_TEXT else None,
        lines=total,
        bytes=len(data),
        etag=etag,
        before=before.digest,
    )
