"""How a setting may be written: the types config.py uses, each with what it should look like."""

import re
from collections.abc import Callable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from pulseboard.names import is_repository

_DATABASE: Final = re.compile(
    r"postgres(ql)?(\+\w+)?://.+|sqlite(\+\w+)?:///(?!:memory:).+", re.IGNORECASE | re.DOTALL
)
_ENVIRONMENTS: Final = {"development": "dev", "test": "dev", "production": "prod"}


class Expected(NamedTuple):
    """What a value of the type should look like: the end of the line that stops a start."""

    text: str


class Environment(StrEnum):
    """The badge in the header; prod also refuses the simulator."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class FrontPage(StrEnum):
    """What the address without a path shows."""

    DASHBOARD = "dashboard"
    WALL = "wall"


class LogPolicy(StrEnum):
    """Which logs are fetched without being asked for."""

    FAILURES = "failures"
    ALL = "all"
    NONE = "none"


class LogFormat(StrEnum):
    """How the server's own log is written; auto is pretty on a terminal and JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    PRETTY = "pretty"


class LogLevel(StrEnum):
    """The least important line that is still written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def _fold_case(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _fold_environment(value: object) -> object:
    word = _fold_case(value)
    return _ENVIRONMENTS.get(word, word) if isinstance(word, str) else word


def _check(is_right: Callable[[str], object]) -> AfterValidator:
    def check(value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not is_right(text):
            raise ValueError
        return value

    return AfterValidator(check)


def _is_web_address(text: str) -> bool:
    if not text.isprintable() or " " in text:
        return False
    parts = urlsplit(text)
    # Asking for the port raises ValueError when it is none.
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0


def _is_origin(text: str) -> bool:
    return _is_web_address(text) and urlsplit(text)[2:] == ("", "", "")


def _is_redis(text: str) -> bool:
    return urlsplit(text).scheme in ("redis", "rediss", "unix")


def _is_bucket(text: str | None) -> bool:
    parts = urlsplit(text or "s3://none")
    return parts.scheme == "s3" and bool(parts.netloc) and not parts.query


def _is_log_policy(text: str) -> bool:
    name, _, word = text.partition("=")
    return is_repository(name) and word in set(LogPolicy)


def _split_patterns(value: object) -> object:
    # A pattern may contain anything but the end of a line, so commas do not part them.
    if not isinstance(value, str):
        return value
    lines = value.replace(" ;; ", "\n").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def is_sendable(token: str) -> bool:
    """Say whether a token can be sent to whoever asks for it: a header holds printable ASCII."""
    return token.isascii() and token.isprintable()


def _is_zone(text: str) -> bool:
    return text in available_timezones()


def _strip_slash(text: str) -> str:
    return text.rstrip("/")


# The lists are split here: NoDecode keeps pydantic-settings from reading them as JSON.
Text = Annotated[str, Expected("any text")]
OptionalText = Annotated[str | None, Expected("any text")]
Words = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_split), Expected("words, with commas")
]
Secret = Annotated[SecretStr | None, Expected("any text")]
Secrets = Annotated[
    tuple[SecretStr, ...], NoDecode, BeforeValidator(_split), Expected("any text, with commas")
]
_SENDABLE: Final = "letters, digits and signs of ASCII on one line"
Token = Annotated[SecretStr | None, _check(is_sendable), Expected(_SENDABLE)]
Tokens = Annotated[
    tuple[Annotated[SecretStr, _check(is_sendable)], ...],
    NoDecode,
    BeforeValidator(_split),
    Expected(f"{_SENDABLE}, with commas"),
]
Switch = Annotated[bool, Expected("true or false")]


def _at_home(folder: Path) -> Path:
    try:
        # No shell reads what stands in a file of settings.
        return folder.expanduser()
    except RuntimeError:
        raise ValueError("nobody has such a home") from None


Folder = Annotated[Path, AfterValidator(_at_home), Expected("the path of a folder")]
OptionalFile = Annotated[Path | None, Expected("the path of a readable file")]

Host = Annotated[str, Expected("an address such as 127.0.0.1 or 0.0.0.0")]
ListeningPort = Annotated[int, Field(ge=0, le=65_535), Expected("a port from 0 to 65535")]
Port = Annotated[int, Field(ge=1, le=65_535), Expected("a port from 1 to 65535")]
OneOrMore = Annotated[int, Field(ge=1), Expected("a whole number of at least 1")]
OptionalOneOrMore = Annotated[int | None, Field(ge=1), Expected("a whole number of at least 1")]
Seconds = Annotated[
    int, Field(ge=0, le=86_400), Expected("a whole number of seconds, at most 86400")
]
PollSeconds = Annotated[
    int, Field(ge=1, le=86_400), Expected("a whole number of seconds from 1 to 86400")
]
PollMinutes = Annotated[
    float | None,
    Field(ge=1 / 60, le=1440, allow_inf_nan=False),
    Expected("a number of minutes, at least one second and at most a day (1440)"),
]
# Longer ago than any instant that can be stored is no day to count back to.
_MOST_DAYS: Final = 1_000_000
Days = Annotated[
    int,
    Field(ge=0, le=_MOST_DAYS),
    Expected(f"a whole number of days, at most {_MOST_DAYS}, 0 to keep for ever"),
]
ThirtyDaysOrMore = Annotated[
    int,
    Field(ge=30, le=_MOST_DAYS),
    Expected(f"a whole number of days from 30 to {_MOST_DAYS}"),
]

DatabaseAddress = Annotated[
    SecretStr | None,
    _check(_DATABASE.fullmatch),
    Expected("postgresql://user:password@host/name or sqlite:///path/to/file.db"),
]
RedisAddress = Annotated[SecretStr | None, _check(_is_redis), Expected("redis://host:6379/0")]
_WEB: Final = Expected("an address that begins with http:// or https://, without spaces")
WebAddress = Annotated[str, _check(_is_web_address), AfterValidator(_strip_slash), _WEB]
OptionalWebAddress = Annotated[
    str | None, _check(_is_web_address), AfterValidator(_strip_slash), _WEB
]
SecretWebAddress = Annotated[SecretStr | None, _check(_is_web_address), _WEB]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_strip_slash), _check(_is_origin)], ...],
    NoDecode,
    BeforeValidator(_split),
    Expected("origins such as https://ci.example.org, with commas"),
]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...],
    NoDecode,
    BeforeValidator(_split),
    Expected("networks such as 10.1.0.0/16, with commas"),
]
Repositories = Annotated[
    tuple[Annotated[str, _check(is_repository)], ...],
    NoDecode,
    BeforeValidator(_split),
    Expected("owner/name, with commas"),
]
WorkflowFiles = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(_split),
    Expected("file names such as ci.yml, with commas, or *"),
]

LogsFetched = Annotated[LogPolicy, BeforeValidator(_fold_case), Expected("failures, all or none")]
LogPolicies = Annotated[
    tuple[Annotated[str, _check(_is_log_policy)], ...],
    NoDecode,
    BeforeValidator(_split),
    Expected("owner/name=failures, =all or =none, with commas"),
]
Patterns = Annotated[
    tuple[Annotated[str, Field(max_length=1000)], ...],
    Field(max_length=50),
    NoDecode,
    BeforeValidator(_split_patterns),
    Expected("patterns of RE2, one a line or with ` ;; ` between them"),
]
OptionalBucket = Annotated[
    str | None, _check(_is_bucket), AfterValidator(_strip_slash), Expected("s3://bucket/folder")
]
Megabytes = Annotated[int, Field(ge=1, le=2000), Expected("a whole number from 1 to 2000")]
Gigabytes = Annotated[float, Field(ge=0, allow_inf_nan=False), Expected("a number of at least 0")]

BadgeEnvironment = Annotated[
    Environment, BeforeValidator(_fold_environment), Expected("dev, staging or prod")
]
FirstPage = Annotated[FrontPage, BeforeValidator(_fold_case), Expected("dashboard or wall")]
LogForm = Annotated[LogFormat, BeforeValidator(_fold_case), Expected("auto, json or pretty")]
LogFloor = Annotated[
    LogLevel, BeforeValidator(_fold_case), Expected("debug, info, warning or error")
]
Anonymous = Annotated[
    Literal["viewer"] | None, BeforeValidator(_fold_case), Expected("viewer, or nothing")
]
Zone = Annotated[str, _check(_is_zone), Expected("an IANA zone such as Europe/Berlin")]
