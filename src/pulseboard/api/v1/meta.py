"""What a screen needs to know before anything else, and what its filters offer."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from msgspec import structs
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import AppSettings, Demo, Reading
from pulseboard.api.feed import IngestState, read_ingest
from pulseboard.api.shapes import Config, Filters, Polling
from pulseboard.api.v1.demo import AppStage, DemoState, state_of
from pulseboard.api.v1.runs import PlainFilterAsked
from pulseboard.collect.github import keys
from pulseboard.collect.stage import Stage
from pulseboard.config import Settings
from pulseboard.pipelines import has_real_runs
from pulseboard.pipelines.facets import (
    FacetField,
    Facets,
    count_values,
    list_facets,
    without_field,
)

router = APIRouter(tags=["screen"])
_DEFAULT_VALUES: Final = 100


class Meta(BaseModel):
    """What this server is, the time, and how data comes in."""

    app_title: str
    environment: str = Field(description="dev, staging or prod.")
    version: str
    default_tz: str = Field(description="The zone of days and weeks when a reader names none.")
    refresh_seconds: int
    repos: list[str]
    workflows: list[str]
    polling: Polling
    features: list[str]
    server_time: str
    demo: bool = Field(description="What is shown is demo data: nothing real is stored yet.")
    demo_state: DemoState = Field(description="Whether demo data is stored, be it shown or not.")
    has_data: bool
    has_webhook_secret: bool = Field(
        description="A webhook's signature is checked: a secret is set here, or stored for some"
        " repository. Otherwise unsigned deliveries are taken, on loopback only."
    )
    ingest: IngestState


class Me(BaseModel):
    """Who is asking."""

    login: str | None = Field(description="null while nobody signs in: the server is open.")
    name: str | None
    role: str = Field(description="viewer, operator or admin.")
    preferences: dict[str, Any] = {}


class FacetValue(BaseModel):
    """One value that a filter offers."""

    value: str
    label: str
    count: int = Field(
        description="Among the newest 10,000 runs of the other filters; of `label` 2,000."
    )


@router.get("/meta")
def show_meta(session: Reading, settings: AppSettings, stage: AppStage, demo: Demo) -> Meta:
    """Show title, environment and version, whether there is data, and when it last came."""
    return read_meta(session, settings, stage, demo=demo)


def read_meta(session: Session, settings: Settings, stage: Stage, *, demo: bool) -> Meta:
    """Return what a screen needs to know before anything else."""
    ingest = read_ingest(session, demo=demo)
    has_data = ingest.last_event_at is not None
    known = Config.of(settings)
    return Meta(
        app_title=known.title,
        default_tz=known.timezone,
        **known.model_dump(exclude={"title", "timezone"}),
        server_time=clock.to_iso(clock.now()),
        demo=has_data and not has_real_runs(session),
        demo_state=state_of(session, stage),
        has_data=has_data,
        has_webhook_secret=bool(settings.webhook_secrets) or keys.has_webhook_secrets(session),
        ingest=ingest,
    )


@router.get("/me")
def show_me(settings: AppSettings) -> Me:
    """Say who is asking and what they may do; without users that follows from the address.

    On a loopback address everybody is an administrator, elsewhere a viewer.
    """
    return me_of(settings)


def me_of(settings: Settings) -> Me:
    """Return who anybody is who passed the gate."""
    return Me(login=None, name=None, role="admin" if settings.is_loopback else "viewer")


@router.get("/filters", response_model=Filters)
def show_filters(session: Reading, demo: Demo) -> Facets:
    """List the values of every filter from what is stored, each sorted, at most 1,000 each."""
    return list_facets(session, demo=demo)


@router.get("/facets")
def show_facets(
    session: Reading,
    wanted: PlainFilterAsked,
    field: FacetField,
    q: Annotated[str, Query(max_length=200, description="What a value has to contain.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = _DEFAULT_VALUES,
) -> list[FacetValue]:
    """List the commonest values of one field among the runs of the other fields' filters."""
    others = without_field(wanted, field)
    counted = count_values(session, wanted=others, field=field, part=q, limit=limit)
    return [FacetValue(**structs.asdict(found)) for found in counted]
