"""Runs that any CI posts: what a body comes to, field by field, and what the rows show then."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pulseboard.clock import DAY, HOUR, MINUTE, SECOND, to_iso
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.merge import pack_clock
from pulseboard.collect.push import MAX_LOG, read_event, read_pipeline_event
from pulseboard.collect.records import RepositorySeen, WorkflowSeen
from pulseboard.errors import InvalidInput, MalformedBody
from pulseboard.model import Delivery, Job, Repository, Run
from pulseboard.vocabulary import DeliveryResult, Provider, Source
from tests.collect.github.objects import ANY_JSON, at

NOW = at("2026-03-01T12:00:00Z")
START = "2026-03-01T11:50:00Z"
END = "2026-03-01T11:55:00Z"


def body_of(values):
    return values if isinstance(values, bytes) else json.dumps(values).encode()


def an_event(**changes):
    given = {"id": "run-1", "workflow": "build", "status": "success", "repo": "acme/api"}
    return {**given, **changes}


def a_pipeline(**changes):
    return {"pipeline": "web", "status": "success", **changes}


def post_event(values, *, now=NOW, key=None):
    return read_event(body_of(values), received_at=now, idempotency_key=key)


def post_pipeline(values, *, now=NOW, key=None):
    return read_pipeline_event(body_of(values), received_at=now, idempotency_key=key)


def times(envelope):
    (run,) = envelope.runs
    return run.created_at, run.attempt_started_at, run.ended_at


def stored(database, *envelopes):
    """Commit the envelopes one by one and return all runs, oldest id first."""
    for envelope in envelopes:
        commit(database, [envelope])
    return rows(database)


def rows(database):
    with database.reading() as session:
        runs = list(session.scalars(select(Run).order_by(Run.id)))
        for run in runs:
            session.expunge(run)
    return runs


def complaints(post, values):
    with pytest.raises(InvalidInput) as refused:
        post(values)
    assert refused.value.status == 422
    return {error.field: error.message for error in refused.value.errors}


def test_event_becomes_a_run_of_its_repository_and_workflow():
    body = body_of(
        an_event(
            branch="main",
            commit="5184f9c",
            triggered_by="kim",
            started_at=START,
            finished_at=END,
            duration_seconds=300,
            meta={"runner": "ubuntu", "n": [1, 2.5, None]},
        )
    )
    envelope = read_event(body, received_at=NOW, idempotency_key=None)
    (run,) = envelope.runs
    assert run.repository == RepositorySeen("acme/api", provider=Provider.GENERIC)
    assert run.workflow == WorkflowSeen("build")
    assert (run.run_id, run.attempt, run.source) == ("run-1", 1, "push")
    assert (run.status, run.conclusion) == ("completed", "success")
    assert (run.head_branch, run.head_sha, run.actor, run.event) == ("main", "5184f9c", "kim", None)
    assert times(envelope) == (at(START), at(START), at(END))
    assert run.meta == '{"n":[1,2.5,null],"runner":"ubuntu"}'
    assert run.clock == pack_clock("completed", "success", time=at(END), body=b"completed\0success")
    assert (envelope.source, envelope.body, envelope.jobs) == (Source.PUSH, body, [])
    assert (envelope.closes_open_run, envelope.completes_stored) == (False, False)


@pytest.mark.parametrize(
    ("status", "phase", "conclusion"),
    [
        ("success", "completed", "success"),
        ("failure", "completed", "failure"),
        ("cancelled", "completed", "cancelled"),
        ("running", "in_progress", None),
        ("queued", "queued", None),
    ],
)
def test_status_becomes_status_and_conclusion(status, phase, conclusion):
    (run,) = post_event(an_event(status=status)).runs
    assert (run.status, run.conclusion) == (phase, conclusion)
    assert (run.ended_at is None) == (conclusion is None)


def test_number_as_id_means_the_same_as_its_text():
    assert post_event(an_event(id=77)).runs[0].run_id == "77"
    assert post_event(an_event(id="77")).runs[0].run_id == "77"


def test_pipeline_without_a_repository_belongs_to_push():
    (run,) = post_pipeline(a_pipeline()).runs
    assert run.repository == RepositorySeen("push", provider=Provider.GENERIC)
    assert run.workflow == WorkflowSeen("web")
    assert post_pipeline(a_pipeline(repo="acme/web")).runs[0].repository.full_name == "acme/web"


# Times: missing ones complete each other, from now where nothing else is told.


@pytest.mark.parametrize("post", [post_event, post_pipeline])
@pytest.mark.parametrize(
    ("given", "created", "started", "ended"),
    [
        ({}, NOW, None, NOW),
        ({"started_at": START}, at(START), at(START), NOW),
        ({"finished_at": END}, at(END), None, at(END)),
        ({"started_at": START, "finished_at": END}, at(START), at(START), at(END)),
        ({"started_at": START, "lasted": 90.5}, at(START), at(START), at(START) + 90_500_000),
        ({"finished_at": END, "lasted": 60}, at(END) - MINUTE, None, at(END)),
        ({"lasted": 60}, NOW - MINUTE, None, NOW),
        ({"lasted": 0}, NOW, None, NOW),
        # The two times outweigh a duration that does not fit them.
        ({"started_at": START, "finished_at": END, "lasted": 7}, at(START), at(START), at(END)),
        # Another machine's clock may be ahead of ours.
        ({"started_at": to_iso(NOW + HOUR)}, NOW + HOUR, NOW + HOUR, NOW + HOUR),
        ({"finished_at": to_iso(NOW + HOUR)}, NOW, None, NOW + HOUR),
        # Whatever the zone and fraction.
        ({"started_at": "2026-03-01T17:35:00.500+05:45", "lasted": 1}, at(START) + 500_000,
         at(START) + 500_000, at(START) + 1_500_000),
    ],
)  # fmt: skip
def test_times_of_a_finished_post_complete_each_other(post, given, created, started, ended):
    given = dict(given)
    if "lasted" in given:
        name = "duration_seconds" if post is post_event else "duration_sec"
        given[name] = given.pop("lasted")
    values = an_event(**given) if post is post_event else a_pipeline(**given)
    assert times(post(values)) == (created, started, ended)


def test_running_post_starts_now_unless_it_says_when():
    assert times(post_event(an_event(status="running"))) == (NOW, None, None)
    explicit = post_event(an_event(status="running", started_at=START))
    assert times(explicit) == (at(START), at(START), None)


@pytest.mark.parametrize("empty", [None, ""])
def test_null_and_empty_text_count_as_not_given(empty):
    optional = dict.fromkeys(
        ("branch", "commit", "triggered_by", "started_at", "finished_at", "duration_sec", "id",
         "repo"), empty)  # fmt: skip
    envelope = post_pipeline(a_pipeline(**optional))
    assert times(envelope) == (NOW, None, NOW)
    assert (envelope.runs[0].head_branch, envelope.runs[0].actor) == (None, None)
    assert envelope.closes_open_run


# What is wrong is named, all of it.


@pytest.mark.parametrize(
    "body", [b"", b"{", b"pipeline=web", b"\xff\xfe", b"{'a': 1}", b'{"a": 1}x', b"[" * 10_000]
)
def test_body_that_is_no_json_is_malformed(body):
    for post in (post_event, post_pipeline):
        with pytest.raises(MalformedBody) as refused:
            post(body)
        assert refused.value.status == 400


@pytest.mark.parametrize("body", [b"[]", b"5", b'"text"', b"null", b"true"])
def test_body_that_is_no_object_is_refused(body):
    assert list(complaints(post_event, body)) == ["body"]


def test_every_missing_field_is_named():
    assert list(complaints(post_event, {})) == ["id", "status", "workflow", "repo"]
    assert list(complaints(post_pipeline, {})) == ["status", "pipeline"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("id", [True, 1.5, [], {}, "x" * 201, "  ", 10**40]),
        ("workflow", [5, True, [], {}, "x" * 1001, "x" * 10_240, "  ", "\0", None, ""]),
        ("repo", [5, [], "x" * 201, " ", None, ""]),
        ("status", ["Success", "ok", "completed", "timed_out", 1, None, [], "", "success "]),
        ("branch", [5, [], "x" * 501]),
        ("commit", [5, {}, "x" * 201]),
        ("triggered_by", [5, False, "x" * 201]),
        ("duration_seconds", [-1, -0.001, "60", True, [], 400 * 86_400, 10**40, 1e300]),
        ("log", [5, ["line"], {}, "x" * (MAX_LOG + 1), "é" * (MAX_LOG // 2 + 1)]),
        ("meta", [{"a": "x" * 70_000}, {"n": 10**40}]),
    ],
)
def test_each_wrong_field_is_named_alone(field, values):
    for value in values:
        assert list(complaints(post_event, an_event(**{field: value}))) == [field], repr(value)[:60]


@pytest.mark.parametrize("field", ["started_at", "finished_at"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-03-01T11:50:00", "zone"),
        ("2026-03-01", "zone"),
        ("yesterday", "such as"),
        (1_772_366_400, "such as"),
        (True, "such as"),
        ({}, "such as"),
        ("9" * 10_000, "such as"),
        ("1999-12-31T23:59:59Z", "2000"),
        ("1970-01-01T00:00:00Z", "2000"),
        ("2026-03-02T12:00:01Z", "future"),
        ("9999-12-31T23:59:59Z", "future"),
    ],
)
def test_wrong_time_is_named_with_what_it_should_look_like(field, value, said):
    found = complaints(post_event, an_event(**{field: value}))
    assert list(found) == [field]
    assert said in found[field]


def test_end_before_the_start_is_refused():
    found = complaints(post_event, an_event(started_at=END, finished_at=START))
    assert found == {"finished_at": "should not lie before started_at"}


def test_open_run_has_no_end():
    for status in ("running", "queued"):
        found = complaints(post_event, an_event(status=status, finished_at=END))
        assert found == {"finished_at": f"should be left out while status is {status}"}


def test_duration_must_not_lead_out_of_time():
    ahead = an_event(started_at=to_iso(NOW), duration_seconds=86_401)
    assert list(complaints(post_event, ahead)) == ["duration_seconds"]
    before = an_event(finished_at="2000-01-01T00:00:30Z", duration_seconds=60)
    assert list(complaints(post_event, before)) == ["started_at"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"pipeline": "a", "pipeline": "b", "status": "success"}', ["pipeline"]),
        (b'{"pipeline": "a", "status": "running", "status": "success"}', ["status"]),
        (b'{"pipeline": "a", "status": "success", "duration_sec": NaN}', ["duration_sec"]),
        (b'{"pipeline": "a", "status": "success", "duration_sec": -Infinity}', ["duration_sec"]),
        (b'{"pipeline": "a", "status": "success", "duration_sec": 1e999}', ["duration_sec"]),
        (b'{"pipeline": 1, "status": 2, "branch": 3, "x": 4}', ["status", "pipeline", "branch"]),
    ],
)
def test_repeated_keys_and_no_numbers_are_named(body, fields):
    assert list(complaints(post_pipeline, body)) == fields


def test_very_many_keys_are_read_in_a_single_pass():
    many = b",".join(b'"k%d": 1' % number for number in range(200_000))

    found = complaints(post_pipeline, b'{"pipeline": "a", "pipeline": "b", %b}' % many)

    assert "pipeline" in found


def test_meta_is_refused_with_nan_or_too_many_levels():
    nan = b'{"id": 1, "workflow": "w", "repo": "r", "status": "success", "meta": {"a": NaN}}'
    assert list(complaints(post_event, nan)) == ["meta"]
    deep = {}
    for _ in range(70):
        deep = {"a": deep}
    assert list(complaints(post_event, an_event(meta=deep))) == ["meta"]


def test_foreign_scripts_stay_and_nul_and_half_pairs_go():
    body = body_of(an_event(workflow="מבחן \u202b🚀", branch="a\0b", meta={"k": "HALF"}))
    envelope = post_event(body.replace(b"HALF", b"\\ud83d"))
    (run,) = envelope.runs
    assert (run.workflow.name, run.head_branch, run.meta) == ("מבחן \u202b🚀", "ab", '{"k":"?"}')


def test_unknown_fields_are_left_alone():
    assert post_event(an_event(colour="red", nested={"a": 1})).runs[0].run_id == "run-1"


# Retries, and posts about the same run.


def test_idempotency_key_is_the_delivery(database):
    first = post_pipeline(a_pipeline(), key="key-1")
    again = post_pipeline(a_pipeline(), key="key-1")
    assert first.guid == again.guid
    assert post_pipeline(a_pipeline()).guid != post_pipeline(a_pipeline()).guid
    receipts = [*commit(database, [first]), *commit(database, [again])]
    assert [receipt.result for receipt in receipts] == ["stored", "duplicate"]
    assert receipts[0].run_id == receipts[1].run_id
    assert len(rows(database)) == 1


def test_idempotency_key_is_one_of_its_pipeline_alone(database):
    posts = [
        post_pipeline(a_pipeline(pipeline=pipeline, repo=repo), key="42")
        for pipeline, repo in (("web", "acme/a"), ("docs", "acme/a"), ("web", "acme/b"))
    ]
    receipts = commit(database, posts)
    assert [receipt.result for receipt in receipts] == ["stored"] * 3
    assert len({receipt.run_id for receipt in receipts}) == 3


def test_end_of_a_build_is_no_retry_of_its_start(database):
    told = [
        post_event(an_event(id=number, status=status), key="build-7")
        for number, status in (("1", "running"), ("1", "failure"), ("2", "failure"))
    ]
    assert [receipt.result for receipt in commit(database, told)] == ["stored"] * 3
    assert [(run.provider_run_id, run.conclusion) for run in rows(database)] == [
        ("1", "failure"),
        ("2", "failure"),
    ]


def test_name_of_more_bytes_than_can_be_looked_up_is_named():
    with pytest.raises(InvalidInput) as refused:
        post_event(an_event(workflow="漢" * 501))
    (error,) = refused.value.errors
    assert (error.field, error.message) == (
        "workflow",
        "should have at most 1500 bytes in UTF-8, not 1503",
    )
    assert post_event(an_event(workflow="漢" * 500)).runs[0].workflow.name == "漢" * 500


def test_overlong_idempotency_key_is_named():
    with pytest.raises(InvalidInput) as refused:
        post_event(an_event(), key="k" * 201)
    assert [error.field for error in refused.value.errors] == ["Idempotency-Key"]


def test_same_id_again_is_merged(database):
    running = post_event(an_event(status="running", started_at=START, branch="main"))
    done = post_event(an_event(status="failure", finished_at=END, triggered_by="kim"))
    first, second = commit(database, [running])[0], commit(database, [done])[0]
    assert (first.created, second.created) == (True, False)
    assert first.run_id == second.run_id
    (run,) = rows(database)
    assert (run.status, run.conclusion, run.head_branch, run.actor) == (
        "completed",
        "failure",
        "main",
        "kim",
    )
    assert (run.started_at, run.completed_at) == (at(START), at(END))


def test_same_id_in_another_repository_is_another_run(database):
    assert len(stored(database, post_event(an_event()), post_event(an_event(repo="b/c")))) == 2


def test_later_post_without_a_start_does_not_disturb_it(database):
    running = post_event(an_event(status="running", started_at=START))
    # Worked out from the duration, the start would be ten minutes earlier.
    done = post_event(an_event(finished_at=END, duration_seconds=900))
    (run,) = stored(database, running, done)
    assert (run.started_at, run.created_at, run.completed_at) == (at(START), at(START), at(END))
    assert run.duration == 5 * MINUTE


def test_duration_alone_counts_from_the_start_that_is_known(database):
    running = post_pipeline(a_pipeline(id="7", status="running", started_at=START))
    done = post_pipeline(a_pipeline(id="7", duration_sec=42))
    (run,) = stored(database, running, done)
    assert (run.started_at, run.duration) == (at(START), 42 * SECOND)
    assert run.completed_at == at(START) + 42 * SECOND


def test_duration_alone_counts_within_one_batch_too(database):
    running = post_pipeline(a_pipeline(id="7", status="running", started_at=START))
    done = post_pipeline(a_pipeline(id="7", duration_sec=42))
    commit(database, [running, done])
    (run,) = rows(database)
    assert (run.started_at, run.duration) == (at(START), 42 * SECOND)


def test_end_without_any_time_is_now(database):
    running = post_pipeline(a_pipeline(id="7", status="running"), now=NOW - HOUR)
    (run,) = stored(database, running, post_pipeline(a_pipeline(id="7")))
    assert (run.started_at, run.completed_at, run.duration) == (NOW - HOUR, NOW, HOUR)


def test_late_running_post_does_not_reopen_the_run(database):
    done = post_event(an_event(started_at=START, finished_at=END))
    late = post_event(an_event(status="running"))
    (run,) = stored(database, done, late)
    assert (run.status, run.conclusion, run.duration) == ("completed", "success", 5 * MINUTE)
    assert run.started_at == at(START)


@pytest.mark.parametrize("post", [
    {"meta": {"build": 7}}, {"triggered_by": "kim"}, {"log": "done"}, {"started_at": START}, {},
])  # fmt: skip
def test_end_that_is_known_stays_when_a_later_post_says_none(database, post):
    first = post_event(an_event(started_at=START, finished_at=END))
    later = post_event(an_event(**post), now=NOW + 3600 * SECOND)
    (before,) = stored(database, first)
    (after,) = stored(database, later)
    assert (after.ended_at, after.duration) == (before.ended_at, before.duration)
    assert after.ended_at is not None


def test_run_that_ends_otherwise_than_known_ends_now(database):
    first = post_event(an_event(started_at=START, finished_at=END))
    (run,) = stored(database, first, post_event(an_event(status="failure")))
    assert (run.conclusion, run.ended_at) == ("failure", NOW)


def test_same_post_again_changes_nothing(database):
    first = post_event(an_event())
    (before,) = stored(database, first)
    (after,) = stored(database, post_event(an_event(), now=NOW + 5 * SECOND))
    assert (after.ended_at, after.duration) == (before.ended_at, before.duration) == (NOW, 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_ends_the_later_counts(database, order):
    posts = [
        post_event(an_event(status="failure", started_at=START, finished_at=START)),
        post_event(an_event(status="success", started_at=START, finished_at=END)),
    ]
    (run,) = stored(database, *(posts[index] for index in order))
    assert (run.conclusion, run.completed_at) == ("success", at(END))


def test_finished_post_without_id_closes_the_open_run(database):
    given = {"branch": "main", "commit": "5184f9c"}
    running = post_pipeline(a_pipeline(status="running", started_at=START, **given))
    done = post_pipeline(a_pipeline(status="failure", duration_sec=30, **given))
    assert (running.closes_open_run, done.closes_open_run) == (False, True)
    (run,) = stored(database, running, done)
    assert (run.conclusion, run.started_at, run.duration) == ("failure", at(START), 30 * SECOND)


@pytest.mark.parametrize("other", [{"branch": "dev"}, {"commit": "b"}, {"repo": "b/c"}, {}])
def test_open_run_of_anything_else_stays_open(database, other):
    given = {"branch": "main", "commit": "a"}
    running = post_pipeline(a_pipeline(status="running", **given))
    changed = {**given, **other} if other else {**given, "pipeline": "api"}
    runs = stored(database, running, post_pipeline(a_pipeline(**changed)))
    assert [run.status for run in runs] == ["in_progress", "completed"]


def test_finished_posts_without_id_and_open_run_are_runs_of_their_own(database):
    runs = stored(database, post_pipeline(a_pipeline()), post_pipeline(a_pipeline()))
    assert len(runs) == 2
    assert all(len(run.provider_run_id) == 32 for run in runs)


def test_log_belongs_to_the_one_job_named_after_the_workflow(database):
    running = post_event(an_event(status="running", started_at=START))
    done = post_event(an_event(status="failure", duration_seconds=60, log="line\n" * 10))
    assert running.jobs == []
    (run,) = stored(database, running, done)
    with database.reading() as session:
        job = session.scalars(select(Job)).one()
        assert (job.run_id, job.attempt, job.name) == (run.id, 1, "build")
        assert (job.status, job.conclusion) == ("completed", "failure")
        assert (job.started_at, job.duration) == (at(START), MINUTE)


@pytest.mark.parametrize("later", [{"finished_at": END}, {"duration_seconds": 300}, {}])
def test_job_ends_with_its_run_though_the_last_post_has_no_log(database, later):
    running = post_event(an_event(status="running", started_at=START, log="line\n"))
    stored(database, running, post_event(an_event(status="failure", **later)))
    assert standing_of_jobs(database) == [("completed", "failure", True)]


def test_job_that_a_late_post_brings_has_ended_like_its_run(database):
    done = post_event(an_event(status="failure", started_at=START, finished_at=END))
    stored(database, done, post_event(an_event(status="running", started_at=START, log="line\n")))
    assert standing_of_jobs(database) == [("completed", "failure", True)]


def test_posts_of_one_run_in_one_batch_leave_one_job_that_has_ended(database):
    running = post_event(an_event(status="running", started_at=START, log="line\n"))
    done = post_event(an_event(status="failure", started_at=START, finished_at=END))
    other = post_event(an_event(id="run-2", status="failure", started_at=START, finished_at=END))
    commit(database, [running, done, other])
    assert standing_of_jobs(database) == [("completed", "failure", True)]


def test_job_ends_when_a_post_without_id_closes_its_run(database):
    running = post_pipeline(a_pipeline(status="running", id="7", started_at=START))
    log = post_event(an_event(id="7", repo="push", workflow="web", status="running", log="line\n"))
    stored(database, running, log, post_pipeline(a_pipeline(status="failure", duration_sec=30)))
    assert standing_of_jobs(database) == [("completed", "failure", True)]


def standing_of_jobs(database):
    with database.reading() as session:
        jobs = session.scalars(select(Job)).all()
        (run,) = session.scalars(select(Run).where(Run.id.in_([job.run_id for job in jobs])))
        return [(job.status, job.conclusion, job.completed_at == run.ended_at) for job in jobs]


def test_biggest_log_is_taken():
    assert len(post_event(an_event(log="x" * MAX_LOG)).jobs) == 1


def test_what_is_stored_is_the_very_post(database):
    commit(database, [post_event(an_event(), key="k")])
    with database.reading() as session:
        delivery = session.scalars(select(Delivery)).one()
        repository = session.scalars(select(Repository)).one()
        assert (delivery.source, delivery.event, delivery.action) == ("push", "event", "success")
        assert delivery.result == DeliveryResult.STORED
        assert (repository.full_name, repository.provider) == ("acme/api", "generic")


def test_far_end_of_the_allowed_future_is_a_day():
    envelope = post_event(an_event(finished_at=to_iso(NOW + DAY)))
    assert times(envelope) == (NOW, None, NOW + DAY)


FIELDS = ["id", "workflow", "pipeline", "status", "repo", "branch", "commit", "started_at",
          "finished_at", "duration_sec", "duration_seconds", "triggered_by", "meta",
          "log"]  # fmt: skip


def wrong_fields(post, values):
    """Return the fields that are refused; none when the post is taken, and then it makes sense."""
    try:
        (run,) = post(values).runs
    except InvalidInput as refused:
        return {error.field for error in refused.errors}
    assert run.ended_at is None or run.ended_at >= run.created_at
    return set()


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_JSON))
def test_any_object_is_taken_or_refused_field_by_field(changes):
    assert wrong_fields(post_event, {**an_event(), **changes}) <= {*FIELDS}
    assert wrong_fields(post_pipeline, {**a_pipeline(), **changes}) <= {*FIELDS}


@given(st.binary(max_size=100))
def test_any_bytes_are_taken_or_refused(body):
    for post in (post_event, post_pipeline):
        with pytest.raises(InvalidInput):
            post(body)
