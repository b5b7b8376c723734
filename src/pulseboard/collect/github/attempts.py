"""Jobs of every attempt, and attempts before the latest, for the runs that a listing named."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, NamedTuple

from pulseboard import clock
from pulseboard.collect.github import known
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.deletions import get_run
from pulseboard.collect.github.known import Attempt
from pulseboard.collect.github.listing import PAGE, read_job_page, read_run
from pulseboard.collect.github.paths import run_path
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.github.verdict import hiccup
from pulseboard.collect.records import Envelope
from pulseboard.vocabulary import FeedState, Phase

# Runs that are fetched between two commits.
_PIECE: Final = 48
# GitHub's answers may lag behind each other: for so long a run that is over, but has jobs that are
# not, or none at all, is looked at again.
_SETTLES: Final = 10 * clock.MINUTE
_JOBLESS: Final = "startup_failure"
# So many runs of a piece may fail for themselves; when more do, it is GitHub that fails.
_LEFT_OUT: Final = 2
_OF_THE_RUN: Final = frozenset({FeedState.UNREACHABLE, FeedState.UNREADABLE})


class Checked(NamedTuple):
    """How many runs were fetched, whether one is under way, and why one was left out for now."""

    runs: int
    is_active: bool
    left_out: Later | Refused | None = None

    @property
    def is_all(self) -> bool:
        """Whether no run needs another look later."""
        return not self.is_active and self.left_out is None


class _Fetched(NamedTuple):
    attempt: Attempt
    envelopes: list[Envelope]


def check_attempts(
    collector: Collector,
    target: Target,
    *,
    since: int,
    purpose: Purpose,
    is_history: bool,
    limit: int,
) -> Checked:
    """Fetch the jobs of runs created since then that changed since it was last done.

    What was fetched is stored piece by piece, latest start first, until nothing or about `limit`
    runs are done. Raises Later and Refused.
    """
    done = Checked(0, is_active=False)
    for piece in check_in_pieces(
        collector, target, since=since, until=None, purpose=purpose, is_history=is_history
    ):
        done = Checked(
            done.runs + piece.runs,
            done.is_active or piece.is_active,
            done.left_out or piece.left_out,
        )
        if done.runs >= limit:
            return done._replace(is_active=True)
    return done


def check_in_pieces(
    collector: Collector,
    target: Target,
    *,
    since: int,
    until: int | None,
    purpose: Purpose,
    is_history: bool,
) -> Iterator[Checked]:
    """Fetch the jobs of runs created in [since, until), and say after each piece that it is stored.

    Raises Later and Refused.
    """
    last: Attempt | None = None
    while True:
        with collector.database.reading() as session:
            piece = known.list_unchecked(
                session,
                target.repository_id,
                since=since,
                until=until,
                after=last,
                limit=_PIECE,
            )
        if not piece:
            return
        collector.stop_if_asked()
        yield _check_piece(collector, target, piece, purpose=purpose, is_history=is_history)
        last = piece[-1]


def _check_piece(
    collector: Collector,
    target: Target,
    piece: Sequence[Attempt],
    *,
    purpose: Purpose,
    is_history: bool,
) -> Checked:
    """Fetch and store some runs. Raises Later and Refused once what came before is stored."""
    fetched, trouble = _fetch_side_by_side(collector, target, piece, purpose=purpose)
    envelopes = [envelope for one in fetched for envelope in one.envelopes]
    collector.store(envelopes, is_history=is_history)
    with collector.database.writing() as session:
        now = clock.now()
        attempts = [one.attempt for one in fetched]
        jobs = known.read_jobs(session, attempts)
        whole = [one for one in attempts if _is_whole(one, jobs.get(one.id, known.NO_JOBS), at=now)]
        known.note_checked(session, whole, at=now)
    if any(not _is_of_the_run(error) for error in trouble) or len(trouble) > _LEFT_OUT:
        raise trouble[-1]
    collector.etags.save()
    return Checked(len(fetched), len(whole) < len(fetched), next(iter(trouble), None))


def _is_of_the_run(error: Later | Refused) -> bool:
    return error.state in _OF_THE_RUN


def _fetch_side_by_side(
    collector: Collector, target: Target, piece: Sequence[Attempt], *, purpose: Purpose
) -> tuple[list[_Fetched], list[Later | Refused]]:
    """Return what could be had before too much went wrong, and what did."""
    trouble: list[Later | Refused] = []

    def fetch(attempt: Attempt) -> _Fetched | None:
        if len(trouble) > _LEFT_OUT or not all(map(_is_of_the_run, trouble)):
            return None
        try:
            return _Fetched(attempt, _fetch(collector, target, attempt, purpose=purpose))
        except (Later, Refused) as error:
            trouble.append(error)
            return None

    with ThreadPoolExecutor(max_workers=min(collector.at_once, len(piece))) as pool:
        waiting = [pool.submit(copy_context().run, fetch, attempt) for attempt in piece]
        fetched = [one for one in (future.result() for future in waiting) if one is not None]
    # What is not of one run alone comes last, to be raised.
    return fetched, sorted(trouble, key=lambda error: not _is_of_the_run(error))


def _fetch(
    collector: Collector, target: Target, attempt: Attempt, *, purpose: Purpose
) -> list[Envelope]:
    try:
        earlier = _fetch_earlier(collector, target, attempt, purpose=purpose)
        return earlier + list(_fetch_jobs(collector, target, attempt, purpose=purpose))
    except Refused as error:
        if error.state is not FeedState.NOT_FOUND:
            raise
        run = get_run(collector, target, attempt, purpose=purpose)
        # A run that is gone is for those to bury who compare whole lists.
        return [] if run is None else [run]


def _fetch_earlier(
    collector: Collector, target: Target, attempt: Attempt, *, purpose: Purpose
) -> list[Envelope]:
    """Fetch the attempts before the latest, of which a listing says nothing."""
    if attempt.attempt == 1:
        return []
    with collector.database.reading() as session:
        told = known.list_told_attempts(session, attempt.id)
    envelopes = []
    for number in range(1, attempt.attempt):
        if number in told:
            continue
        answer = _get_attempt(collector, target, attempt, number, purpose=purpose)
        if answer is not None:
            envelopes.append(read_run(answer, target.seen, received_at=clock.now()))
    return envelopes


def _get_attempt(
    collector: Collector, target: Target, attempt: Attempt, number: int, *, purpose: Purpose
) -> bytes | None:
    path = f"{run_path(target.full_name, attempt.run_id)}/attempts/{number}"
    try:
        return collector.github.get(path, repository=target.full_name, purpose=purpose).body
    except Refused as error:
        # GitHub forgets old attempts before it forgets the run.
        if error.state is FeedState.NOT_FOUND:
            return None
        raise


def _fetch_jobs(
    collector: Collector, target: Target, attempt: Attempt, *, purpose: Purpose
) -> Iterator[Envelope]:
    """Yield the jobs of all attempts; of a run under way only on pages that have changed."""
    path = f"{run_path(target.full_name, attempt.run_id)}/jobs"
    is_settled = attempt.status == Phase.COMPLETED and _has_settled(attempt, at=clock.now())
    number = 1
    while True:
        answer = collector.github.get(
            path,
            repository=target.full_name,
            purpose=purpose,
            params={"filter": "all", "per_page": PAGE, "page": number},
            conditional=not is_settled,
        )
        if answer.not_modified:
            with collector.database.reading() as session:
                has_more = known.count_jobs(session, attempt.id) > number * PAGE
        else:
            found = read_job_page(answer.body, target.seen, received_at=clock.now())
            yield from found
            has_more = answer.next_url is not None
            if has_more and not found:
                words = "GitHub gave an empty page of jobs where it says that more follow."
                raise hiccup(words, now=clock.now(), state=FeedState.UNREADABLE)
        if not has_more:
            return
        number += 1


def _has_settled(attempt: Attempt, *, at: int) -> bool:
    # An end that lies ahead of us is one of those that GitHub dates a year late.
    return abs(at - attempt.updated_at) > _SETTLES


def _is_whole(attempt: Attempt, jobs: known.JobsKnown, *, at: int) -> bool:
    if attempt.status != Phase.COMPLETED or attempt.conclusion == "action_required":
        return False
    if _has_settled(attempt, at=at):
        return True
    return not jobs.open and (jobs.total > 0 or attempt.conclusion == _JOBLESS)
