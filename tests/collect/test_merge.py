"""The merge rule as pure functions: literal cases, and the laws that make order not matter."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulseboard.collect.merge import JOB_JOINS, RUN_JOINS, Derived, derive, join, pack_clock
from pulseboard.vocabulary import Outcome, Phase

INSTANT = 1_760_000_000_000_000
PHASES = [phase for phase in Phase if phase is not Phase.UNKNOWN]
CONCLUSIONS = ["success", "failure", "cancelled", "skipped", "timed_out", "action_required", "new"]


def clock_of(status: str, conclusion: str | None = None, *, time: int = INSTANT) -> bytes:
    return pack_clock(status, conclusion, time=time, body=f"{status}\0{conclusion}".encode())


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [
        (("queued", None, 9), ("in_progress", None, 1)),
        (("in_progress", None, 9), ("completed", "success", 1)),
        (("completed", "failure", 9), ("deleted", None, 1)),
        # Waiting for approval is no outcome, however late it is told.
        (("completed", "action_required", 9), ("in_progress", None, 1)),
        # Within "not started" the payload has no order, so it is a fixed one at equal times.
        (("waiting", None, 5), ("pending", None, 5)),
        (("pending", None, 5), ("queued", None, 5)),
        (("queued", None, 5), ("waiting", None, 6)),
        # Second-resolution ties: completed over in_progress, the graver conclusion over success.
        (("in_progress", None, 5), ("completed", "success", 5)),
        (("completed", "success", 5), ("completed", "failure", 5)),
        (("completed", "cancelled", 5), ("completed", "timed_out", 5)),
        (("completed", "failure", 5), ("completed", "success", 6)),
    ],
)
def test_clock_orders_what_a_payload_cannot(lesser, greater):
    first = clock_of(lesser[0], lesser[1], time=INSTANT + lesser[2])
    second = clock_of(greater[0], greater[1], time=INSTANT + greater[2])

    assert first < second


def test_clock_is_eighteen_bytes_and_survives_times_out_of_range():
    assert len(clock_of("completed", "success")) == 18
    assert clock_of("queued", time=-5) == clock_of("queued", time=0)
    assert clock_of("queued", time=1 << 80) == clock_of("queued", time=(1 << 63) - 1)


observations = st.fixed_dictionaries(
    {
        "word": st.one_of(
            st.tuples(st.sampled_from(PHASES), st.none()),
            st.tuples(st.just(Phase.COMPLETED), st.sampled_from(CONCLUSIONS)),
        ),
        "time": st.integers(INSTANT, INSTANT + 3),
        "facts": st.fixed_dictionaries(
            {
                column: st.one_of(
                    st.none(),
                    st.booleans() if column == "latest" else st.integers(0, 3),
                )
                for column, rule in RUN_JOINS.items()
                if rule.name in {"MAX", "MIN"}
            }
        ),
        "latest": st.booleans(),
    }
)


def row_of(observation):
    status, conclusion = observation["word"]
    return {
        **observation["facts"],
        "status": str(status),
        "conclusion": conclusion,
        "clock": clock_of(status, conclusion, time=observation["time"]),
        "latest": observation["latest"],
        # What the writer derives under its lock is not part of the rule.
        "workflow_id": 1,
        "on_default": False,
        "rev": 0,
    }


@settings(max_examples=300, deadline=None)
@given(observations, observations, observations)
def test_join_is_associative_commutative_and_idempotent(first, second, third):
    a, b, c = row_of(first), row_of(second), row_of(third)

    assert join(a, join(b, c, RUN_JOINS), RUN_JOINS) == join(join(a, b, RUN_JOINS), c, RUN_JOINS)
    assert join(a, b, RUN_JOINS) == join(b, a, RUN_JOINS)
    assert join(a, a, RUN_JOINS) == a


@settings(max_examples=100, deadline=None)
@given(observations, observations)
def test_clock_never_falls(first, second):
    a, b = row_of(first), row_of(second)

    assert join(a, b, RUN_JOINS)["clock"] == max(a["clock"], b["clock"])


def test_counter_example_to_coupling_facts_with_the_clock_comes_out_the_same_in_every_order():
    """Three observations for which "newest row wins, keep non-nulls" depends on the order."""
    rows = [
        job_row("queued", time=1, runner_name=None, started_at=None),
        job_row("in_progress", time=2, runner_name="late", started_at=None),
        job_row("in_progress", time=1, runner_name="early", started_at=7),
    ]

    outcomes = []
    for order in permutations(rows):
        merged = order[0]
        for row in order[1:]:
            merged = join(merged, row, JOB_JOINS)
        outcomes.append(merged)

    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert outcomes[0]["status"] == "in_progress"
    assert outcomes[0]["runner_name"] == "late"
    assert outcomes[0]["started_at"] == 7


def job_row(status, *, time, **facts):
    empty = dict.fromkeys(JOB_JOINS)
    return {**empty, "status": status, "clock": clock_of(status, time=time), "rev": 0, **facts}


def attempt_row(**facts):
    ends = dict.fromkeys(("ended_at", "jobs_ended_at", "settled_at", "attempt_started_at"))
    return {"status": "completed", "conclusion": "success", "created_at": 10, **ends, **facts}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # The source's own end, else the last end of a job, else the first completed updated_at.
        (
            {"ended_at": 40, "jobs_ended_at": 50, "settled_at": 60, "attempt_started_at": 20},
            (Outcome.SUCCESS, 40, 20),
        ),
        ({"jobs_ended_at": 50, "settled_at": 60}, (Outcome.SUCCESS, 50, 40)),
        ({"settled_at": 60, "attempt_started_at": 15}, (Outcome.SUCCESS, 60, 45)),
        ({}, (Outcome.SUCCESS, None, None)),
        # An end before the start is no duration, zero is one.
        ({"ended_at": 5}, (Outcome.SUCCESS, 5, None)),
        ({"ended_at": 10}, (Outcome.SUCCESS, 10, 0)),
        ({"conclusion": "skipped", "ended_at": 40}, (Outcome.SKIPPED, 40, None)),
        ({"conclusion": "timed_out", "ended_at": 40}, (Outcome.FAILURE, 40, 30)),
        ({"conclusion": "action_required", "ended_at": 40}, (Outcome.OPEN, None, None)),
        ({"status": "in_progress", "conclusion": None, "ended_at": 40}, (Outcome.OPEN, None, None)),
        ({"status": "deleted", "ended_at": 40}, (Outcome.DELETED, None, None)),
        ({"conclusion": "moon_phase", "ended_at": 40}, (Outcome.OTHER, 40, 30)),
    ],
)
def test_derived_end_and_duration(facts, expected):
    assert derive(attempt_row(**facts)) == Derived(*expected)
