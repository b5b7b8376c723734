"""The service's own log: one JSON object a line, or pretty on a terminal.

Lines carry ids, names and numbers; never a payload, a secret or a header. Whatever other libraries
say through the standard library's logging leaves in the same form.
"""

import logging
import re
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from pulseboard.spelling import LogFormat, LogLevel

MASK: Final = "***"
_LEVELS: Final = {level: getattr(logging, level.upper()) for level in LogLevel}
# A text that somebody else wrote may hold what must not be kept (an address with a password).
_SECRETS: Final = re.compile(
    r"(?<=://)[^\s/@:]{0,256}:[^\s/@]{1,256}(?=@)"
    r"|\bgh[a-z]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}|\bpb_[A-Za-z0-9_]{24,}"
    r"|(?<=[Bb]earer )[^\s\"',]{4,}|(?<=sha256=)[0-9a-f]{16,}"
)
# These say at every step what only their authors want to know.
_NOISY: Final = ("alembic", "asyncio", "httpx", "httpcore", "uvicorn.access", "websockets")


def configure(form: LogFormat, level: LogLevel, *, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to `stream` (stderr), in one form."""
    out = stream or sys.stderr
    is_pretty = form is LogFormat.PRETTY or (form is LogFormat.AUTO and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(is_pretty=is_pretty, has_colours=out.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_LEVELS[level])
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, _LEVELS[level]))


def _rendering(*, is_pretty: bool, has_colours: bool) -> list[Processor]:
    # Tracebacks become text first, so that what they quote is hidden like everything else.
    said: list[Processor] = [structlog.processors.format_exc_info, hide_secrets]
    if is_pretty:
        plain = structlog.dev.plain_traceback
        return [
            *said,
            structlog.dev.ConsoleRenderer(
                colors=has_colours, timestamp_key="time", exception_formatter=plain
            ),
        ]
    return [*said, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide what looks like a token or a password in any text of a line."""
    return {k: hide(value) if isinstance(value, str) else value for k, value in event.items()}


def hide(words: str) -> str:
    """Return a text without what looks like a token or a password in it."""
    return _SECRETS.sub(MASK, words)
