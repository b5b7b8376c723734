"""Saved views: named sets of filters with a short address."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pulseboard import clock
from pulseboard.api.deps import Reading, database_of, described_body, read_body, read_model
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.boards import views as boards
from pulseboard.model import SavedView

router = APIRouter(prefix="/views", tags=["screen"])
_MAX_BODY = 16 * 1024
ViewName = Annotated[str, Path(description="Its id, or its slug.", max_length=100)]


class NewView(BaseModel):
    """A page and its filters under a name."""

    model_config = ConfigDict(
        str_strip_whitespace=True,
        json_schema_extra={
            "example": {
                "name": "Red on main",
                "path": "/runs",
                "search": "?status=failure&range=30d",
                "shared": True,
                "pinned": False,
            }
        },
    )

    name: str = Field(min_length=1, max_length=80)
    path: str = Field(max_length=200, description="A page of the dashboard.")
    search: str = Field(default="", max_length=4000, description="Its query, with the ?.")
    shared: bool = Field(
        default=True,
        description="Everybody finds it in the list; otherwise the screen lists it only in the"
        " browser that saved it.",
    )
    pinned: bool = Field(default=False, description="It stands in the navigation.")

    @field_validator("path")
    @classmethod
    def _is_a_page_of_ours(cls, path: str) -> str:
        # A view must never lead to another site.
        if not path.startswith("/") or path.startswith("//") or set(path) & set("\\?#"):
            raise ValueError("should be the path of a page such as /runs")
        return path

    @field_validator("search")
    @classmethod
    def _is_a_query(cls, search: str) -> str:
        if search and not search.startswith("?"):
            raise ValueError("should begin with ? or be empty")
        return search

    def fields(self) -> boards.ViewFields:
        """Return what is kept."""
        return boards.ViewFields(**self.model_dump())


class View(BaseModel):
    """A saved view."""

    id: int
    slug: str = Field(description="Its short address is /v/{slug}.")
    name: str
    path: str
    search: str
    shared: bool
    pinned: bool
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, view: SavedView) -> "View":
        """Make the shape of a row."""
        return cls(
            id=view.id,
            slug=view.slug,
            name=view.name,
            path=view.path,
            search=view.search,
            shared=view.shared,
            pinned=view.pinned,
            created_at=clock.to_iso(view.created_at),
            updated_at=clock.to_iso(view.updated_at),
        )


class Views(BaseModel):
    """All saved views."""

    items: list[View]


@router.get("", responses={401: refusal("Sign in first.")})
def show_views(session: Reading) -> Views:
    """List the saved views, the pinned ones first, then by name.

    Those that are not shared are among them: nobody signs in yet, so the server cannot tell whose
    one is. Keep nothing in a view that others must not read.
    """
    return Views(items=[View.of(view) for view in boards.list_views(session)])


@router.get("/{view}", responses={404: REFUSALS[404]})
def show_view(view: ViewName, session: Reading) -> View:
    """Show one saved view."""
    return View.of(boards.require_view(session, name=view))


@router.post(
    "",
    status_code=201,
    response_model=View,
    responses={400: refusal("The body is not JSON."), 409: refusal("The name is taken.")},
    openapi_extra=described_body(NewView),
)
async def add_view(request: Request) -> Response:
    """Save a view. Its slug is made of its name."""
    wanted = read_model(NewView, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_add, request, wanted)


def _add(request: Request, wanted: NewView) -> Response:
    with database_of(request).writing() as session:
        shape = View.of(boards.add_view(session, wanted.fields(), at=clock.now()))
    headers = {"Location": f"/api/v1/views/{shape.id}"}
    return Response(shape.model_dump_json(), 201, headers=headers, media_type="application/json")


@router.put(
    "/{view}",
    response_model=View,
    responses={
        400: refusal("The body is not JSON."),
        404: refusal("There is no such view."),
        409: refusal("The name is taken."),
    },
    openapi_extra=described_body(NewView),
)
async def change_view(view: ViewName, request: Request) -> View:
    """Save a view anew; its slug stays, so that links to it go on working."""
    wanted = read_model(NewView, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_change, request, view, wanted)


def _change(request: Request, name: str, wanted: NewView) -> View:
    with database_of(request).writing() as session:
        found = boards.require_view(session, name=name)
        boards.change_view(session, found, wanted.fields(), at=clock.now())
        return View.of(found)


@router.delete("/{view}", status_code=204, responses={404: REFUSALS[404]})
def remove_view(view: ViewName, request: Request) -> None:
    """Forget a saved view."""
    with database_of(request).writing() as session:
        boards.remove_view(session, boards.require_view(session, name=view))
