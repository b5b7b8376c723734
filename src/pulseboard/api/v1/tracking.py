"""Beginning and ending to ask GitHub for repositories, and polls on request."""

from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import (
    Reading,
    database_of,
    described_body,
    read_body,
    read_model,
    settings_of,
)
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.api.shapes import when
from pulseboard.api.v1.repos import RepositoryItem, shape_repositories
from pulseboard.collect.github import keys, owners, rounds, wishes
from pulseboard.model import TrackedOwner
from pulseboard.names import is_trackable
from pulseboard.pipelines import EVERYTHING, require_repository
from pulseboard.spelling import is_sendable

router = APIRouter(tags=["repositories"])
_MAX_BODY: Final = 64 * 1024


def _check_name(name: str) -> str:
    if not is_trackable(name):
        raise ValueError("should be owner/name as GitHub gives them, or owner/*")
    return name


def _check_token(token: str) -> str:
    if not is_sendable(token):
        raise ValueError("should be letters, digits and signs of ASCII on one line")
    return token


def _check_secret(secret: str) -> str:
    if not secret.isprintable():
        raise ValueError("should be one line without control characters")
    return secret


# Who copies one often takes a space or the end of the line along.
_Copied = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class NewRepository(BaseModel):
    """A repository to track, or all of an account."""

    model_config = ConfigDict(json_schema_extra={"example": {"full_name": "acme/api"}})

    full_name: Annotated[str, AfterValidator(_check_name)] = Field(
        max_length=200,
        description="owner/name at GitHub; owner/* is all it has and will have.",
    )
    webhook_secret: Annotated[_Copied, AfterValidator(_check_secret)] | None = Field(
        default=None,
        description="What its webhook signs with, where that is not GITHUB_WEBHOOK_SECRET. It is"
        " stored encrypted and never shown.",
    )
    token: Annotated[_Copied, AfterValidator(_check_token)] | None = Field(
        default=None,
        description="Token to ask GitHub for it with, before any other. It is stored encrypted and"
        " never shown.",
    )


class OwnerItem(BaseModel):
    """An account all of whose repositories are tracked."""

    full_name: str = Field(description="owner/*, in lower case.")
    looked_at: str | None = Field(description="When its repositories were last listed.")
    trouble: str | None = Field(description="Why they could not be listed, in words.")

    @classmethod
    def of(cls, row: TrackedOwner) -> "OwnerItem":
        """Make the shape of what is stored."""
        return cls(
            full_name=f"{row.owner}/{owners.EVERYTHING}",
            looked_at=when(row.looked_at),
            trouble=row.trouble,
        )


class OwnerList(BaseModel):
    """Accounts all of whose repositories are tracked, by name."""

    items: list[OwnerItem]


class PollAsked(BaseModel):
    """Which repository to poll."""

    model_config = ConfigDict(json_schema_extra={"example": {"repo": "acme/api"}})

    repo: str | None = Field(
        default=None, max_length=200, description="owner/name or our id; without it all of them."
    )


class PollPartItem(BaseModel):
    """What a poll came to in one repository."""

    repo: str
    repository_id: int
    state: str | None = Field(
        description="ok, or why GitHub could not be asked: limited, unauthorised, forbidden,"
        " missing_scope, not_found, moved, actions_disabled, unreadable or unreachable; null until"
        " it was asked."
    )
    words: str | None = Field(description="The same in words, with what to do.")
    runs: int = Field(description="Of how many runs there was news.")
    finished_at: str | None


class PollProgress(BaseModel):
    """How far a poll is that somebody asked for."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 7, "state": "running", "asked_at": "2026-01-31T10:00:00Z",
                "finished_at": None, "total": 2, "done": 1, "runs": 4,
                "repositories": [
                    {
                        "repo": "acme/api", "repository_id": 3, "state": "ok", "words": None,
                        "runs": 4, "finished_at": "2026-01-31T10:00:02Z",
                    },
                    {
                        "repo": "acme/web", "repository_id": 4, "state": None, "words": None,
                        "runs": 0, "finished_at": None,
                    },
                ],
            }
        }
    )  # fmt: skip

    id: int
    state: str = Field(description="queued, running or done.")
    asked_at: str
    finished_at: str | None
    total: int = Field(description="Repositories to poll: all that are tracked.")
    done: int = Field(description="How many of them are through.")
    runs: int = Field(description="Of how many runs there was news so far.")
    repositories: list[PollPartItem]

    @classmethod
    def of(cls, progress: rounds.Progress) -> "PollProgress":
        """Make the shape of what is stored."""
        ended = progress.finished_at
        return cls(
            id=progress.id,
            state="done" if ended is not None else "running" if progress.done else "queued",
            asked_at=clock.to_iso(progress.asked_at),
            finished_at=when(ended),
            total=len(progress.parts),
            done=progress.done,
            runs=sum(part.runs for part in progress.parts),
            repositories=[
                PollPartItem(
                    repo=part.full_name,
                    repository_id=part.repository_id,
                    state=part.state,
                    words=part.words,
                    runs=part.runs,
                    finished_at=when(part.finished_at),
                )
                for part in progress.parts
            ],
        )


@router.post(
    "/repos",
    status_code=201,
    response_model=RepositoryItem | OwnerItem,
    responses={
        200: {"model": RepositoryItem | OwnerItem, "description": "It was known already."},
        400: refusal("The body is not JSON."),
    },
    openapi_extra=described_body(NewRepository),
)
async def track_repository(request: Request) -> Response:
    """Track a repository, or with `owner/*` all of an account: the first poll begins at once.

    One that is known already answers 200 and is tracked (again) all the same.
    """
    wanted = read_model(NewRepository, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_track, request, wanted)


def _track(request: Request, wanted: NewRepository) -> Response:
    database, now = database_of(request), clock.now()
    given = {keys.Kind.WEBHOOK: wanted.webhook_secret, keys.Kind.TOKEN: wanted.token}
    with database.writing() as session:
        wish = wishes.track(session, wanted.full_name, at=now)
        for kind, secret in given.items():
            if secret:
                keys.keep(session, settings_of(request), wish, kind=kind, secret=secret)
    request.app.state.hook_secrets.expire()
    with database.reading() as session:
        item = _shape(session, wish)
    where = (
        {} if wish.repository_id is None else {"Location": f"/api/v1/repos/{wish.repository_id}"}
    )
    return Response(
        item.model_dump_json(),
        201 if wish.is_new else 200,
        headers=where,
        media_type="application/json",
    )


def _shape(session: Session, wish: wishes.Wish) -> RepositoryItem | OwnerItem:
    if wish.repository_id is None:
        return OwnerItem.of(owners.require_owner(session, wish.owner))
    row_named = require_repository(session, name=str(wish.repository_id))
    (item,) = shape_repositories(session, [row_named], EVERYTHING, demo=False)
    return item


@router.get("/owners")
def show_owners(session: Reading) -> OwnerList:
    """List the accounts that are tracked as a whole (`owner/*`) and what keeps them from it.

    Their repositories are those of GET /repos; an account is looked through every hour.
    """
    return OwnerList(items=[OwnerItem.of(row) for row in owners.list_owners(session)])


@router.delete("/repos/{repo:path}", status_code=204, responses={404: REFUSALS[404]})
def untrack_repository(repo: str, request: Request) -> Response:
    """Ask GitHub no more for a repository, or with `owner/*` for those of an account.

    What is stored stays, and what its webhook tells is still taken; the token that was given for it
    is forgotten. `{repo}` is our id or `owner/name`.
    """
    with database_of(request).writing() as session:
        keys.give_up(session, settings_of(request), repo)
    return Response(status_code=204)


@router.post(
    "/poll/run",
    status_code=202,
    response_model=PollProgress,
    responses={400: refusal("The body is not JSON."), 404: REFUSALS[404]},
    openapi_extra=described_body(PollAsked, required=False),
)
async def run_poll(request: Request) -> Response:
    """Poll every tracked repository now, or the one named; GET /poll/{id} says how far that is."""
    body = await read_body(request, limit=_MAX_BODY)
    wanted = read_model(PollAsked, body) if body.strip() else PollAsked()
    return await run_in_threadpool(_run_poll, request, wanted.repo)


def _run_poll(request: Request, repo: str | None) -> Response:
    with database_of(request).writing() as session:
        chosen = None if repo is None else require_repository(session, name=repo).id
        poll_id = rounds.ask_for_poll(session, repository_id=chosen, at=clock.now())
        progress = PollProgress.of(rounds.require_poll(session, poll_id))
    return Response(
        progress.model_dump_json(),
        202,
        headers={"Location": f"/api/v1/poll/{poll_id}"},
        media_type="application/json",
    )


@router.get("/poll/{poll_id}", responses={404: REFUSALS[404]})
def show_poll(poll_id: int, session: Reading) -> PollProgress:
    """Show how far a poll is that somebody asked for; it is kept for a week."""
    return PollProgress.of(rounds.require_poll(session, poll_id))
