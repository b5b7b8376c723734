"""Which history is wanted of which repository, how far it has come, and when it will be there."""

from typing import Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.budget import CredentialBudget
from pulseboard.collect.github.remaining import read_budgets
from pulseboard.errors import NotFound
from pulseboard.model import Backfill, Feed, Repository

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
STOPPED = "stopped"
UNFINISHED: Final = (WAITING, RUNNING)
# It did not come to its end, and may be taken up again.
_GIVEN_UP: Final = (FAILED, STOPPED)
# Who does not show for so long that he is at work is taken to be gone.
LEASE: Final = 2 * clock.MINUTE
# So much work says how fast it goes.
_ENOUGH: Final = 5 * clock.SECOND
# What no database would take for an id.
_TOO_LARGE: Final = 1 << 63


class Progress(NamedTuple):
    """How far a backfill is; `rate` is in runs a second, `eta` the instant when it will be done.

    `left` is what GitHub still answers before `resets_at`. What is not known yet is None.
    """

    row: Backfill
    full_name: str
    rate: float | None
    left: int | None
    resets_at: int | None
    eta: int | None


def ask_for_backfill(session: Session, repository_id: int, *, days: int, at: int) -> Backfill:
    """Want the runs of so many days back; what is known whole already is not fetched again.

    One that was stopped or has failed on these days goes on where it was.
    """
    since, until = at - days * clock.DAY, at
    feed = session.get(Feed, repository_id)
    # Until the first poll, what is known is so of other workflows.
    if feed is not None and feed.known_from is not None and feed.polled_at is not None:
        until = max(since, min(until, feed.known_from))
    return _go_on(session, repository_id, since=since, until=until, at=at) or plan_backfill(
        session, repository_id, since=since, until=until, at=at
    )


def _go_on(
    session: Session, repository_id: int, *, since: int, until: int, at: int
) -> Backfill | None:
    """Take up the last backfill again, if it was given up within these days."""
    last = select(Backfill).where(Backfill.repository_id == repository_id)
    row = session.scalars(last.order_by(Backfill.id.desc()).limit(1)).one_or_none()
    if row is None or row.state not in _GIVEN_UP:
        return None
    # What lies after its days would be left out, and what lies long before them was not wanted.
    if until > row.until + clock.HOUR or since > row.until:
        return None
    row.since = min(row.since, since)
    row.state, row.words, row.resumes_at, row.finished_at = WAITING, None, at, None
    session.flush()
    return row


def stop_backfill(session: Session, backfill_id: int, *, at: int) -> Backfill:
    """Fetch no more of a backfill; what was fetched stays. One that has ended stays as it is.

    Raises NotFound when there is none of that id.
    """
    row = require_backfill(session, backfill_id, at=at).row
    if row.state in UNFINISHED:
        row.state, row.finished_at = STOPPED, at
        row.words = "Ask for the same days again, and it goes on from here."
    return row


def plan_backfill(
    session: Session, repository_id: int, *, since: int, until: int, at: int
) -> Backfill:
    """Note that the runs created in [since, until) are wanted; a job takes it up within seconds."""
    same = select(Backfill).where(
        Backfill.repository_id == repository_id,
        # The same days, asked for again a little later.
        Backfill.since <= since + clock.HOUR,
        Backfill.until >= until - clock.HOUR,
        Backfill.state.in_(UNFINISHED),
    )
    known = session.scalars(same.order_by(Backfill.id)).first()
    if known is not None:
        return known
    is_empty = since >= until
    planned = Backfill(
        repository_id=repository_id,
        since=since,
        until=until,
        reached=until,
        state=DONE if is_empty else WAITING,
        words="All of it is known already." if is_empty else None,
        resumes_at=at,
        asked_at=at,
        finished_at=at if is_empty else None,
        worked=0,
        runs=0,
        checked=0,
        unchecked=0,
    )
    session.add(planned)
    session.flush()
    return planned


def begin_anew(session: Session, repository_id: int) -> None:
    """Let backfills that are not done list again, for more workflows, what they have listed."""
    session.execute(
        update(Backfill)
        .where(Backfill.repository_id == repository_id, Backfill.state != DONE)
        .values(reached=Backfill.until, runs=0, checked=0, unchecked=0)
    )


def get_backfilled_until(session: Session, repository_id: int) -> int | None:
    """Return before which creation runs are being fetched by a backfill; None without one."""
    return session.scalar(
        select(func.max(Backfill.until)).where(
            Backfill.repository_id == repository_id, Backfill.state.in_(UNFINISHED)
        )
    )


def list_due(session: Session, *, at: int) -> list[int]:
    """Return the backfills that somebody should take up, the first asked for first."""
    due = (
        select(Backfill.id)
        .where(Backfill.state.in_(UNFINISHED), Backfill.resumes_at <= at)
        .order_by(Backfill.id)
    )
    return list(session.scalars(due))


def claim(session: Session, backfill_ids: list[int], *, until: int) -> None:
    """Let nobody else take these up before `until`."""
    session.execute(update(Backfill).where(Backfill.id.in_(backfill_ids)).values(resumes_at=until))


def list_backfills(session: Session, *, at: int, limit: int) -> list[Progress]:
    """Return how far backfills are, the last one asked for first."""
    found = (
        select(Backfill, Repository.full_name)
        .join(Repository, Repository.id == Backfill.repository_id)
        .order_by(Backfill.id.desc())
        .limit(limit)
    )
    budgets = read_budgets(session, at=at)
    return [_progress(row, name, budgets, at=at) for row, name in session.execute(found)]


def require_backfill(session: Session, backfill_id: int, *, at: int) -> Progress:
    """Return how far a backfill is.

    Raises NotFound when there is none of that id.
    """
    row = session.get(Backfill, backfill_id) if 0 < backfill_id < _TOO_LARGE else None
    if row is None:
        raise NotFound(f"There is no backfill with the id {backfill_id}.")
    name = session.get_one(Repository, row.repository_id).full_name
    return _progress(row, name, read_budgets(session, at=at), at=at)


def _progress(
    row: Backfill, full_name: str, budgets: list[CredentialBudget], *, at: int
) -> Progress:
    known = [one for one in budgets if one.limit is not None and one.remaining is not None]
    left = sum(one.remaining or 0 for one in known) if known else None
    limit = sum(one.limit or 0 for one in known)
    resets_at = max((one.resets_at or at for one in known), default=None)
    # While only listing is done, nothing says how fast jobs will come.
    is_known = row.worked >= _ENOUGH and row.checked > 0
    rate = row.checked / (row.worked / clock.SECOND) if is_known else None
    eta = None
    if row.state in UNFINISHED and rate:
        eta = forecast(
            estimate_rest(row), rate=rate, left=left, limit=limit, resets_at=resets_at,
            at=max(at, row.resumes_at) if row.state == WAITING else at,
        )  # fmt: skip
    return Progress(row, full_name, rate, left, resets_at, eta)


def estimate_rest(row: Backfill) -> int:
    """Return how many runs still lack their jobs, with those that will probably be listed."""
    listed_for = row.until - row.reached
    per_time = row.runs / listed_for if listed_for else 0
    return row.unchecked + int(per_time * (row.reached - row.since))


def forecast(
    rest: int, *, rate: float, left: int | None, limit: int, resets_at: int | None, at: int
) -> int:
    """Return when so many requests will be answered: at our own rate, within GitHub's limits.

    `rate` is in requests a second; `left` of `limit` an hour may go before `resets_at`.
    """
    work = int(rest / rate * clock.SECOND)
    if left is None or resets_at is None or not limit or rest <= left:
        return at + work
    beyond = rest - left
    full_hours, last = divmod(beyond, limit)
    waited = resets_at + full_hours * clock.HOUR + int(last / rate * clock.SECOND)
    return max(at + work, waited)
