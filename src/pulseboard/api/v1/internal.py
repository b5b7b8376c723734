"""What commands on the same machine hand to the running server; no part of the public API.

The one process that holds the lock of a SQLite data folder does all the writing, so `import`,
`simulate`, `demo` and `retention run` send it what they have. They are let in by the key that this
process wrote into the lock file, which only its owner can read: whoever can read it could as well
write to the database file.
"""

import asyncio
import os
import time
from hmac import compare_digest
from typing import Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Struct

from pulseboard import clock
from pulseboard.alerts.acting import Act, carry_out
from pulseboard.api.deps import AppSettings, Writer, database_of, read_body, settings_of
from pulseboard.api.v1.alerts import watch_of
from pulseboard.api.v1.demo import clear_demo
from pulseboard.collect import retention
from pulseboard.collect.github import keys, wishes
from pulseboard.collect.records import Envelope
from pulseboard.db.engine import database_url, lock_writer
from pulseboard.db.lock import lock_paths, read_holder
from pulseboard.errors import MalformedBody, Unauthorised

MAX_BODY: Final = 64 * 1024 * 1024
_MAX_NAME: Final = 1024
# The retention answers in pieces, so that whoever waits sees it move.
_RETENTION_SECONDS: Final = 2.0
_act = msgspec.msgpack.Decoder(Act)
_envelopes = msgspec.msgpack.Decoder(list[Envelope])


def require_local_key(request: Request, settings: AppSettings) -> None:
    """Let in who knows the key of this process; there is none where no lock is held."""
    paths = lock_paths(database_url(settings.database_url_or_default), data=settings.data)
    holder = read_holder(paths[-1]) if paths else None
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if holder is None or holder.pid != os.getpid() or not holder.key:
        raise Unauthorised("This server takes nothing from commands.")
    if not compare_digest(given.encode(), holder.key.encode()):
        raise Unauthorised("The key does not match the one in the lock file of the data folder.")


router = APIRouter(
    prefix="/internal", include_in_schema=False, dependencies=[Depends(require_local_key)]
)


@router.post("/envelopes")
async def take_envelopes(request: Request, intake: Writer) -> Response:
    """Take a batch of envelopes (MessagePack) and answer their receipts after the commit."""
    body = await read_body(request, limit=MAX_BODY)
    try:
        envelopes = await asyncio.to_thread(_envelopes.decode, body)
    except msgspec.DecodeError as error:
        raise MalformedBody(f"Not the envelopes this version knows: {error}") from None
    receipts = await asyncio.gather(*(intake.submit(envelope) for envelope in envelopes))
    return Response(msgspec.msgpack.encode(receipts), media_type="application/msgpack")


@router.post("/demo/remove")
async def remove_all_demo(request: Request) -> dict[str, int]:
    """Remove all demo data; what plays is stopped, or there would soon be some again."""
    return {"runs": await clear_demo(request)}


@router.post("/track")
async def track(request: Request) -> dict[str, str]:
    """Track what the body names."""
    name = (await read_body(request, limit=_MAX_NAME)).decode()

    def write() -> None:
        with database_of(request).writing() as session:
            wishes.track(session, name, at=clock.now())

    await asyncio.to_thread(write)
    return {"tracked": name}


@router.post("/untrack")
async def untrack(request: Request) -> dict[str, str]:
    """Track no longer what the body names."""
    name = (await read_body(request, limit=_MAX_NAME)).decode()

    def write() -> None:
        with database_of(request).writing() as session:
            keys.give_up(session, settings_of(request), name)

    await asyncio.to_thread(write)
    return {"untracked": name}


class _Backfill(Struct):
    name: str
    days: int


@router.post("/backfill")
async def begin_backfill(request: Request) -> dict[str, int]:
    """Want the history of a repository; answer the id of the backfill."""
    wanted = msgspec.json.decode(await read_body(request, limit=_MAX_NAME), type=_Backfill)

    def write() -> int:
        with database_of(request).writing() as session:
            return wishes.ask_for_backfill(
                session, wanted.name, days=wanted.days, at=clock.now()
            ).id

    return {"id": await asyncio.to_thread(write)}


@router.post("/alerts/act")
async def act_on_alert(request: Request) -> dict[str, str]:
    """Acknowledge or mute an alert; the answer is its headline."""
    body = await read_body(request, limit=MAX_BODY)
    try:
        act = _act.decode(body)
    except msgspec.DecodeError as error:
        raise MalformedBody(f"Not an act this version knows: {error}") from None
    return {"message": await asyncio.to_thread(_carry_out, request, act)}


def _carry_out(request: Request, act: Act) -> str:
    with database_of(request).writing() as session:
        lock_writer(session)
        now = clock.now()
        watch = watch_of(request)
        outbox = watch.outbox(session, at=now)
        message = carry_out(session, act, outbox=outbox, at=now)
        watch.finish(outbox)
        return message


@router.post("/retention/run")
def run_retention(request: Request, settings: AppSettings) -> dict[str, object]:
    """Delete for a short while what is too old; `done` says whether anything is left to ask for."""
    until = time.monotonic() + _RETENTION_SECONDS
    is_over = False

    def should_stop() -> bool:
        nonlocal is_over
        is_over = time.monotonic() > until
        return is_over

    deleted = retention.run(
        database_of(request), settings=settings, at=clock.now(), should_stop=should_stop
    )
    return {"deleted": deleted, "done": not is_over}
