"""The one job of a pushed run stands as its run does, whichever of its posts had the log."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import structs
from sqlalchemy.orm import Session

from pulseboard.collect.push import job_of, pushed_job_id
from pulseboard.collect.records import Envelope, JobSeen, RepositorySeen
from pulseboard.collect.sources import Home
from pulseboard.db.bulk import select_in
from pulseboard.vocabulary import Phase, Source

_STORED: Final = """WITH wanted(repository_id, run_id, job_id) AS ({rows})
    SELECT r.repository_id, r.provider_run_id, j.id, r.status, r.conclusion, r.clock, r.created_at,
        r.started_at, r.ended_at
    FROM wanted CROSS JOIN runs r
    LEFT JOIN jobs j ON j.repository_id = wanted.repository_id
        AND j.provider_job_id = wanted.job_id
    WHERE r.repository_id = wanted.repository_id AND r.provider_run_id = wanted.run_id
        AND r.attempt = 1"""
_Key = tuple[int, str]


def follow_runs(
    session: Session, envelopes: Sequence[Envelope], *, homes: Mapping[RepositorySeen, Home]
) -> None:
    """Let each post of a run tell of its job as well, if any post of it ever had a log."""
    posts: dict[_Key, list[Envelope]] = {}
    for envelope in envelopes:
        if envelope.source is Source.PUSH and envelope.runs:
            run = envelope.runs[0]
            posts.setdefault((homes[run.repository].id, run.run_id), []).append(envelope)
    stored = _read_stored(session, list(posts))
    for key, of_run in posts.items():
        standing = stored.get(key)
        has_job = standing is not None and standing[0] is not None
        if not has_job and not any(envelope.jobs for envelope in of_run):
            continue
        for envelope in of_run:
            envelope.jobs = [job_of(envelope.runs[0])]
        if standing is not None and not has_job and standing[1] == Phase.COMPLETED:
            of_run[0].jobs.append(_job_at(of_run[0].jobs[0], standing))


def _read_stored(session: Session, keys: Sequence[_Key]) -> dict[_Key, tuple[Any, ...]]:
    wanted = [(repository_id, run_id, pushed_job_id(run_id)) for repository_id, run_id in keys]
    rows = select_in(session, _STORED, wanted, types=("bigint", "text", "text"))
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def _job_at(job: JobSeen, standing: tuple[Any, ...]) -> JobSeen:
    """Return the job as it is over with the run that is stored."""
    _, status, conclusion, clock, created_at, started_at, ended_at = standing
    return structs.replace(
        job,
        status=status,
        conclusion=conclusion,
        clock=clock,
        created_at=created_at,
        started_at=started_at,
        completed_at=ended_at,
    )
