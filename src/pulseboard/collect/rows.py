"""One batch of observations on its way into runs, jobs and steps.

The batch gathers rows by identity (merging observations of the same thing as it goes), reads what
is stored, joins the two by the pure merge rule to learn what changes, writes the changed rows by
the same rule in SQL, and notes the difference that each run makes to the rollups.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter, itemgetter
from typing import Any, Final

from msgspec import structs
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pulseboard.collect.counters import Numbers
from pulseboard.collect.merge import JOB_JOINS, RUN_JOINS, STEP_JOINS, derive, join
from pulseboard.collect.merge_sql import MERGE_JOBS, MERGE_RUNS, MERGE_STEPS
from pulseboard.collect.records import NOTED, JobSeen, RepositorySeen, RunChange, RunSeen, StepSeen
from pulseboard.collect.sources import Home, Workflows
from pulseboard.db.bulk import ask_in
from pulseboard.metrics.rollup import Contribution, Deltas
from pulseboard.model import IS_LATEST, Run
from pulseboard.vocabulary import Outcome, Phase

Row = dict[str, Any]
RunKey = tuple[int, str]
JobKey = tuple[int, str]

_RUN_COLUMNS: Final = MERGE_RUNS.columns
_JOB_COLUMNS: Final = MERGE_JOBS.columns
# CROSS JOIN keeps SQLite from scanning runs and looking the few keys up in it.
_STORED_RUNS: Final = f"""WITH wanted(repository_id, run_id) AS ({{rows}})
    SELECT {", ".join("r." + c for c in _RUN_COLUMNS)} FROM wanted CROSS JOIN runs r
    WHERE r.repository_id = wanted.repository_id AND r.provider_run_id = wanted.run_id"""
_STORED_JOBS: Final = f"""WITH wanted(repository_id, job_id) AS ({{rows}})
    SELECT {", ".join("j." + c for c in _JOB_COLUMNS)} FROM wanted CROSS JOIN jobs j
    WHERE j.repository_id = wanted.repository_id AND j.provider_job_id = wanted.job_id"""
_JOB_FACTS: Final = (
    "name", "status", "conclusion", "clock", "created_at", "started_at", "completed_at",
    "runner_name", "runner_group", "labels", "html_url",
)  # fmt: skip
_STEP_FACTS: Final = (
    "number", "name", "status", "conclusion", "clock", "started_at", "completed_at",
)  # fmt: skip
_job_facts: Final = attrgetter(*_JOB_FACTS)
_step_facts: Final = attrgetter(*_STEP_FACTS)
_noted: Final[
    Callable[
        [Row],
        tuple[int, int, int, int, int, str, str | None, str | None, bool, int | None, int, bool],
    ]
] = itemgetter(*NOTED)


class Batch:
    """The rows of one batch; `homes` and `workflows` are set before anything is added."""

    workflows: Workflows

    def __init__(self, session: Session) -> None:
        self._session = session
        self.numbers = Numbers(session)
        self.deltas = Deltas()
        self.homes: dict[RepositorySeen, Home] = {}
        self._home_ids: dict[int, Home] = {}
        # Ids of ours by identity, known after merge and flush.
        self.run_ids: dict[RunKey, int] = {}
        self.job_ids: dict[JobKey, int] = {}
        self.new_runs: set[int] = set()
        self._runs: dict[RunKey, dict[int, Row]] = {}
        self._jobs: dict[JobKey, Row] = {}
        self._steps: dict[JobKey, dict[int, Row]] = {}
        self._stored_runs: Callable[[], list[Any]] = list
        self._stored_jobs: Callable[[], list[Any]] = list
        self._changes: dict[tuple[int, int], RunChange] = {}
        self._changed_runs: list[Row] = []
        # The attempts told of as they now stand, altered or not.
        self._standing: dict[tuple[int, int], Row] = {}
        self._were_over: set[tuple[int, int]] = set()

    def ask_stored(self, runs: Iterable[RunSeen], jobs: Iterable[JobSeen]) -> None:
        """Ask for what is stored of everything that is going to be added."""
        run_keys = {(self.homes[seen.repository].id, seen.run_id) for seen in runs}
        job_keys = {(self.homes[seen.run.repository].id, seen.job_id) for seen in jobs}
        types = ("bigint", "text")
        self._stored_runs = ask_in(self._session, _STORED_RUNS, list(run_keys), types=types)
        self._stored_jobs = ask_in(self._session, _STORED_JOBS, list(job_keys), types=types)

    def retag(self, home: Home) -> None:
        """Move stored runs between the default branch's counts and the others after a change."""
        fork = Run.head_repository.is_not(None)
        is_default = ~fork & (Run.head_branch == home.default_branch)
        mismatched = (Run.repository_id == home.id) & (
            (Run.on_default & (fork | Run.head_branch.is_distinct_from(home.default_branch)))
            | (~Run.on_default & is_default)
        )
        columns = (Run.repository_id, Run.workflow_id, Run.demo, Run.on_default, Run.created_at,
                   Run.outcome, Run.duration)  # fmt: skip
        for row in self._session.execute(select(*columns).where(mismatched, IS_LATEST)):
            if row.outcome == Outcome.DELETED:
                continue
            for lane, keep in ((row.on_default, self.deltas.remove),
                               (not row.on_default, self.deltas.add)):  # fmt: skip
                keep(Contribution(row.repository_id, row.workflow_id, row.demo * 2 + lane,
                                  row.created_at, row.outcome, row.duration))  # fmt: skip
        self._session.execute(update(Run).where(mismatched).values(on_default=~Run.on_default))

    def add_run(self, seen: RunSeen) -> None:
        """Take in one observation of an attempt."""
        home = self.homes[seen.repository]
        workflow = self.workflows.of(seen.workflow, repository_id=home.id)
        row: Row = structs.asdict(seen)
        del row["repository"], row["workflow"]
        row["provider_run_id"] = row.pop("run_id")
        row.update(
            id=0,
            repository_id=home.id,
            workflow_id=workflow.id,
            workflow_known=1 if seen.workflow.provider_id else 0,
            demo=home.demo,
            latest=True,
            on_default=False,
            rev=0,
        )
        attempts = self._runs.setdefault((home.id, seen.run_id), {})
        before = attempts.get(seen.attempt)
        attempts[seen.attempt] = row if before is None else self._join_runs(before, row)

    def add_job(self, seen: JobSeen) -> None:
        """Take in one observation of a job, its steps, and what it says about its attempt."""
        self.add_run(seen.run)
        home = self.homes[seen.run.repository]
        key = (home.id, seen.job_id)
        row: Row = dict(zip(_JOB_FACTS, _job_facts(seen), strict=True))
        row["id"] = 0
        row["repository_id"] = home.id
        row["provider_job_id"] = seen.job_id
        row["run_id"] = 0
        row["attempt"] = seen.run.attempt
        row["provider_run_id"] = seen.run.run_id
        row["rev"] = 0
        before = self._jobs.get(key)
        self._jobs[key] = row if before is None else join(before, row, JOB_JOINS)
        for step in seen.steps:
            self._add_step(key, step)

    def _add_step(self, key: JobKey, step: StepSeen) -> None:
        steps = self._steps.setdefault(key, {})
        row: Row = dict(zip(_STEP_FACTS, _step_facts(step), strict=True))
        before = steps.get(step.number)
        steps[step.number] = row if before is None else join(before, row, STEP_JOINS)

    def merge(self) -> None:
        """Join what was added with what is stored; afterwards `run_ids` and `deltas` are filled."""
        self._home_ids = {home.id: home for home in self.homes.values()}
        stored: dict[RunKey, dict[int, Row]] = {}
        for values in self._stored_runs():
            row = dict(zip(_RUN_COLUMNS, values, strict=True))
            stored.setdefault((row["repository_id"], row["provider_run_id"]), {})[
                row["attempt"]
            ] = row
        self._number_runs(stored)
        for key, incoming in self._runs.items():
            self._changed_runs += self._merge_run(key, stored.get(key, {}), incoming)

    def flush(self) -> list[RunChange]:
        """Write what was merged; afterwards `job_ids` and `new_runs` are filled as well."""
        self._flush_runs()
        self._flush_jobs()
        self._flush_steps()
        return list(self._changes.values())

    def _flush_runs(self) -> None:
        changed = self._changed_runs
        for row, rev in zip(changed, self._take("rev", len(changed)), strict=True):
            row["rev"] = rev
        known = [row for row in changed if row["id"] not in self.new_runs]
        MERGE_RUNS.execute(self._session, known)
        MERGE_RUNS.insert(self._session, [row for row in changed if row["id"] in self.new_runs])
        # PostgreSQL works on the new ones meanwhile.
        for row in changed:
            self._note_change(row)

    def _number_runs(self, stored: Mapping[RunKey, Mapping[int, Row]]) -> None:
        for key, attempts in stored.items():
            self.run_ids[key] = next(iter(attempts.values()))["id"]
        fresh = [key for key in self._runs if key not in self.run_ids]
        for key, number in zip(fresh, self._take("run", len(fresh)), strict=True):
            self.run_ids[key] = number
            self.new_runs.add(number)

    def _merge_run(
        self, key: RunKey, stored: Mapping[int, Row], incoming: Mapping[int, Row]
    ) -> list[Row]:
        """Merge all attempts of one run and return the rows that are new or differ."""
        if not stored and len(incoming) == 1:
            return [self._take_new(key, *incoming.values())]
        merged = {number: dict(row) for number, row in stored.items()}
        for number, row in stored.items():
            if row["status"] == Phase.COMPLETED:
                self._were_over.add((row["id"], number))
        for number, row in incoming.items():
            row["id"] = self.run_ids[key]
            merged[number] = self._join_runs(stored[number], row) if number in stored else row
        self._settle_whole_run(merged)
        for number, row in merged.items():
            row["rev"] = stored[number]["rev"] if number in stored else 0
            self._standing[row["id"], number] = row
        self._count(stored, merged)
        return [row for number, row in merged.items() if row != stored.get(number)]

    def _take_new(self, key: RunKey, row: Row) -> Row:
        """Do the same for the only attempt of a run that nobody knew."""
        row["id"] = self.run_ids[key]
        row["on_default"] = self._is_on_default(row)
        self._standing[row["id"], row["attempt"]] = row
        contribution = _contribution(row)
        if contribution is not None:
            self.deltas.add(contribution)
        return row

    def _settle_whole_run(self, attempts: Mapping[int, Row]) -> None:
        """Make what belongs to the whole run agree in all its attempts."""
        newest = max(attempts)
        created_at = min(row["created_at"] for row in attempts.values())
        best = max(attempts.values(), key=self._workflow_order)
        for number, row in attempts.items():
            row["created_at"] = created_at
            row["workflow_id"], row["workflow_known"] = best["workflow_id"], best["workflow_known"]
            row["latest"] = number == newest
            row["on_default"] = self._is_on_default(row)

    def _is_on_default(self, row: Row) -> bool:
        if row["head_branch"] is None or row["head_repository"] is not None:
            return False
        return bool(row["head_branch"] == self._home_ids[row["repository_id"]].default_branch)

    def _workflow_order(self, row: Row) -> tuple[int, str, str]:
        """Order what two observations say about the workflow of one run; the greatest holds."""
        workflow = self.workflows.by_id[row["workflow_id"]]
        return (row["workflow_known"], workflow.provider_id or "", workflow.name)

    def _join_runs(self, old: Row, new: Row) -> Row:
        merged = join(old, new, RUN_JOINS)
        if old["workflow_id"] != new["workflow_id"]:
            merged["workflow_id"] = max(old, new, key=self._workflow_order)["workflow_id"]
        return merged

    def _count(self, stored: Mapping[int, Row], merged: Mapping[int, Row]) -> None:
        before = _contribution(stored[max(stored)]) if stored else None
        after = _contribution(merged[max(merged)])
        if before == after:
            return
        if before is not None:
            self.deltas.remove(before)
        if after is not None:
            self.deltas.add(after)

    def _note_change(self, row: Row) -> RunChange:
        key = (row["id"], row["attempt"])
        workflow = self.workflows.by_id[row["workflow_id"]]
        home = self._home_ids[row["repository_id"]]
        # Named arguments would take longer, and this is done for every run.
        change = self._changes[key] = RunChange(
            *_noted(row), key in self._were_over, home.demo, home.name_key, home.full_name,
            workflow.name, workflow.path, row,
        )  # fmt: skip
        return change

    def _flush_jobs(self) -> None:
        stored: dict[JobKey, Row] = {}
        for values in self._stored_jobs():
            row = dict(zip(_JOB_COLUMNS, values, strict=True))
            stored[row["repository_id"], row["provider_job_id"]] = row
        fresh = [key for key in self._jobs if key not in stored]
        numbers = dict(zip(fresh, self._take("job", len(fresh)), strict=True))
        changed: list[Row] = []
        for key, row in self._jobs.items():
            old = stored.get(key)
            self.job_ids[key] = old["id"] if old else numbers[key]
            row["id"] = self.job_ids[key]
            row["run_id"] = self.run_ids[row["repository_id"], row.pop("provider_run_id")]
            merged = row if old is None else join(old, {**row, "rev": old["rev"]}, JOB_JOINS)
            if merged != old:
                changed.append(merged)
        for row, rev in zip(changed, self._take("rev", len(changed)), strict=True):
            row["rev"] = rev
            self._note_job(row)
        new = set(numbers.values())
        MERGE_JOBS.insert(self._session, [row for row in changed if row["id"] in new])
        MERGE_JOBS.execute(self._session, [row for row in changed if row["id"] not in new])

    def _note_job(self, row: Row) -> None:
        key = (row["run_id"], row["attempt"])
        change = self._changes.get(key)
        if change is None:
            standing = self._standing.get(key)
            if standing is None:
                # A job that two runs claim stays with the first, of which nothing new is known.
                return
            change = self._note_change({**standing, "rev": row["rev"]})
        change.job_ids.append(row["id"])

    def _flush_steps(self) -> None:
        MERGE_STEPS.execute(
            self._session,
            [
                {**row, "job_id": self.job_ids[key]}
                for key, steps in self._steps.items()
                for row in steps.values()
            ],
        )

    def _take(self, counter: str, count: int) -> range:
        return self.numbers.take(counter, count=count)


def _contribution(row: Row) -> Contribution | None:
    outcome, _, duration = derive(row)
    if outcome is Outcome.DELETED:
        return None
    lane = row["demo"] * 2 + row["on_default"]
    return Contribution(row["repository_id"], row["workflow_id"], lane, row["created_at"], outcome,
                        duration)  # fmt: skip
