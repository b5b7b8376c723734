"""Dead letters: jobs that failed for good, what they said, and trying one of them again."""

import json
from typing import Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.errors import Conflict, NotFound
from pulseboard.jobs.port import Args, Jobs
from pulseboard.model import DeadLetter as Row

# What somebody else wrote can be of any length.
_LONGEST_REASON: Final = 2000


class DeadLetter(NamedTuple):
    """A job that was given up, why, after how many tries, and when."""

    id: int
    job_name: str
    job_id: str
    args: Args
    reason: str
    tries: int
    failed_at: int

    @property
    def may_retry(self) -> bool:
        """Whether it can be tried again by hand; a schedule, which has no id, does so by itself."""
        return self.job_id != ""


def dead_letters(session: Session, *, limit: int = 100) -> list[DeadLetter]:
    """Return the jobs that were given up, the latest first."""
    rows = session.scalars(select(Row).order_by(Row.failed_at.desc(), Row.id.desc()).limit(limit))
    return [_read(row) for row in rows]


def count_dead_letters(session: Session) -> int:
    """Return how many jobs were given up and not tried again since."""
    return session.scalar(select(func.count()).select_from(Row)) or 0


def bury(
    session: Session, *, job_name: str, job_id: str, args: Args, reason: str, tries: int
) -> None:
    """Keep a job that failed for good; telling it twice keeps one."""
    # Nobody else writes the letter of a job that runs, so there is no race to lose.
    session.execute(delete(Row).where(Row.job_name == job_name, Row.job_id == job_id))
    session.add(
        Row(
            job_name=job_name,
            job_id=job_id,
            args=json.dumps(dict(args)),
            reason=reason[:_LONGEST_REASON],
            tries=tries,
            failed_at=clock.now(),
        )
    )


def unbury(session: Session, *, job_name: str, job_id: str) -> None:
    """Forget that a job failed, for it has worked since."""
    session.execute(delete(Row).where(Row.job_name == job_name, Row.job_id == job_id))


def is_buried(session: Session, *, job_name: str, job_id: str) -> bool:
    """Say whether a job lies among the dead letters."""
    found = select(Row.id).where(Row.job_name == job_name, Row.job_id == job_id)
    return session.scalar(found) is not None


def retry_dead_letter(session: Session, id: int, *, jobs: Jobs) -> DeadLetter:
    """Have the job done again under an id of its own; return the letter, which is gone then.

    Raises NotFound when there is no such letter (any more), and Conflict when it is a schedule's.
    """
    row = session.get(Row, id)
    if row is None:
        raise NotFound(f"There is no failed job with the number {id}")
    letter = _read(row)
    if not letter.may_retry:
        raise Conflict(f"{letter.job_name!r} is a schedule: it tries again at its next time")
    session.delete(row)
    # The engine remembers the old id and would take the new request for a repetition.
    jobs.enqueue(
        session, letter.job_name, id=f"{letter.job_id} again {row.failed_at}", args=letter.args
    )
    return letter


def _read(row: Row) -> DeadLetter:
    return DeadLetter(
        row.id,
        row.job_name,
        row.job_id,
        json.loads(row.args),
        row.reason,
        int(row.tries),
        row.failed_at,
    )
