"""History of one repository: its runs from the newest to the oldest, then the jobs of each."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pulseboard.model import Backfill

WAITING, QUEUED, RUNNING, DONE, FAILED = "waiting", "queued", "running", "done", "failed"
UNFINISHED = (WAITING, QUEUED, RUNNING)


def plan_backfill(
    session: Session, repository_id: int, *, since: int, until: int, at: int
) -> Backfill:
    """Note that the runs created in [since, until) are wanted; it begins when a job takes it up."""
    same = select(Backfill).where(
        Backfill.repository_id == repository_id,
        Backfill.since <= since,
        Backfill.until >= until,
        Backfill.state.in_(UNFINISHED),
    )
    known = session.scalars(same.order_by(Backfill.id)).first()
    if known is not None:
        return known
    planned = Backfill(
        repository_id=repository_id,
        since=since,
        until=until,
        reached=until,
        state=WAITING,
        asked_at=at,
        worked=0,
        runs=0,
        requests=0,
    )
    session.add(planned)
    session.flush()
    return planned


def get_backfilled_until(session: Session, repository_id: int) -> int | None:
    """Return before which creation runs are being fetched by a backfill; None without one."""
    return session.scalar(
        select(func.max(Backfill.until)).where(
            Backfill.repository_id == repository_id, Backfill.state.in_(UNFINISHED)
        )
    )
