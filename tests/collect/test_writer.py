"""The writer: any order and any repetition leave the same rows, and counts equal a recount."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import func, select, text

from pulseboard.clock import MINUTE
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.merge import RUN_JOINS, join
from pulseboard.collect.merge_sql import MERGE_RUNS
from pulseboard.collect.records import RepositorySeen, WorkflowSeen
from pulseboard.db.engine import database_url, lock_writer, make_engine
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.metrics import rollup
from pulseboard.model import Delivery, DeliveryBody, Job, Repository, Run, Workflow
from pulseboard.vocabulary import DeliveryResult
from tests.collect.stored import empty, stored_counts, stored_rows
from tests.factories import (
    NOON,
    SECOND,
    clock_of,
    envelope,
    job_seen,
    repository_seen,
    run_seen,
    step_seen,
)

relaxed = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
words = st.one_of(
    st.tuples(
        st.sampled_from(["requested", "waiting", "queued", "in_progress", "deleted"]), st.none()
    ),
    st.tuples(
        st.just("completed"),
        st.sampled_from(["success", "failure", "cancelled", "skipped", "action_required", None]),
    ),
)
times = st.integers(0, 4).map(lambda seconds: NOON + seconds * SECOND)


@st.composite
def run_observations(draw):
    status, conclusion = draw(words)
    time = draw(times)
    told = draw(st.sampled_from([None, "main", "trunk"]))
    return envelope(
        runs=[
            run_seen(
                status,
                conclusion,
                time=time,
                run_id=draw(st.sampled_from(["100", "200"])),
                attempt=draw(st.integers(1, 3)),
                repository=repository_seen(default_branch=told),
                created_at=draw(times),
                attempt_started_at=draw(st.one_of(st.none(), times)),
                head_branch=draw(st.sampled_from([None, "main", "trunk", "fix"])),
                title=draw(st.sampled_from([None, "a", "b"])),
                pr_number=draw(st.sampled_from([None, 3, 4])),
            )
        ]
    )


@st.composite
def job_observations(draw):
    status, conclusion = draw(words.filter(lambda word: word[0] != "deleted"))
    time = draw(times)
    # A job's id belongs to one attempt: 11 and 12 to the first, 21 to the second.
    job_id = draw(st.sampled_from(["11", "12", "21"]))
    return envelope(
        jobs=[
            job_seen(
                status,
                conclusion,
                time=time,
                job_id=job_id,
                attempt=int(job_id[0]),
                started_at=draw(st.one_of(st.none(), times)),
                runner_name=draw(st.sampled_from([None, "r1", "r2"])),
                steps=[
                    step_seen(
                        number, time=draw(times), started_at=draw(st.one_of(st.none(), times))
                    )
                    for number in draw(st.lists(st.integers(1, 3), max_size=2, unique=True))
                ],
            )
        ]
    )


histories = st.lists(st.one_of(run_observations(), job_observations()), min_size=1, max_size=8)


def tell(database, envelopes, cuts):
    """Write envelopes in batches that end at the given places, starting from nothing."""
    with database.writing() as session:
        empty(session)
    start = 0
    for end in [*sorted({cut for cut in cuts if cut < len(envelopes)}), len(envelopes)]:
        if start < end:
            commit(database, envelopes[start:end])
        start = end


def again(envelopes):
    """Return copies under new guids, as another hook would deliver the same."""
    return [
        envelope(runs=e.runs, jobs=e.jobs, received_at=e.received_at + SECOND) for e in envelopes
    ]


@relaxed
@given(data=st.data(), told=histories)
def test_any_order_and_any_repetition_leave_the_same_rows_and_counts(database, data, told):
    shuffled = data.draw(st.permutations([*told, *again(told[:3])]))
    cuts = data.draw(st.lists(st.integers(1, 10), max_size=4))
    tell(database, told, cuts=[])
    with database.reading() as session:
        first, counted = stored_rows(session), logical_counts(session)

    tell(database, shuffled, cuts)

    with database.reading() as session:
        assert stored_rows(session) == first
        assert logical_counts(session) == counted


def logical_counts(session):
    """Return the fleet's counts, which know no ids of ours."""
    counts = stored_counts(session)
    return counts["rollup_fleet"], counts["rollup_fleet_bins"]


@relaxed
@given(told=histories, cuts=st.lists(st.integers(1, 8), max_size=5))
def test_counts_equal_a_recount_after_every_history(database, told, cuts):
    tell(database, told, cuts)
    with database.reading() as session:
        kept = stored_counts(session)

    with database.writing() as session:
        lock_writer(session)
        rollup.recount(session)

    with database.reading() as session:
        assert stored_counts(session) == kept


@relaxed
@given(told=histories)
def test_no_row_ever_goes_back_and_none_is_lost(database, told):
    tell(database, told[:1], cuts=[])
    before = clocks_of(database)
    for one in told[1:]:
        commit(database, [one])
        after = clocks_of(database)
        assert all(after[key] >= clock for key, clock in before.items())
        before = after


def clocks_of(database):
    with database.reading() as session:
        rows = session.execute(select(Run.provider_run_id, Run.attempt, Run.clock))
        return {(run_id, attempt): clock for run_id, attempt, clock in rows}


@relaxed
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "word": words,
                "time": times,
                "facts": st.fixed_dictionaries(
                    {
                        "title": st.sampled_from([None, "a", "é", "z"]),
                        "pr_number": st.sampled_from([None, 1, 2]),
                        "ended_at": st.one_of(st.none(), times),
                        "settled_at": st.one_of(st.none(), times),
                        "created_at": times,
                        "latest": st.booleans(),
                    }
                ),
            }
        ),
        min_size=2,
        max_size=5,
    )
)
def test_statement_and_pure_function_agree(database, told):
    rows = [row_of(one) for one in told]
    expected = rows[0]
    for row in rows[1:]:
        expected = join(expected, row, RUN_JOINS)

    with database.writing() as session:
        empty(session)
        session.add(Repository(id=1, provider="github", full_name="a/b", name_key="a/b",
                               created_at=NOON))  # fmt: skip
        session.flush()
        session.add(Workflow(id=1, repository_id=1, name="CI"))
        session.flush()
        for row in rows:
            MERGE_RUNS.execute(session, [row])

    with database.reading() as session:
        found = session.execute(text(f"SELECT {', '.join(MERGE_RUNS.columns)} FROM runs")).one()
    assert dict(zip(MERGE_RUNS.columns, found, strict=True)) == expected


def row_of(one):
    status, conclusion = one["word"]
    row = dict.fromkeys(MERGE_RUNS.columns)
    return {
        **row,
        "id": 1,
        "attempt": 1,
        "repository_id": 1,
        "workflow_id": 1,
        "workflow_known": 1,
        "provider_run_id": "100",
        "demo": False,
        "on_default": False,
        "source": "github",
        "updated_at": one["time"],
        "rev": 1,
        "status": status,
        "conclusion": conclusion,
        "clock": clock_of(status, conclusion, time=one["time"]),
        **one["facts"],
    }


def test_a_poll_that_overtakes_a_webhook_at_any_statement_changes_nothing(database):
    """Two writers of one run take turns at the lock, whoever comes first."""
    older = [envelope(runs=[run_seen("in_progress", time=NOON + SECOND)])]
    newer = [envelope(runs=[run_seen("completed", "failure", time=NOON + 9 * SECOND)])]
    for first, second in ((older, newer), (newer, older)):
        tell(database, again(first), cuts=[])
        commit(database, again(second))

        with database.reading() as session:
            row = session.execute(select(Run.status, Run.conclusion, Run.completed_at)).one()
        assert tuple(row) == ("completed", "failure", NOON + 9 * SECOND)


def test_same_guid_twice_is_stored_once_and_told_as_duplicate(database):
    first = envelope(guid="g", runs=[run_seen("queued")], body=b'{"a": 1}')
    commit(database, [first])

    (later,) = commit(database, [first])
    same, twin = commit(database, [envelope(guid="h"), envelope(guid="h")])

    assert (later.result, later.run_id) == (DeliveryResult.DUPLICATE, 1)
    assert (same.result, twin.result) == (DeliveryResult.STORED, DeliveryResult.DUPLICATE)
    with database.reading() as session:
        assert session.scalar(select(func.count(Delivery.id))) == 2
        assert session.scalar(select(func.count(DeliveryBody.delivery_id))) == 2


def test_every_attempt_is_kept_and_the_newest_stands_for_its_run(database):
    commit(database, [envelope(runs=[run_seen("completed", "failure", attempt=1)])])
    commit(database, [envelope(runs=[run_seen("completed", "success", attempt=2)])])

    with database.reading() as session:
        rows = session.execute(
            select(Run.id, Run.attempt, Run.latest, Run.outcome).order_by(Run.attempt)
        ).all()
        counts = session.execute(
            text("SELECT total, success, failure FROM rollup_fleet WHERE tier = 2")
        )
        assert [tuple(row) for row in rows] == [(1, 1, False, "failure"), (1, 2, True, "success")]
        assert [tuple(row) for row in counts] == [(1, 1, 0)]


def test_job_that_comes_before_its_run_is_joined_to_the_workflow_that_the_run_names(database):
    commit(database, [envelope(jobs=[job_seen("completed", "success", time=NOON + 60 * SECOND)])])
    commit(database, [envelope(runs=[run_seen("completed", "success", time=NOON + 99 * SECOND)])])

    with database.reading() as session:
        assert session.scalar(select(func.count(Workflow.id))) == 1
        row = session.execute(select(Workflow.provider_id, Workflow.name)).one()
        assert tuple(row) == ("7", "CI")
        # The end of the attempt is the last end of its jobs, not the run's updated_at.
        assert session.scalar(select(Run.duration)) == 60 * SECOND


def test_default_branch_told_later_moves_what_was_counted_before(database):
    unknown = repository_seen(default_branch=None)
    commit(
        database,
        [
            envelope(
                runs=[run_seen("completed", "success", repository=unknown, head_branch="trunk")]
            )
        ],
    )
    told = repository_seen(default_branch="release")
    commit(database, [envelope(runs=[run_seen("queued", run_id="200", repository=told)])])

    with database.reading() as session:
        lanes = session.execute(
            text("SELECT lane, total FROM rollup_fleet WHERE tier = 2 AND total <> 0")
        ).all()
        assert [tuple(row) for row in lanes] == [(0, 2)]
        assert session.scalar(select(Repository.default_branch)) == "release"


@pytest.mark.parametrize(
    ("branches", "expected"),
    [(["fix", "master"], "master"), (["master", "main"], "main"), (["fix", "dev"], "fix")],
)
def test_pushed_repository_takes_main_else_master_else_its_first_branch(
    database, branches, expected
):
    pushed = RepositorySeen("acme/tool")
    told = [
        envelope(
            runs=[
                run_seen("completed", "success", run_id=branch, repository=pushed,
                         head_branch=branch, created_at=NOON + place * SECOND)
            ]
        )
        for place, branch in enumerate(branches)
    ]  # fmt: skip

    for order in (told, told[::-1]):
        tell(database, again(order), cuts=[1])
        with database.reading() as session:
            assert session.scalar(select(Repository.default_branch)) == expected


def test_renamed_repository_stays_one_and_its_old_name_can_be_given_away(database):
    old = repository_seen("acme/old")
    new = repository_seen("acme/new")
    other = repository_seen("acme/old", provider_id="2")
    commit(database, [envelope(runs=[run_seen("queued", repository=old)])])
    commit(database, [envelope(runs=[run_seen("queued", time=NOON + MINUTE, repository=new)])])

    commit(database, [envelope(runs=[run_seen("queued", run_id="5", repository=other)])])

    with database.reading() as session:
        rows = session.execute(
            select(Repository.full_name, Repository.provider_id).order_by(Repository.provider_id)
        )
        assert [tuple(row) for row in rows] == [("acme/new", "1"), ("acme/old", "2")]


def test_push_by_the_new_name_belongs_to_the_repository_renamed_in_the_same_batch(database):
    old, new = repository_seen("acme/old"), repository_seen("acme/new")
    by_name = repository_seen("acme/new", provider_id=None)
    commit(database, [envelope(runs=[run_seen("queued", repository=old)])])
    later = NOON + MINUTE

    commit(
        database,
        [
            envelope(event="repository", repository=new, received_at=later),
            envelope(runs=[run_seen("queued", run_id="5", time=later, repository=by_name)]),
        ],
    )

    with database.reading() as session:
        rows = session.execute(select(Repository.full_name, Repository.provider_id)).all()
        assert [tuple(row) for row in rows] == [("acme/new", "1")]


def test_repository_keeps_what_is_known_of_it_however_often_it_is_heard_of(database):
    for second in range(3):
        at = NOON + second * SECOND
        commit(database, [envelope(runs=[run_seen("queued", time=at)], received_at=at)])

    with database.reading() as session:
        row = session.execute(
            select(Repository.full_name, Repository.name_key, Repository.provider_id,
                   Repository.named_at, Repository.last_event_at, Repository.demo)
        ).one()  # fmt: skip
        assert tuple(row) == (
            "acme/api",
            "acme/api",
            "1",
            NOON,
            NOON + 2 * SECOND,
            False,
        )


def test_two_workflows_of_one_name_stay_two(database):
    first, second = (WorkflowSeen("CI", provider_id=number) for number in ("7", "8"))
    commit(database, [envelope(runs=[run_seen("queued", workflow=first)])])
    commit(database, [envelope(runs=[run_seen("queued", run_id="200", workflow=second)])])

    with database.reading() as session:
        assert session.scalar(select(func.count(Workflow.id))) == 2


def test_delivery_that_a_reaction_trips_over_lands_all_the_same(database):
    told = [envelope(runs=[run_seen("queued", run_id=f"{n}")]) for n in range(3)]

    def trip(_session, changes):
        if any(change.run_number == 7 for change in changes):
            raise ValueError("tripped")

    odd = envelope(runs=[run_seen("queued", run_id="odd", run_number=7)])
    receipts = commit(database, [*told, odd], reactions=(trip,))

    assert [receipt.result for receipt in receipts] == [DeliveryResult.STORED] * 4
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 4


def test_nothing_is_written_and_nothing_lost_while_all_connections_are_in_use(database_address):
    database = Database(make_engine(database_url(database_address), pool_size=1))
    database.engine.pool._timeout = 0.01
    told = envelope(runs=[run_seen("queued")])

    with database.reading() as one, database.reading() as other:
        one.execute(text("SELECT 1"))
        other.execute(text("SELECT 1"))
        with pytest.raises(Unavailable, match="all connections are in use"):
            commit(database, [told])

    (receipt,) = commit(database, [told])
    assert receipt.result is DeliveryResult.STORED
    database.close()


# PostgreSQL takes many rows in another way than few.
@pytest.mark.parametrize("others", [5, 300])
def test_poison_is_kept_as_unparsable_and_the_others_land(database, others):
    poison = envelope(runs=[run_seen("queued", run_number=1 << 70)])
    told = [envelope(runs=[run_seen("queued", run_id=str(n))]) for n in range(others)]

    receipts = commit(database, [*told[:2], poison, *told[2:]])

    results = [receipt.result for receipt in receipts]
    assert results == [*["stored"] * 2, "unparsable", *["stored"] * (others - 2)]
    with database.reading() as session:
        assert session.scalar(select(func.count(Run.id))) == others
        reason = session.scalar(select(Delivery.reason).where(Delivery.guid == poison.guid))
        assert reason.startswith("the database refused it")


@pytest.mark.parametrize("field", ["workflow", "repository"])
def test_name_beyond_what_an_index_takes_keeps_nobody_else_out(database, field):
    name = "".join(chr(0x4E00 + n * 37 % 20_000) for n in range(1000))
    seen = WorkflowSeen(name) if field == "workflow" else RepositorySeen(name)
    poison = envelope(runs=[run_seen("queued", run_id="long", **{field: seen})])
    poison.repository = poison.runs[0].repository
    told = [envelope(runs=[run_seen("queued", run_id=str(n))]) for n in range(2)]

    receipts = commit(database, [told[0], poison, told[1]])

    # SQLite knows no such limit.
    is_sqlite = database.engine.dialect.name == "sqlite"
    odd = "stored" if is_sqlite else "unparsable"
    assert [receipt.result for receipt in receipts] == ["stored", odd, "stored"]
    with database.reading() as session:
        assert session.scalar(select(func.count(Run.id))) == 2 + is_sqlite


def test_what_could_not_be_stored_is_taken_when_it_comes_again_and_can(database):
    poison = envelope(runs=[run_seen("queued", run_number=1 << 70)])
    commit(database, [poison])
    healed = structs.replace(poison, runs=[run_seen("queued", run_number=7)])

    results = [commit(database, [told])[0].result for told in (poison, healed, healed, poison)]

    assert results == ["duplicate", "stored", "duplicate", "duplicate"]
    with database.reading() as session:
        assert session.scalar(select(Run.run_number)) == 7
        told = session.execute(select(Delivery.guid, Delivery.result, Delivery.reason)).all()
        assert told == [(poison.guid, DeliveryResult.STORED, None)]
        assert session.scalar(select(func.count()).select_from(DeliveryBody)) == 1


def test_reactions_run_in_the_transaction_and_are_told_what_changed(database):
    told = []

    def react(session, changes):
        told.append([(c.run_id, c.attempt, c.status, c.job_ids) for c in changes])

    commit(database, [envelope(jobs=[job_seen("in_progress")])], reactions=[react])
    commit(database, [envelope(jobs=[job_seen("in_progress")])], reactions=[react])

    assert told == [[(1, 1, "in_progress", [1])]]


def test_job_told_after_its_run_changes_the_run_as_it_stands(database):
    told = []

    def react(session, changes):
        told.append([(c.status, c.conclusion, c.on_default, c.run_number) for c in changes])

    commit(database, [envelope(runs=[run_seen("completed", "success", run_number=7)])])
    commit(database, [envelope(jobs=[job_seen("in_progress")])], reactions=[react])

    assert told == [[("completed", "success", True, 7)]]


def test_a_change_tells_every_fact_in_its_own_place(database):
    told = []
    run = run_seen("completed", "failure", run_number=7, attempt=2)
    # So that no two ids of it are the same number.
    others = [("1", "Docs"), ("2", "Lint"), ("3", "Lint")]
    commit(
        database,
        [
            envelope(runs=[run_seen(run_id=number, workflow=WorkflowSeen(name))])
            for number, name in others
        ],
    )
    commit(database, [envelope(runs=[run])])
    commit(
        database,
        [
            envelope(
                runs=[structs.replace(run, title="Another title", updated_at=run.updated_at + 1)]
            )
        ],
        reactions=[lambda session, changes: told.extend(changes)],
    )

    (change,) = told
    with database.reading() as session:
        row, workflow, repository = session.execute(
            select(Run, Workflow, Repository)
            .join(Workflow, Workflow.id == Run.workflow_id)
            .join(Repository, Repository.id == Run.repository_id)
            .where(Run.run_number == 7)
        ).one()
    same = ("attempt", "repository_id", "workflow_id", "rev", "status", "conclusion",
            "head_branch", "on_default", "run_number", "created_at", "demo")  # fmt: skip
    assert {name: getattr(change, name) for name in same} == {
        name: getattr(row, name) for name in same
    }
    assert (change.run_id, change.is_newest_attempt, change.was_over) == (row.id, True, True)
    assert len({row.id, row.attempt, row.repository_id, row.workflow_id, row.rev, 7}) == 6
    assert (change.repository, change.full_name) == (repository.name_key, repository.full_name)
    assert (change.workflow, change.workflow_path) == (workflow.name, workflow.path)
    assert (change.row["title"], change.job_ids, change.is_news) == (row.title, [], True)


def test_job_that_two_runs_claim_stays_with_the_first(database):
    commit(database, [envelope(jobs=[job_seen("queued", run_id="100")])])
    commit(database, [envelope(jobs=[job_seen("in_progress", run_id="101")])])

    with database.reading() as session:
        first = session.scalar(select(Run.id).where(Run.provider_run_id == "100"))
        assert session.execute(select(Job.run_id, Job.status)).all() == [(first, "in_progress")]


@pytest.mark.parametrize("order", ["job first", "run first"])
def test_run_known_by_its_job_is_under_way_until_it_tells_itself(database, order):
    job = envelope(jobs=[job_seen("completed", "failure", time=NOON + 9 * SECOND)])
    queued = envelope(runs=[run_seen("queued", time=NOON + 60 * SECOND)])
    for told in (job, queued) if order == "job first" else (queued, job):
        commit(database, [told])
    with database.reading() as session:
        assert session.execute(select(Run.status, Run.outcome)).all() == [("in_progress", "open")]

    commit(database, [envelope(runs=[run_seen("completed", "success", time=NOON + 5 * SECOND)])])

    with database.reading() as session:
        assert session.execute(select(Run.status, Run.outcome)).all() == [("completed", "success")]
