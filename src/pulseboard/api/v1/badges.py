"""Whether everybody may see the badges of a repository."""

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from pulseboard import clock
from pulseboard.api.deps import Reading, database_of, described_body, read_body, read_model
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.boards import badges as boards
from pulseboard.pipelines import require_repository

router = APIRouter(prefix="/repos", tags=["repositories"])
_MAX_BODY = 4 * 1024


class Badges(BaseModel):
    """Who may see the badges of a repository."""

    model_config = ConfigDict(json_schema_extra={"example": {"public": True}})

    public: bool = Field(
        description="Everybody may see them, also where reading asks for more: for READMEs."
    )


@router.get("/{repo:path}/badges", responses={404: REFUSALS[404]})
def show_badges(repo: str, session: Reading) -> Badges:
    """Say whether everybody may see the badges of a repository.

    `{repo}` is our id or `owner/name`. The badges are at `/badge/{owner}/{name}/{workflow}.svg`.
    """
    row = require_repository(session, name=repo)
    return Badges(public=boards.are_public(session, repository_id=row.id))


@router.put(
    "/{repo:path}/badges",
    response_model=Badges,
    responses={400: refusal("The body is not JSON."), 404: refusal("There is no such one.")},
    openapi_extra=described_body(Badges),
)
async def publish_badges(repo: str, request: Request) -> Badges:
    """Show the badges of a repository to everybody, or not any more."""
    wanted = read_model(Badges, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_publish, request, repo, wanted)


def _publish(request: Request, name: str, wanted: Badges) -> Badges:
    with database_of(request).writing() as session:
        row = require_repository(session, name=name)
        boards.publish(session, repository_id=row.id, public=wanted.public, at=clock.now())
    return wanted
