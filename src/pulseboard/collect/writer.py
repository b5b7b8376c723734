"""The one writer: a batch of deliveries becomes rows, counts and reactions in one transaction.

What it does, in order, under the writer lock:
1. leave out deliveries whose guid is known (their effect was stored with them; one that could not
   be stored gives way to itself when it now can), and observations of runs that retention has
   deleted (they are counted already);
2. find or make repositories and workflows, and settle each repository's default branch;
3. merge runs, then jobs and steps, by the merge rule (collect/rows.py);
4. store the deliveries themselves with their raw bodies;
5. keep the rollups by the difference each run makes;
6. call the reactions (alerts, background work) with what has changed.
It never commits: the caller does, once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pulseboard.collect import rows
from pulseboard.collect.erasure import leave_out_erased
from pulseboard.collect.inbox import answers, store_bodies, store_deliveries
from pulseboard.collect.push import fit_to_stored
from pulseboard.collect.pushed_jobs import follow_runs
from pulseboard.collect.records import (
    REPOSITORY_EVENT,
    Envelope,
    Receipt,
    RepositorySeen,
    RunChange,
    RunSeen,
    WorkflowSeen,
)
from pulseboard.collect.sources import (
    Home,
    Repositories,
    Workflows,
    newest_of,
    take_default_branch,
    take_told_branch,
)
from pulseboard.db.bulk import ask_in, lock_for_look_ups
from pulseboard.db.pipeline import pipelined
from pulseboard.metrics import rollup
from pulseboard.model import IS_LATEST, Delivery, DeliveryBody, Run, Workflow
from pulseboard.pipelines.runs import FLOOR
from pulseboard.vocabulary import DeliveryResult, Phase, Source

_KNOWN: Final = """WITH wanted(guid) AS ({rows})
    SELECT d.guid, d.id, d.run_id, d.result FROM wanted CROSS JOIN deliveries d
    WHERE d.guid = wanted.guid"""

Reaction = Callable[[Session, Sequence[RunChange]], None]


class Written(Struct):
    """What a batch came to: a receipt for each envelope, in order, and the runs it changed."""

    receipts: list[Receipt]
    changes: list[RunChange]


def write(
    session: Session, *, envelopes: Sequence[Envelope], reactions: Sequence[Reaction] = ()
) -> Written:
    """Write one batch; every envelope is stored or the transaction is to be rolled back."""
    written = Written([], [])
    for turn, part in enumerate(_parts(envelopes)):
        done = _write_part(session, part, locks=turn == 0)
        written.receipts += done.receipts
        written.changes += done.changes
    if written.changes:
        for react in reactions:
            react(session, written.changes)
    return written


def _parts(envelopes: Sequence[Envelope]) -> list[list[Envelope]]:
    """Cut the batch before each envelope that has to see what the ones before it left open."""
    parts: list[list[Envelope]] = [[]]
    for envelope in envelopes:
        if (envelope.closes_open_run or envelope.completes_stored) and parts[-1]:
            parts.append([])
        parts[-1].append(envelope)
    return [part for part in parts if part]


def _write_part(session: Session, envelopes: list[Envelope], *, locks: bool) -> Written:
    batch = rows.Batch(session)
    with pipelined(session):
        if locks:
            lock_for_look_ups(session)
        asked = ask_in(session, _KNOWN, [(e.guid,) for e in envelopes], types=("text",))
        batch.numbers.ask()
        repositories = Repositories(session, _named_in(envelopes), at=_heard_last(envelopes))
    known = _receipts(asked())
    _give_way(session, known, envelopes)
    fresh: dict[str, Envelope] = {}
    for envelope in envelopes:
        if envelope.guid not in known:
            fresh.setdefault(envelope.guid, envelope)
    taken = leave_out_erased(list(fresh.values()), floor=batch.numbers.last(FLOOR))
    _take_in(session, batch, taken, repositories)
    numbers = batch.numbers.take("delivery", count=len(taken))
    with pipelined(session):
        # They depend on nothing else: PostgreSQL takes them in while the runs are merged here.
        store_bodies(session, taken, numbers=numbers)
        batch.merge()
        counts = rollup.Change(session, batch.deltas)
        repositories.save()
        changes = batch.flush()
        stored = store_deliveries(session, taken, numbers=numbers, batch=batch)
        counts.write()
        batch.numbers.save()
        # Here, because PostgreSQL is still busy with what it was given last.
        _mark_history(changes, taken, batch=batch)
        return Written(answers(envelopes, stored=stored, known=known), changes)


def _give_way(session: Session, known: dict[str, Receipt], envelopes: Iterable[Envelope]) -> None:
    """Forget what could not be stored when it comes again and is understood.

    Such as a redelivery to a newer version: as a duplicate it would be lost.
    """
    healed = [
        known.pop(envelope.guid).delivery_id
        for envelope in envelopes
        if envelope.result is DeliveryResult.STORED
        and envelope.guid in known
        and known[envelope.guid].result is DeliveryResult.UNPARSABLE
    ]
    if healed:
        session.execute(delete(DeliveryBody).where(DeliveryBody.delivery_id.in_(healed)))
        session.execute(delete(Delivery).where(Delivery.id.in_(healed)))


def _mark_history(
    changes: list[RunChange], envelopes: list[Envelope], *, batch: rows.Batch
) -> None:
    """Say of each change whether anything but history told of its run."""
    if not any(_is_history(envelope) for envelope in envelopes):
        return
    news = {
        batch.run_ids.get((batch.homes[run.repository].id, run.run_id))
        for envelope in envelopes
        if not _is_history(envelope)
        for run in _runs_in(envelope)
    }
    for change in changes:
        change.is_news = change.run_id in news


def _is_history(envelope: Envelope) -> bool:
    return envelope.is_history or envelope.source is Source.IMPORT


def _named_in(envelopes: list[Envelope]) -> set[RepositorySeen]:
    named: set[RepositorySeen] = set()
    for envelope in envelopes:
        # As a rule an envelope tells of runs of the repository that it names.
        if envelope.repository is not None:
            named.add(envelope.repository)
        for run in _runs_in(envelope):
            if run.repository is not envelope.repository:
                named.add(run.repository)
    return named


def _heard_last(envelopes: list[Envelope]) -> int:
    return max(envelope.received_at for envelope in envelopes)


def _receipts(found: list[tuple[str, int, int | None, str]]) -> dict[str, Receipt]:
    return {
        guid: Receipt(delivery_id, DeliveryResult(result), run_id=run_id)
        for guid, delivery_id, run_id, result in found
    }


def _take_in(
    session: Session,
    batch: rows.Batch,
    envelopes: list[Envelope],
    repositories: Repositories,
) -> None:
    """Resolve what every envelope speaks of and hand its observations to the batch."""
    told = _Told(envelopes)
    _find_homes(repositories, batch, told)
    if not told.runs:
        return
    for envelope in envelopes:
        if envelope.closes_open_run or envelope.completes_stored:
            _lean_on_stored(session, envelope, batch.homes[envelope.runs[0].repository])
    follow_runs(session, envelopes, homes=batch.homes)
    with pipelined(session):
        batch.workflows = Workflows(session, {batch.homes[seen].id for seen in told.runs})
        batch.ask_stored(
            (run for runs in told.runs.values() for run in runs),
            (job for envelope in envelopes for job in envelope.jobs),
        )
    for (repository, seen), at in told.workflows.items():
        batch.workflows.meet(seen, repository_id=batch.homes[repository].id, observed_at=at)
    for envelope in envelopes:
        for run in envelope.runs:
            batch.add_run(run)
        for job in envelope.jobs:
            batch.add_job(job)
    batch.workflows.save()


class _Told:
    """What a batch tells of each repository, so that each is looked at once and not run by run."""

    def __init__(self, envelopes: Iterable[Envelope]) -> None:
        self.runs: defaultdict[RepositorySeen, list[RunSeen]] = defaultdict(list)
        # When each workflow was last spoken of.
        self.workflows: dict[tuple[RepositorySeen, WorkflowSeen], int] = {}
        # When it was heard of, and by which door.
        self.heard: defaultdict[RepositorySeen, set[tuple[int, Source]]] = defaultdict(set)
        # The repositories in the order in which they are first told of, because a name may go from
        # one to the other in between; with the envelope where that tells of no run.
        self.named: list[tuple[RepositorySeen, Envelope | None]] = []
        for envelope in envelopes:
            runs = _runs_in(envelope)
            for run in runs:
                if run.repository not in self.runs:
                    self.named.append((run.repository, None))
                self.runs[run.repository].append(run)
                self.heard[run.repository].add((envelope.received_at, envelope.source))
                named = (run.repository, run.workflow)
                if run.updated_at > self.workflows.get(named, -1):
                    self.workflows[named] = run.updated_at
            if not runs and envelope.repository is not None:
                self.named.append((envelope.repository, envelope))


def _find_homes(repositories: Repositories, batch: rows.Batch, told: _Told) -> None:
    """Resolve the repositories, and move runs whose default branch turns out to be another."""
    retagged: dict[int, Home] = {}
    for repository, envelope in told.named:
        if envelope is not None and repository in batch.homes:
            continue
        if envelope is None:
            home, is_moved = _meet_runs(repositories, repository, told)
        else:
            home, is_moved = _meet(repositories, repository, envelope)
        batch.homes[repository] = home
        if is_moved:
            retagged[home.id] = home
    for home in retagged.values():
        batch.retag(home)


def _meet_runs(
    repositories: Repositories, repository: RepositorySeen, told: _Told
) -> tuple[Home, bool]:
    """Return the home of runs, and whether they move all others to another default branch."""
    runs = told.runs[repository]
    home = repositories.find(repository, observed_at=newest_of(runs))
    for heard_at, source in sorted(told.heard[repository]):
        home.hear(at=heard_at, source=source)
    had_branch = home.default_branch is not None
    return home, take_default_branch(home, runs) and had_branch


def _meet(
    repositories: Repositories, repository: RepositorySeen, envelope: Envelope
) -> tuple[Home, bool]:
    """Do the same for a repository that is told of without a run."""
    home = repositories.find(
        repository,
        observed_at=envelope.received_at,
        is_itself=envelope.event == REPOSITORY_EVENT,
    )
    return home, _tells_branch(home, repository, at=envelope.received_at)


def _tells_branch(home: Home, repository: RepositorySeen, *, at: int) -> bool:
    """Take in what a repository without a run says of its default branch; True when it moves runs.

    Runs say it as of their own time, the repository as of when it was asked.
    """
    told, had_branch = repository.default_branch, home.default_branch is not None
    return bool(told and take_told_branch(home, told, at=at) and had_branch)


def _runs_in(envelope: Envelope) -> list[RunSeen]:
    if not envelope.jobs:
        return envelope.runs
    return [*envelope.runs, *(job.run for job in envelope.jobs)]


def _close_open_run(session: Session, run: RunSeen, home: Home) -> None:
    """Give a finished push without an id the run it closes: the newest open one of its kind."""
    open_run = session.scalar(
        select(Run.provider_run_id)
        .join(Workflow, Workflow.id == Run.workflow_id)
        .where(
            Run.repository_id == home.id,
            IS_LATEST,
            Run.status.in_((Phase.IN_PROGRESS, Phase.QUEUED)),
            Run.source == run.source,
            Workflow.name == run.workflow.name,
            Run.head_branch.is_not_distinct_from(run.head_branch),
            Run.head_sha.is_not_distinct_from(run.head_sha),
        )
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(1)
    )
    if open_run is not None:
        run.run_id = open_run


def _lean_on_stored(session: Session, envelope: Envelope, home: Home) -> None:
    """Find the run a push means, and let a push that tells no start keep the one that is stored."""
    run = envelope.runs[0]
    if envelope.closes_open_run:
        _close_open_run(session, run, home)
    if not envelope.completes_stored:
        return
    stored = session.execute(
        select(Run.created_at, Run.started_at, Run.conclusion, Run.ended_at).where(
            Run.repository_id == home.id,
            Run.provider_run_id == run.run_id,
            Run.attempt == run.attempt,
        )
    ).one_or_none()
    if stored is not None:
        fit_to_stored(
            envelope,
            created_at=stored.created_at,
            started_at=stored.started_at,
            ended=(stored.conclusion, stored.ended_at),
        )
