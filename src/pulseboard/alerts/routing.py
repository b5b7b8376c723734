"""Who is told of what: channels by rule, else by owner; and when nobody wants to be told."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.model import Channel, Setting

_NAME: Final = "alerts.routing"
Names = Annotated[list[str], Field(max_length=100)]


class Route(BaseModel):
    """Alerts of some repositories belong to some channels; the first route that fits counts."""

    model_config = ConfigDict(extra="forbid")

    repositories: Names = Field(min_length=1, description="Names or patterns such as acme/*.")
    paths: Names = Field(default_factory=list, description="Patterns of workflow files.")
    channels: Names = Field(min_length=1, description="Names or ids of channels.")

    def fits(self, repository: str, path: str | None) -> bool:
        """Say whether a workflow's alerts go this way."""
        is_ours = any(fnmatchcase(repository.lower(), p.lower()) for p in self.repositories)
        return is_ours and (
            not self.paths or any(fnmatchcase(path or "", pattern) for pattern in self.paths)
        )


class Window(BaseModel):
    """Planned work: what opens meanwhile is told afterwards, if it still lasts then."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str = Field(min_length=1, max_length=120)
    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    repositories: Names = Field(default_factory=list, description="Empty is all of them.")

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.end <= self.start:
            raise ValueError("to should be later than from")
        return self

    def covers(self, repository: str | None, at: int) -> bool:
        """Say whether a repository is worked on at an instant."""
        if not clock.to_instant(self.start) <= at < clock.to_instant(self.end):
            return False
        return not self.repositories or any(
            fnmatchcase((repository or "").lower(), p.lower()) for p in self.repositories
        )


class Routing(BaseModel):
    """All routes and maintenance windows."""

    model_config = ConfigDict(extra="forbid")

    routes: list[Route] = Field(default_factory=list, max_length=500)
    windows: list[Window] = Field(default_factory=list, max_length=500)

    def quiet_until(self, repository: str | None, *, at: int) -> int | None:
        """Return when the last maintenance window that covers `at` ends, or None."""
        ends = [clock.to_instant(w.end) for w in self.windows if w.covers(repository, at)]
        return max(ends, default=None)


def load_routing(session: Session) -> Routing:
    """Return the routes and windows as they were saved."""
    row = session.get(Setting, _NAME)
    return Routing() if row is None else Routing.model_validate_json(row.value)


def save_routing(session: Session, routing: Routing, *, at: int) -> None:
    """Save all routes and windows in place of those before."""
    value = routing.model_dump_json(by_alias=True)
    session.merge(Setting(name=_NAME, value=value, updated_at=at))


def choose_channels(
    channels: Sequence[Channel],
    routing: Routing,
    *,
    named: Sequence[str],
    repository: str | None,
    path: str | None,
) -> list[Channel]:
    """Return the channels that a rule names, else those of the owner, else all of them.

    Of what is chosen only those that are on. Where nothing goes by any of the names, because a
    channel was deleted or mistyped, everybody is told rather than nobody.
    """
    wanted = list(named)
    if not wanted and repository is not None:
        wanted = next((r.channels for r in routing.routes if r.fits(repository, path)), [])
    found = [channel for channel in channels if any(is_called(channel, word) for word in wanted)]
    return [channel for channel in found or channels if channel.enabled]


def is_called(channel: Channel, word: str) -> bool:
    """Say whether a word means a channel: its name in any case, its number, or its kind."""
    return word.lower() in (channel.name.lower(), str(channel.id), channel.kind)


def unknown_among(words: Sequence[str], channels: Sequence[Channel]) -> list[str]:
    """Return the words that mean none of these channels."""
    return [word for word in words if not any(is_called(channel, word) for channel in channels)]
