"""Named walls: which repositories a TV shows, how, and the token that opens it."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from pulseboard import clock
from pulseboard.api.deps import Reading, database_of, described_body, read_body, read_model
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.boards import walls as boards
from pulseboard.model import Wall as Row

router = APIRouter(prefix="/walls", tags=["screen"])
_MAX_BODY: Final = 64 * 1024
_NAME: Final = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?$"
WallId = Annotated[int, Path(ge=0, lt=1 << 63)]


class NewWall(BaseModel):
    """What a wall shows."""

    model_config = ConfigDict(
        str_strip_whitespace=True,
        json_schema_extra={
            "example": {
                "name": "Platform team",
                "repositories": ["acme/api", "acme/web"],
                "columns": 2,
                "hide_names": False,
            }
        },
    )

    name: str = Field(min_length=1, max_length=80)
    repositories: list[Annotated[str, Field(pattern=_NAME, max_length=200)]] = Field(
        default=[], max_length=200, description="owner/name; an empty list is all of them."
    )
    columns: int = Field(default=2, ge=1, le=3, description="3 is for screens of 55 inches and up.")
    hide_names: bool = Field(default=False, description="Leave out who committed what.")

    def fields(self) -> boards.WallFields:
        """Return what is kept."""
        return boards.WallFields(self.name, tuple(self.repositories), self.columns, self.hide_names)


class Wall(BaseModel):
    """A named wall."""

    id: int
    slug: str
    path: str = Field(description="Where it is: /wall/{slug}.")
    name: str
    repositories: list[str]
    columns: int
    hide_names: bool
    has_token: bool = Field(description="A token opens it where reading asks for more.")
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, wall: Row) -> "Wall":
        """Make the shape of a row."""
        return cls(
            id=wall.id,
            slug=wall.slug,
            path=f"/wall/{wall.slug}",
            name=wall.name,
            repositories=list(boards.repositories_of(wall)),
            columns=wall.columns,
            hide_names=wall.hides_names,
            has_token=wall.token_hash is not None,
            created_at=clock.to_iso(wall.created_at),
            updated_at=clock.to_iso(wall.updated_at),
        )


class Walls(BaseModel):
    """All named walls; /wall itself shows all repositories."""

    items: list[Wall]


class WallToken(BaseModel):
    """A new token. It is shown this once."""

    token: str
    path: str = Field(description="The wall's address with the token in it.")


@router.get("", responses={401: refusal("Sign in first.")})
def show_walls(session: Reading) -> Walls:
    """List the named walls by name."""
    return Walls(items=[Wall.of(wall) for wall in boards.list_walls(session)])


@router.post(
    "",
    status_code=201,
    response_model=Wall,
    responses={400: refusal("The body is not JSON.")},
    openapi_extra=described_body(NewWall),
)
async def add_wall(request: Request) -> Response:
    """Make a named wall. Its slug is made of its name."""
    wanted = read_model(NewWall, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_add, request, wanted)


def _add(request: Request, wanted: NewWall) -> Response:
    with database_of(request).writing() as session:
        shape = Wall.of(boards.add_wall(session, wanted.fields(), at=clock.now()))
    headers = {"Location": f"/api/v1/walls/{shape.id}"}
    return Response(shape.model_dump_json(), 201, headers=headers, media_type="application/json")


@router.get("/{wall_id}", responses={404: REFUSALS[404]})
def show_wall(wall_id: WallId, session: Reading) -> Wall:
    """Show one named wall as it is set up."""
    return Wall.of(boards.require_wall(session, wall_id=wall_id))


@router.put(
    "/{wall_id}",
    response_model=Wall,
    responses={400: refusal("The body is not JSON."), 404: REFUSALS[404]},
    openapi_extra=described_body(NewWall),
)
async def change_wall(wall_id: WallId, request: Request) -> Wall:
    """Change a wall; its address and its token stay."""
    wanted = read_model(NewWall, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_change, request, wall_id, wanted)


def _change(request: Request, wall_id: int, wanted: NewWall) -> Wall:
    with database_of(request).writing() as session:
        wall = boards.require_wall(session, wall_id=wall_id)
        boards.change_wall(session, wall, wanted.fields(), at=clock.now())
        return Wall.of(wall)


@router.delete("/{wall_id}", status_code=204, responses={404: REFUSALS[404]})
def remove_wall(wall_id: WallId, request: Request) -> None:
    """Forget a wall and its token."""
    with database_of(request).writing() as session:
        boards.remove_wall(session, boards.require_wall(session, wall_id=wall_id))


@router.put("/{wall_id}/token", responses={404: REFUSALS[404]})
def give_token(wall_id: WallId, request: Request) -> WallToken:
    """Make a new token that opens the wall; the one before opens nothing any more.

    The token is in the answer and never shown again.
    """
    with database_of(request).writing() as session:
        wall = boards.require_wall(session, wall_id=wall_id)
        token = boards.give_token(session, wall, at=clock.now())
        return WallToken(token=token, path=f"/wall/{wall.slug}?t={token}")


@router.delete("/{wall_id}/token", status_code=204, responses={404: REFUSALS[404]})
def revoke_token(wall_id: WallId, request: Request) -> None:
    """Let the wall's token open nothing any more."""
    with database_of(request).writing() as session:
        wall = boards.require_wall(session, wall_id=wall_id)
        boards.revoke_token(session, wall, at=clock.now())
