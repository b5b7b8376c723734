"""Logs of the demo: a simulated job that failed brings its log along in its delivery."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.collect.payloads import decompress
from pulseboard.db.session import Database
from pulseboard.errors import NotFound, Unavailable
from pulseboard.logs.keeping import Keeper
from pulseboard.model import IS_LATEST, Delivery, DeliveryBody, Job, Log, Run
from pulseboard.vocabulary import LogState, Outcome, Source

_LOT: Final = 50
_NOT_TOLD: Final = "the demo made this job without a log"


class _JobTold(Struct):
    id: int | str
    log: str | None = None


class _Told(Struct):
    jobs: list[_JobTold] = []


class _Wanted(NamedTuple):
    job_id: int
    provider_job_id: str
    run_id: int


_read: Final = msgspec.json.Decoder(_Told).decode


def keep_demo_logs(
    database: Database,
    *,
    make_keeper: Callable[[], Keeper],
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Keep the logs of the demo's failed jobs that have none yet, the newest first.

    Returns how many were kept. A store or a database that is out ends it; the next call goes on.
    """
    kept = 0
    while lot := _next_lot(database):
        keeper = make_keeper()
        for job_id, text in lot:
            if should_stop():
                return kept
            try:
                kept += _keep(keeper, job_id, text)
            except (NotFound, Unavailable):
                # NotFound: somebody is removing the demo.
                return kept
    return kept


def _next_lot(database: Database) -> list[tuple[int, str | None]]:
    with database.reading() as session:
        return list(_texts(session, _list_wanted(session)))


def _keep(keeper: Keeper, job_id: int, text: str | None) -> bool:
    if text is None:
        # Noted, so that it is not looked for again.
        keeper.note(job_id, LogState.MISSING, _NOT_TOLD)
        return False
    keeper.keep(text.encode(), job_id=job_id)
    return True


def _list_wanted(session: Session) -> list[_Wanted]:
    rows = session.execute(
        select(Job.id, Job.provider_job_id, Job.run_id)
        .join(Run, (Run.id == Job.run_id) & IS_LATEST)
        .outerjoin(Log, Log.job_id == Job.id)
        .where(Run.demo, Job.outcome == Outcome.FAILURE, Log.job_id.is_(None))
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(_LOT)
    )
    return [_Wanted(*row) for row in rows]


def _texts(session: Session, wanted: list[_Wanted]) -> Iterator[tuple[int, str | None]]:
    """Yield the log of each job as the deliveries of its run told it; None where none did."""
    told: dict[int, dict[str, str]] = defaultdict(dict)
    rows = session.execute(
        select(Delivery.run_id, DeliveryBody.dictionary, DeliveryBody.body)
        .join(DeliveryBody, DeliveryBody.delivery_id == Delivery.id)
        .where(
            Delivery.run_id.in_({job.run_id for job in wanted}),
            Delivery.source == Source.SIMULATOR,
        )
    )
    for run_id, dictionary, body in rows:
        jobs = _read(decompress(dictionary, body)).jobs
        told[run_id or 0].update({str(job.id): job.log for job in jobs if job.log})
    for job in wanted:
        yield job.job_id, told[job.run_id].get(job.provider_job_id)
