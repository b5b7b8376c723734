"""Alerts: what is burning and who has it; acknowledging, muting and resolving."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts import acting
from pulseboard.alerts.listing import (
    Listed,
    Shown,
    list_alerts,
    messages_lately,
    notifications_of,
    require_alert,
    unacknowledged,
)
from pulseboard.alerts.outbox import Outbox, Sending
from pulseboard.alerts.rules import Severity
from pulseboard.alerts.timed import still_holds
from pulseboard.alerts.watch import Watch
from pulseboard.api.cursor import Cursor, make_cursor, read_cursor
from pulseboard.api.deps import (
    Demo,
    Reading,
    database_of,
    described_body,
    invalid,
    read_body,
    read_model,
    words_of,
)
from pulseboard.api.problems import REFUSALS, Refusals, refusal
from pulseboard.api.v1.alert_shapes import Alert, AlertDetail, Alerts, Sent
from pulseboard.db.engine import lock_writer
from pulseboard.pipelines import Place, find_scope

router = APIRouter(prefix="/alerts", tags=["alerts"])
_MAX_BODY: Final = 16 * 1024
_KIND: Final = "alerts"
# In no zone of the world is this beyond what a date can say.
_LATEST: Final = clock.to_instant(datetime(9999, 1, 1, tzinfo=UTC))
AlertId = Annotated[int, Path(ge=1, le=2**62, description="Number of an alert.")]
_ACTIONS: Final[Refusals] = {404: REFUSALS[404], 409: refusal("The alert is resolved already.")}
_TOLD: Final[Refusals] = {400: refusal("The body is not JSON."), **_ACTIONS}
Act = Callable[[Session, Listed, Outbox, int], None]
Given = TypeVar("Given", bound=BaseModel)


class Note(BaseModel):
    """A word for the others."""

    model_config = ConfigDict(
        str_strip_whitespace=True,
        json_schema_extra={"example": {"note": "rolling back", "by": "kim"}},
    )

    note: str | None = Field(default=None, max_length=500)
    by: str | None = Field(default=None, max_length=80, description="Who does it.")


class Mute(Note):
    """Until when nothing is sent; without an end it is until the alert is resolved."""

    model_config = ConfigDict(json_schema_extra={"example": {"minutes": 240, "by": "kim"}})

    until: datetime | None = Field(default=None, description="ISO 8601; without a zone it is UTC.")
    minutes: int | None = Field(default=None, ge=1, le=60 * 24 * 366)


def watch_of(request: Request) -> Watch:
    """Return what settles alerts in this application."""
    watch: Watch = request.app.state.watch
    return watch


@router.get("")
def show_alerts(
    session: Reading,
    demo: Demo,
    repo: Annotated[list[str] | None, Query(description="owner/name or our id.")] = None,
    state: Annotated[Shown, Query(description="Which alerts.")] = Shown.ALL,
    severity: Annotated[list[Severity] | None, Query(description="How much they matter.")] = None,
    rule: Annotated[int | None, Query(ge=1, le=2**62, description="Number of a rule.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> Alerts:
    """List alerts, the newest first. `open` is everything that is not resolved."""
    now = clock.now()
    place = read_cursor(_KIND, cursor)
    page = list_alerts(
        session,
        shown=state,
        demo=demo,
        at=now,
        repository_ids=_ids_of(session, words_of(repo), demo=demo),
        severities=severity or (),
        rule_id=rule,
        before_id=place.id if place else None,
        limit=limit,
    )
    following = None if page.last_id is None else Place(page.last_id, page.last_id)
    return Alerts(
        items=[Alert.of(listed, at=now) for listed in page.items],
        next_cursor=make_cursor(_KIND, following),
        total=page.total,
        unacknowledged=unacknowledged(session, demo=demo, at=now),
    )


def _ids_of(session: Session, names: Sequence[str], *, demo: bool) -> Sequence[int]:
    scope = find_scope(session, demo=demo, repositories=names)
    # No repository has the id 0: of what is not there, there are no alerts.
    return (0,) if scope.impossible else scope.repositories


class SentMessages(BaseModel):
    """What was sent lately."""

    items: list[Sent]


@router.get("/notifications")
def show_notifications(
    session: Reading,
    state: Annotated[Sending | None, Query(description="What became of them.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> SentMessages:
    """List the messages of all alerts, the newest first, with what became of each.

    Alerts that went out together are one message.
    """
    found = messages_lately(session, state=state, limit=limit)
    return SentMessages(items=[Sent.of(*posted) for posted in found])


@router.get("/{alert_id}", responses={404: REFUSALS[404]})
def show_alert(alert_id: AlertId, session: Reading) -> AlertDetail:
    """Show one alert with its messages, and whether its condition is true now."""
    return _detail(session, require_alert(session, alert_id))


def _detail(session: Session, listed: Listed) -> AlertDetail:
    now = clock.now()
    sent = notifications_of(session, alert_id=listed.alert.id)
    return AlertDetail(
        **Alert.of(listed, at=now).model_dump(),
        still_holds=still_holds(session, listed.alert, at=now),
        notifications=[Sent.of(*posted) for posted in sent],
    )


async def _read(request: Request, model: type[Given]) -> Given:
    body = await read_body(request, limit=_MAX_BODY)
    return read_model(model, body) if body.strip() else model()


async def _act(request: Request, alert_id: int, act: Act) -> AlertDetail:
    return await run_in_threadpool(_act_now, request, alert_id, act)


def _act_now(request: Request, alert_id: int, act: Act) -> AlertDetail:
    now = clock.now()
    with database_of(request).writing() as session:
        lock_writer(session)
        listed = require_alert(session, alert_id)
        watch = watch_of(request)
        outbox = watch.outbox(session, at=now)
        act(session, listed, outbox, now)
        outbox.note(listed.alert)
        watch.finish(outbox)
        return _detail(session, require_alert(session, alert_id))


def _who(given: Note) -> str:
    return given.by or "somebody"


@router.post("/{alert_id}/ack", responses=_TOLD, openapi_extra=described_body(Note, required=False))
async def acknowledge(alert_id: AlertId, request: Request) -> AlertDetail:
    """Say that somebody has it: reminders stop. The body may be left out."""
    given = await _read(request, Note)
    return await _act(
        request,
        alert_id,
        lambda _session, listed, _outbox, now: acting.acknowledge(
            listed.alert, by=_who(given), note=given.note, at=now
        ),
    )


@router.post(
    "/{alert_id}/unack", responses=_ACTIONS, openapi_extra=described_body(Note, required=False)
)
async def unacknowledge(alert_id: AlertId, request: Request) -> AlertDetail:
    """Take an acknowledgement back."""
    return await _act(
        request,
        alert_id,
        lambda _session, listed, _outbox, now: acting.unacknowledge(listed.alert, at=now),
    )


@router.post(
    "/{alert_id}/mute", responses=_TOLD, openapi_extra=described_body(Mute, required=False)
)
async def mute(alert_id: AlertId, request: Request) -> AlertDetail:
    """Send nothing until a time, or until the alert is resolved; its state follows the data."""
    given = await _read(request, Mute)
    until = _until(given)

    def act(session: Session, listed: Listed, _outbox: Outbox, now: int) -> None:
        acting.mute(session, listed.alert, until=until, note=given.note, at=now)

    return await _act(request, alert_id, act)


def _until(given: Mute) -> int:
    if given.minutes is not None and given.until is not None:
        raise invalid("until", "give until or minutes, not both")
    if given.minutes is not None:
        return clock.now() + given.minutes * clock.MINUTE
    if given.until is None:
        return acting.UNTIL_RESOLVED
    moment = given.until if given.until.tzinfo else given.until.replace(tzinfo=UTC)
    until = clock.to_instant(moment)
    if until <= clock.now():
        raise invalid("until", "should lie in the future")
    return min(until, _LATEST)


@router.post(
    "/{alert_id}/unmute", responses=_ACTIONS, openapi_extra=described_body(Note, required=False)
)
async def unmute(alert_id: AlertId, request: Request) -> AlertDetail:
    """Send again what there is to tell."""
    return await _act(
        request,
        alert_id,
        lambda session, listed, _outbox, now: acting.unmute(session, listed.alert, at=now),
    )


@router.post(
    "/{alert_id}/resolve", responses=_TOLD, openapi_extra=described_body(Note, required=False)
)
async def resolve(alert_id: AlertId, request: Request) -> AlertDetail:
    """Resolve an alert by hand.

    Where `still_holds` is true in the answer, the next check (60 s) opens another alert.
    """
    given = await _read(request, Note)

    def act(session: Session, listed: Listed, outbox: Outbox, now: int) -> None:
        acting.resolve(session, listed, by=_who(given), note=given.note, outbox=outbox, at=now)

    return await _act(request, alert_id, act)
