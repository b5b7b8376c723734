"""One family of errors; each knows its HTTP status and speaks to the person who reads it.

PulseboardError            500
├── InvalidInput           422   a field is wrong; `errors` names each
│   └── MalformedBody      400   it could not be read at all
├── Unauthorised           401
├── Forbidden              403
├── NotFound               404
│   └── Gone               410   it was here, and was removed
├── Conflict               409
├── TooLarge               413
├── UnsupportedEncoding    415
├── Unavailable            503   the database is locked, full or gone: try again
└── ConfigurationError     500   stops the start with one line
"""

from typing import Final, NamedTuple

# What a server answers to an address it does not know. A command that hears it speaks to a server
# of another version.
NO_SUCH_ADDRESS: Final = "There is nothing at this address; /docs lists what there is"


class FieldError(NamedTuple):
    """One wrong field and what it should look like."""

    field: str
    message: str


class WrongField(ValueError):
    """Raised by what validates several fields together, to say which of them is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class PulseboardError(Exception):
    """The root of the family; `detail` is a sentence for a person.

    `retry_after` is in how many seconds the same request may work, where that is known.
    """

    status = 500
    title = "Internal error"
    retry_after: int | None = None

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        if retry_after is not None:
            self.retry_after = retry_after


class InvalidInput(PulseboardError):
    """Well-formed, but a field is wrong."""

    status = 422
    title = "Invalid input"


class MalformedBody(InvalidInput):
    """The body is not JSON, or was cut off."""

    status = 400
    title = "Malformed body"


class Unauthorised(PulseboardError):
    """Who are you? A credential is missing or wrong."""

    status = 401
    title = "Unauthorised"


class Forbidden(PulseboardError):
    """Known, but not allowed here."""

    status = 403
    title = "Forbidden"


class NotFound(PulseboardError):
    """There is no such thing (any more)."""

    status = 404
    title = "Not found"


class Gone(NotFound):
    """It was here, and was removed."""

    status = 410
    title = "Gone"


class Conflict(PulseboardError):
    """The request is fine but cannot be answered as things stand."""

    status = 409
    title = "Conflict"


class TooLarge(PulseboardError):
    """The body is over the limit."""

    status = 413
    title = "Too large"


class UnsupportedEncoding(PulseboardError):
    """A compressed body could be a bomb, and nobody who sends us anything needs one."""

    status = 415
    title = "Unsupported media type"


class Unavailable(PulseboardError):
    """The database does not answer just now; the same request may work later."""

    status = 503
    title = "Unavailable"
    # A locked database or a restart is over by then; who asks sooner makes it take longer.
    retry_after = 5


class ConfigurationError(PulseboardError):
    """A setting cannot be read or used; the start stops with this one line."""

    title = "Configuration error"
