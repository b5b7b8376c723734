"""Random histories of runs for the tests of the numbers, and the naive answers to hold them to."""

from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from pulseboard import clock
from pulseboard.collect.merge import derive, pack_clock
from pulseboard.metrics import rollup
from pulseboard.metrics.rollup import Contribution, Deltas
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.model import Repository, Run, Workflow
from tests.metrics.counted import ROLLUPS

relaxed = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# A Monday noon shortly before clocks go back in Europe, so that days of 25 hours are met.
ORIGIN = 1_761_480_000 * clock.SECOND
WORKFLOWS = {1: 1, 2: 1, 3: 2}
WORDS = [
    ("completed", "success"),
    ("completed", "success"),
    ("completed", "failure"),
    ("completed", "timed_out"),
    ("completed", "cancelled"),
    ("completed", "skipped"),
    ("completed", "neutral"),
    ("completed", "action_required"),
    ("in_progress", None),
    ("deleted", None),
]


@dataclass(frozen=True)
class Told:
    """One run as a history tells it."""

    created_at: int
    workflow_id: int
    on_default: bool
    demo: bool
    word: tuple[str, str | None]
    seconds: int | None
    branch: str
    # What an earlier attempt, which must not count, came to.
    before: tuple[str, str | None] | None = None

    def rows(self, number):
        """Return the rows of all attempts of the run."""
        if self.before is None:
            return [self.row(number)]
        earlier = replace(self, word=self.before, before=None)
        return [
            {**earlier.row(number), "latest": False},
            {**self.row(number), "attempt": 2},
        ]

    def row(self, number):
        """Return the row of the newest attempt as if it were the first."""
        status, conclusion = self.word
        ended = None if self.seconds is None else self.created_at + self.seconds * clock.SECOND
        return {
            "id": number,
            "attempt": 1,
            "repository_id": WORKFLOWS[self.workflow_id],
            "workflow_id": self.workflow_id,
            "provider_run_id": str(number),
            "latest": True,
            "demo": self.demo,
            "on_default": self.on_default,
            "source": "github",
            "status": status,
            "conclusion": conclusion,
            "clock": pack_clock(status, conclusion, time=self.created_at, body=b""),
            "head_branch": self.branch,
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "ended_at": ended,
            "rev": number,
        }

    @property
    def derived(self):
        empty = dict.fromkeys(("jobs_ended_at", "settled_at", "attempt_started_at"))
        return derive({**self.row(0), **empty})

    def contribution(self):
        derived = self.derived
        if derived.outcome == "deleted":
            return None
        lane = self.demo * 2 + self.on_default
        repository_id = WORKFLOWS[self.workflow_id]
        return Contribution(
            repository_id,
            self.workflow_id,
            lane,
            self.created_at,
            derived.outcome,
            derived.duration,
        )


# Near together, so that buckets are shared, and far apart, so that whole blocks lie between.
instants = st.one_of(
    st.integers(0, 3 * 24 * 4).map(lambda quarters: ORIGIN + quarters * 15 * clock.MINUTE),
    st.integers(-100, 100).map(lambda days: ORIGIN + days * clock.DAY + 1),
    st.integers(-2 * clock.DAY, 2 * clock.DAY).map(lambda offset: ORIGIN + offset),
    st.integers(0, 5 * clock.MINUTE).map(lambda offset: ORIGIN + offset),
)
runs = st.builds(
    Told,
    created_at=instants,
    workflow_id=st.sampled_from(sorted(WORKFLOWS)),
    on_default=st.booleans(),
    demo=st.sampled_from([False, False, False, True]),
    word=st.sampled_from(WORDS),
    seconds=st.one_of(st.none(), st.integers(-5, 4000)),
    branch=st.sampled_from(["main", "fix/1"]),
    before=st.sampled_from([None, None, ("completed", "failure"), ("completed", "success")]),
)
windows = st.tuples(instants, instants).map(lambda ends: (min(ends), max(ends) + 1))
scopes = st.builds(
    Scope,
    repositories=st.sampled_from([(), (), (1,), (1, 2)]),
    workflows=st.sampled_from([(), (), (1,), (2, 3)]),
    branches=st.sampled_from([(), (), (), ("main",)]),
    default_only=st.booleans(),
    demo=st.sampled_from([False, False, True]),
)


def begin(session, told):
    """Store a history in place of any other, with its counts."""
    for table in (*ROLLUPS, Run, Workflow, Repository):
        session.execute(delete(table))
    rollup.apply(session, store(session, told))


def store(session, told):
    """Store the sources and runs of a history and return what it adds to the counts."""
    for number in (1, 2):
        session.add(
            Repository(id=number, provider="github", full_name=f"acme/r{number}",
                       name_key=f"acme/r{number}", created_at=ORIGIN)
        )  # fmt: skip
    session.flush()
    for number, repository_id in WORKFLOWS.items():
        session.add(Workflow(id=number, repository_id=repository_id, name=f"w{number}"))
    session.flush()
    deltas = Deltas()
    if told:
        rows = [row for number, run in enumerate(told, 1) for row in run.rows(number)]
        session.execute(insert(Run), rows)
    for run in told:
        contribution = run.contribution()
        if contribution is not None:
            deltas.add(contribution)
    return deltas


def matching(told, scope, start, end):
    """Return the runs of a history that a scope and a window mean, one by one."""
    return [
        run
        for run in told
        if start <= run.created_at < end
        and run.demo == scope.demo
        and run.derived.outcome != "deleted"
        and (run.on_default or not scope.default_only)
        and (not scope.branches or run.branch in scope.branches)
        and (not scope.workflows or run.workflow_id in scope.workflows)
        and (not scope.repositories or WORKFLOWS[run.workflow_id] in scope.repositories)
    ]


def naive_totals(told):
    """Count runs one by one."""
    counts = dict.fromkeys(("success", "failure", "cancelled", "skipped", "other", "open"), 0)
    durations = naive_durations(told)
    for run in told:
        counts[str(run.derived.outcome)] += 1
    return Totals(total=len(told), **counts, timed=len(durations), duration_sum=sum(durations))


def naive_durations(told):
    """Return the rising durations of what succeeded or failed."""
    found = (run.derived for run in told)
    return sorted(
        run.duration
        for run in found
        if run.outcome in ("success", "failure") and run.duration is not None
    )


def naive_series(told, edges, scope, start, end):
    """Count a window bucket by bucket."""
    return [
        naive_totals(matching(told, scope, max(a, start), min(b, end))) for a, b in pairwise(edges)
    ]
