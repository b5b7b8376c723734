"""The fields of one posted object or table row, read strictly: every complaint is gathered."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Final

from pulseboard.clock import DAY, SECOND
from pulseboard.collect import facts
from pulseboard.errors import FieldError, InvalidInput
from pulseboard.names import is_plain_path

# GitHub ends a run after 35 days; nothing that takes longer is one run.
MAX_DURATION: Final = 366 * DAY
MAX_JSON: Final = 64 * 1024
MAX_DEPTH: Final = 64
_TIME_EXAMPLE: Final = "2026-01-31T09:30:00Z"


class Fields:
    """Reads fields by name; ends with `check`, which raises InvalidInput naming each wrong one.

    Null and, for what is optional, empty text count as not given: CI scripts fill in what they
    happen to know. What is read as wrong comes back as None.
    """

    def __init__(self, values: Mapping[str, object], *, received_at: int) -> None:
        self._values = values
        self._received_at = received_at
        self._errors: list[FieldError] = []

    def refuse(self, name: str, message: str) -> None:
        """Note what is wrong with a field and what it should look like."""
        self._errors.append(FieldError(name, message))

    def check(self) -> None:
        """Raise InvalidInput when anything was refused."""
        if not self._errors:
            return
        names = ", ".join(dict.fromkeys(error.field for error in self._errors))
        raise InvalidInput(f"Please correct: {names}", errors=tuple(self._errors))

    def without(self, name: str) -> bytes:
        """Return the object as JSON, with a word in the place of one field."""
        return json.dumps({**self._values, name: "(kept as the log of the job)"}).encode()

    def text(self, name: str, *, limit: int) -> str | None:
        """Read optional text of at most `limit` characters."""
        value = self._given(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.refuse(name, "should be text")
            return None
        if len(value) > limit:
            self.refuse(name, f"should have at most {limit} characters, not {len(value)}")
            return None
        return facts.clean_text(value, limit=limit)

    def required_text(self, name: str, *, limit: int) -> str:
        """Read text that must be there; an empty string stands for what was refused."""
        return self._require(name, self.text(name, limit=limit))

    def required_name(self, name: str) -> str:
        """Read the name of a workflow, which must be there; an empty string stands for none."""
        text = self.required_text(name, limit=facts.NAME)
        if (size := len(text.encode("utf-8", "replace"))) > facts.NAME_BYTES:
            self.refuse(name, f"should have at most {facts.NAME_BYTES} bytes in UTF-8, not {size}")
        return text

    def required_repository(self, name: str) -> str:
        """Read the name of a repository that must be there; an empty string stands for none."""
        return self._require(name, self.repository(name))

    def _require(self, name: str, value: str | None) -> str:
        if value is not None and value.strip():
            return value
        if not self.has_refused(name):
            self.refuse(name, "is missing: it should be text")
        return ""

    def repository(self, name: str) -> str | None:
        """Read the optional name of a repository of any CI; only what leads elsewhere is refused.

        Others have names without an owner, with more parts than two, or with blanks.
        """
        text = self.text(name, limit=facts.IDENTITY)
        if text is not None and not is_plain_path(text):
            self.refuse(name, "should not have . or .. as one of its parts")
            return None
        return text

    def identity(self, name: str) -> str | None:
        """Read an optional id: text, or a whole number as many build systems count."""
        value = self._given(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is not None and not isinstance(value, str):
            self.refuse(name, "should be text or a whole number")
            return None
        text = self.text(name, limit=facts.IDENTITY)
        if text is not None and not text.strip():
            self.refuse(name, "should not be blank")
        return text

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Read one of the given words; an empty string stands for what was refused."""
        value = self._given(name)
        if isinstance(value, str) and value in choices:
            return value
        expected = ", ".join(choices[:-1]) + f" or {choices[-1]}"
        self.refuse(name, f"{'is missing: it ' if value is None else ''}should be {expected}")
        return ""

    def instant(self, name: str) -> int | None:
        """Read an optional time with a zone, from 2000 to a day from now."""
        value = self._given(name)
        if value is None:
            return None
        instant = (
            facts.parse_instant(value) if isinstance(value, str) and len(value) <= 64 else None
        )
        if instant is None:
            self.refuse(name, f"should be a time with its zone, such as {_TIME_EXAMPLE}")
        elif instant < facts.EARLIEST:
            self.refuse(name, "should not lie before 2000")
        elif instant > self._received_at + facts.MAX_AHEAD:
            self.refuse(name, "should not lie more than a day in the future")
        else:
            return instant
        return None

    def seconds(self, name: str) -> int | None:
        """Read an optional number of seconds, with fractions, as microseconds."""
        value = self._given(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self.refuse(name, "should be a number of seconds")
        elif value < 0:
            self.refuse(name, "should not be negative")
        elif value * SECOND > MAX_DURATION:
            self.refuse(name, "should not be longer than a year")
        else:
            return round(value * SECOND)
        return None

    def whole(self, name: str, *, least: int, most: int) -> int | None:
        """Read an optional whole number, also when written as text."""
        value = self._given(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if value is None or (
            isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        ):
            return value
        self.refuse(name, f"should be a whole number from {least} to {most}")
        return None

    def json(self, name: str) -> str | None:
        """Read an optional JSON value of any kind as compact JSON text."""
        value = self._values.get(name)
        if value is None:
            return None
        if _is_deeper(value, MAX_DEPTH):
            self.refuse(name, f"should not be nested more than {MAX_DEPTH} levels deep")
            return None
        try:
            text = json.dumps(
                value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
            )
        except ValueError:
            self.refuse(name, "should hold only finite numbers of at most 30 digits")
            return None
        if len(text) > MAX_JSON:
            self.refuse(name, f"should have at most {MAX_JSON} characters as JSON")
            return None
        return text

    def _given(self, name: str) -> object:
        value = self._values.get(name)
        return None if value == "" else value

    def has_refused(self, name: str) -> bool:
        """Say whether a field has been found wrong."""
        return any(error.field == name for error in self._errors)


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(element, levels - 1) for element in inner)
