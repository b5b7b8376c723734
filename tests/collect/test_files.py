"""Import files in every packing they come in, and what is said of what cannot be used."""

import gzip
import io
import json
from hashlib import sha256

import pytest
from xxhash import xxh3_128_hexdigest

from pulseboard.collect import files
from pulseboard.collect.files import Refusal, read_file, read_stream
from pulseboard.collect.groupcommit import commit
from pulseboard.model import Job, Run
from pulseboard.vocabulary import DeliveryResult, Source
from tests.collect.github.objects import RECEIVED, a_job, a_run, at, delivery
from tests.realdata import real_folder

HEADER = (
    "repository,run_id,workflow,status,conclusion,branch,commit,event,actor,created_at,started_at,"
    "finished_at,run_number,attempt,html_url"
)
ROW = (
    "acme/api,9001,CI,completed,failure,main,5184f9c,push,kim,2026-03-01T10:00:00Z,"
    "2026-03-01T10:00:05Z,2026-03-01T10:05:00Z,12,2,https://ci.example/9001"
)


def dump(value):
    return json.dumps(value).encode()


def read(data, name="file"):
    """Return (envelopes, refusals) of a file of these bytes."""
    stream = io.BufferedReader(io.BytesIO(data))
    found = list(read_stream(name, stream, received_at=RECEIVED))
    return (
        [one for one in found if not isinstance(one, Refusal)],
        [one for one in found if isinstance(one, Refusal)],
    )


def ids(envelopes):
    return [(one.runs[0].run_id if one.runs else one.jobs[0].job_id) for one in envelopes]


RUNS = [a_run(id=number) for number in (1, 2, 3)]
JOBS = [a_job(id=number) for number in (4, 5)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (dump(RUNS[0]), ["1"]),
        (dump(JOBS[0]), ["4"]),
        (json.dumps(RUNS[0], indent=2).encode(), ["1"]),
        (b"\n".join(map(dump, [*RUNS, *JOBS])), ["1", "2", "3", "4", "5"]),
        (b"\r\n\r\n".join(map(dump, RUNS)) + b"\r\n", ["1", "2", "3"]),
        (b"\n \n" + dump(RUNS[0]) + b"\n\n", ["1"]),
        (b"\xef\xbb\xbf" + dump(RUNS[0]) + b"\n" + dump(RUNS[1]), ["1", "2"]),
        (dump(RUNS), ["1", "2", "3"]),
        (json.dumps(RUNS, indent=1).encode(), ["1", "2", "3"]),
        (dump({"total_count": 3, "workflow_runs": RUNS}), ["1", "2", "3"]),
        (json.dumps({"total_count": 2, "jobs": JOBS}, indent="\t").encode(), ["4", "5"]),
        # Pages as `gh api --paginate` prints them: behind each other, or with --slurp as an array.
        (dump({"workflow_runs": RUNS[:2]}) + dump({"workflow_runs": RUNS[2:]}), ["1", "2", "3"]),
        (dump([{"workflow_runs": RUNS[:1]}, {"jobs": JOBS}]), ["1", "4", "5"]),
        (json.dumps(RUNS[0], indent=2).encode() + b"\n" + dump(RUNS[1]), ["1", "2"]),
        # A recorded answer of the API.
        (dump({"status": 200, "url": "x", "data": {"jobs": JOBS}}), ["4", "5"]),
        (dump({"_id": "x", "run_number": 9, "metadata": RUNS[0]}), ["1"]),
        (dump({"workflow_runs": []}), []),
        (b"[]", []),
        (gzip.compress(b"\n".join(map(dump, RUNS))), ["1", "2", "3"]),
        (gzip.compress(json.dumps(RUNS, indent=2).encode()), ["1", "2", "3"]),
        # Two gzip files behind each other are one.
        (gzip.compress(dump(RUNS[0]) + b"\n") + gzip.compress(dump(RUNS[1])), ["1", "2"]),
    ],
)
def test_objects_are_found_in_every_packing(data, expected):
    envelopes, refusals = read(data)
    assert refusals == []
    assert ids(envelopes) == expected


def test_envelope_of_an_object_keeps_its_very_bytes():
    line = b'{ "id" : 1,\t"run_number":3 , "url":"https://api.github.com/repos/acme/api/actions/runs/1"}'
    ((envelope,), _) = read(b" " + line + b" \n" + line[:-1])
    assert envelope.body == line
    assert envelope.guid == f"import:1:{xxh3_128_hexdigest(line)}"
    assert (envelope.source, envelope.event) == (Source.IMPORT, "workflow_run")
    assert (envelope.received_at, envelope.result) == (RECEIVED, DeliveryResult.STORED)
    assert envelope.runs[0].repository.full_name == "acme/api"
    assert envelope.runs[0].source == "github"
    ((in_array,), _) = read(b"[" + line + b"]")
    assert (in_array.body, in_array.guid) == (line, envelope.guid)


def test_guid_of_an_object_begins_with_its_own_id():
    table = b"repository,run_id,workflow,status,created_at\nacme/api,r-7,CI,success,2026-03-01T00:00:00Z"
    found = [
        read(dump(a_run(id=31))),
        read(dump(a_job(id=41))),
        read(table),
    ]
    guids = [envelopes[0].guid for envelopes, _ in found]
    assert [guid.rpartition(":")[0] for guid in guids] == ["import:31", "import:41", "import:r-7"]
    assert {len(guid.rpartition(":")[2]) for guid in guids} == {32}


def test_captured_deliveries_are_read_like_webhooks():
    bodies = [delivery(action="completed", workflow_run=a_run()), delivery(workflow_job=a_job())]
    wrapped = dump({"event": "workflow_job", "payload": json.loads(bodies[1])})
    envelopes, refusals = read(bodies[0] + b"\n" + wrapped)
    assert (ids(envelopes), refusals) == (["9001", "501"], [])
    assert envelopes[0].action == "completed"
    assert envelopes[0].repository.default_branch == "main"
    assert [one.source for one in envelopes] == [Source.IMPORT, Source.IMPORT]
    assert envelopes[1].body == dump(json.loads(bodies[1]))
    assert envelopes[1].guid == f"import:{sha256(envelopes[1].body).hexdigest()[:40]}"


def test_bad_lines_are_named_and_the_others_go_on():
    lines = [
        dump(RUNS[0]),
        b"{broken",
        b"",
        b"5",
        dump({"id": 7, "name": "bug", "color": "red"}),
        dump(a_run(id=None)),
        dump(a_job(name="")),
        dump({**a_run(), "repository": None, "url": None, "html_url": None}),
        dump({"event": "issues", "payload": {"action": "opened"}}),
        dump({"workflow_run": None, "repository": {"full_name": "a/b"}}),
        dump([RUNS[1], {"id": 8}]),
        b"[" * 2000,
        dump(JOBS[0]),
    ]
    envelopes, refusals = read(b"\n".join(lines), name="old.jsonl")
    assert ids(envelopes) == ["1", "2", "4"]
    assert [refusal.line for refusal in refusals] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert str(refusals[0]).startswith("old.jsonl, line 2: it is not JSON")
    assert refusals[2].message == "it is neither a workflow run nor a job"
    assert refusals[3].message == "id: it is missing"
    assert refusals[5].message == "neither the run nor its addresses name its repository"
    assert refusals[6].message == "issues says nothing about a workflow run"
    assert refusals[8].message == "object 2: it is neither a workflow run nor a job"


def test_run_that_is_dated_before_2000_is_left_out_and_not_of_today():
    old = {**a_run(id=7), "created_at": "1999-12-31T23:59:59Z", "run_started_at": None}
    good = {**a_run(id=8), "created_at": "2011-01-26T19:01:12Z", "run_started_at": None}

    envelopes, refusals = read(dump([old, good]))

    assert [one.runs[0].created_at for one in envelopes] == [1_296_068_472 * 1_000_000]
    assert "dated before 2000" in refusals[0].message


def test_broken_first_line_is_only_that_line():
    envelopes, refusals = read(b'{"id": 1, "na\n' + dump(RUNS[1]) + b"\n" + dump(RUNS[2]))
    assert ids(envelopes) == ["2", "3"]
    assert [refusal.line for refusal in refusals] == [1]


def test_document_that_was_cut_off_gives_what_stands_before():
    pages = dump({"workflow_runs": RUNS[:2]}) + dump({"workflow_runs": RUNS[2:]})[:-5]
    envelopes, (refusal,) = read(pages)
    assert ids(envelopes) == ["1", "2"]
    assert refusal.line is None
    assert "not JSON" in refusal.message


@pytest.mark.parametrize("data", [b"", b" \n\t\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_empty_file_is_said_to_be_empty(data):
    assert read(data) == ([], [Refusal("file", None, "it is empty")])


def test_gzip_that_was_cut_off_gives_what_stands_before():
    lines = b"\n".join(dump(a_run(id=number, name=f"n{number}")) for number in range(1, 2000))
    envelopes, refusals = read(gzip.compress(lines)[:-2000])
    assert len(envelopes) > 100
    assert refusals[-1].message.startswith("it is no whole gzip file")


def test_file_that_cannot_be_opened_is_named(tmp_path):
    missing = tmp_path / "missing.json"
    (refusal,) = read_file(missing, received_at=RECEIVED)
    assert str(refusal) == f"{missing}: it cannot be read: No such file or directory"
    (folder,) = read_file(tmp_path, received_at=RECEIVED)
    assert "cannot be read" in folder.message


def test_lines_are_read_one_by_one(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"\n".join(dump(a_run(id=number)) for number in range(1, 3000)))
    with path.open("rb") as stream:
        found = read_stream("many", stream, received_at=RECEIVED)
        assert ids([next(found)]) == ["1"]
        assert stream.tell() < path.stat().st_size / 10
        assert sum(1 for _ in found) == 2998


def test_overlong_line_and_document_are_refused(monkeypatch):
    monkeypatch.setattr(files, "MAX_LINE", 5000)
    long = dump(a_run(id=2, name="x" * 6000))
    envelopes, (refusal,) = read(b"\n".join([dump(RUNS[0]), long, dump(RUNS[2])]))
    assert (ids(envelopes), refusal.line) == (["1", "3"], 2)
    # The first line may be a whole document.
    assert ids(read(dump([*RUNS, *RUNS]))[0]) == ["1", "2", "3"] * 2
    monkeypatch.setattr(files, "MAX_DOCUMENT", 8000)
    for document in (dump(RUNS * 3), json.dumps(RUNS * 3, indent=2).encode()):
        envelopes, (refusal,) = read(document)
        assert envelopes == []
        assert "write one object a line" in refusal.message


def test_same_file_twice_is_stored_once(database):
    data = b"\n".join(map(dump, [*RUNS, *JOBS]))
    results = [receipt.result for _ in range(2) for receipt in commit(database, read(data)[0])]
    assert results == ["stored"] * 5 + ["duplicate"] * 5
    with database.reading() as session:
        assert session.query(Run).count() == 4
        assert session.query(Job).count() == 2


# Tables.


def table(*rows, header=HEADER):
    return "\n".join([header, *rows]).encode()


def test_row_of_a_table_becomes_a_run():
    data = table(ROW)
    ((envelope,), refusals) = read(data)
    assert refusals == []
    (run,) = envelope.runs
    assert (run.repository.full_name, run.repository.provider) == ("acme/api", "generic")
    assert (run.run_id, run.attempt, run.run_number, run.source) == ("9001", 2, 12, "import")
    assert (run.workflow.name, run.status, run.conclusion) == ("CI", "completed", "failure")
    assert (run.head_branch, run.head_sha, run.event, run.actor) == (
        "main", "5184f9c", "push", "kim")  # fmt: skip
    assert run.created_at == at("2026-03-01T10:00:00Z")
    assert run.attempt_started_at == at("2026-03-01T10:00:05Z")
    assert run.ended_at == at("2026-03-01T10:05:00Z")
    assert run.html_url == "https://ci.example/9001"
    assert (envelope.event, envelope.body, envelope.jobs) == ("table_row", data, [])


def test_columns_may_come_in_any_order_case_and_company():
    data = (
        b"\xef\xbb\xbf Status ,colour,WORKFLOW,repository,run_id,created_at\r\n"
        b"running,red,CI,acme/api,5,2026-03-01T10:00:00Z\r\n\r\n"
        b'success,,"C, I\nand more",acme/api,6,2026-03-01T10:00:00Z'
    )
    envelopes, refusals = read(data)
    assert refusals == []
    first, second = (envelope.runs[0] for envelope in envelopes)
    assert (first.status, first.conclusion, first.attempt) == ("in_progress", None, 1)
    assert (second.status, second.conclusion) == ("completed", "success")
    assert second.workflow.name == "C, I\nand more"
    header = data.partition(b"\n")[0] + b"\n"
    assert envelopes[1].body == header + data[data.index(b"success") :]


def test_rows_of_one_run_carry_its_jobs(database):
    header = HEADER + ",job_id,job_name,job_status,job_conclusion,job_started_at,job_finished_at"
    rows = [
        f"{ROW},{number},{name},completed,{word},2026-03-01T10:00:10Z,2026-03-01T10:04:00Z"
        for number, name, word in ((1, "lint", "success"), (2, "test", "failure"))
    ]
    envelopes, refusals = read(table(*rows, header=header))
    assert refusals == []
    commit(database, envelopes)
    with database.reading() as session:
        run = session.query(Run).one()
        jobs = session.query(Job).order_by(Job.provider_job_id).all()
        assert [(job.name, job.conclusion, job.run_id, job.attempt) for job in jobs] == [
            ("lint", "success", run.id, 2),
            ("test", "failure", run.id, 2),
        ]
        assert run.duration == 295_000_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("acme/api", ""), "repository is missing"),
        (("9001,CI", ",CI"), "run_id is missing"),
        (("completed,failure", "finished,failure"), "status should be queued"),
        (("completed,failure", "completed,"), "conclusion is missing"),
        (("2026-03-01T10:00:00Z", "2026-03-01 10:00"), "created_at should be a time with its zone"),
        (("2026-03-01T10:00:00Z", "1999-03-01T10:00:00Z"), "created_at should not lie before 2000"),
        (("10:05:00Z", "09:05:00Z"), "finished_at should not lie before the start"),
        ((",12,", ",twelve,"), "run_number should be a whole number"),
        ((",2,https", ",0,https"), "attempt should be a whole number"),
        (("https://ci", "javascript:ci"), "html_url should begin with"),
        (("2026-03-01T10:00:00Z,2026-03-01T10:00:05Z", ","), "give at least one"),
        ((",kim", ""), "it has 14 fields, but the header has 15"),
        (("CI", '"C"I'), "this is no CSV"),
    ],
)
def test_bad_row_is_named_with_its_line_and_the_others_go_on(change, said):
    bad = ROW.replace(*change, 1)
    assert bad != ROW
    envelopes, (refusal,) = read(table(ROW, bad, ROW.replace("9001", "9002")), name="runs.csv")
    assert ids(envelopes) == ["9001", "9002"]
    assert (refusal.file, refusal.line) == ("runs.csv", 3)
    assert said in refusal.message


def test_a_time_that_cannot_be_read_is_not_called_missing_as_well():
    bad = ROW.replace("2026-03-01T10:00:00Z,2026-03-01T10:00:05Z", "yesterday,")
    _, (refusal,) = read(table(bad), name="runs.csv")
    assert "created_at should be a time" in refusal.message
    assert "missing" not in refusal.message


def test_half_a_job_is_a_bad_row():
    data = table(f"{ROW},7,", header=HEADER + ",job_id,job_name")
    envelopes, (refusal,) = read(data)
    assert envelopes == []
    assert "job_name is missing" in refusal.message
    assert "job_status is missing" in refusal.message


@pytest.mark.parametrize(
    "data", [b"hello", b"<html>", b"a,b,c\n1,2,3\n", b"\x00\x01\x02", b"run_id;status\n1;x"]
)
def test_file_of_something_else_says_what_was_expected(data):
    envelopes, (refusal,) = read(data)
    assert envelopes == []
    assert refusal.line == 1
    assert "neither JSON nor" in refusal.message


def test_repeated_column_is_refused():
    _, (refusal,) = read(table(ROW + ",x", header=HEADER + ",status"))
    assert refusal.message == "the header names a column more than once: status"


# Real recordings.


def test_recorded_answers_of_the_api_are_read():
    """Every run and job of the recordings is taken; their spans' tool saw 3 runs and 7 jobs."""
    folder = real_folder("02-rest-recordings", "otel-cicd-action", "decoded")
    runs, jobs = set(), set()
    for path in sorted(folder.glob("*.json")):
        for found in read_file(path, received_at=RECEIVED):
            if isinstance(found, Refusal):
                assert "neither a workflow run nor a job" in found.message
                continue
            runs.update(run.run_id for run in found.runs)
            jobs.update(job.job_id for job in found.jobs)
            assert found.repository.full_name.count("/") == 1
    assert (len(runs), len(jobs)) == (3, 7)


def test_every_recorded_run_and_job_of_a_client_is_read():
    """The bodies are cut out of PyGithub's recordings; nothing that is a run or job is refused."""
    runs, jobs = set(), set()
    for path in sorted(real_folder("02-rest-recordings", "pygithub").glob("*.txt")):
        for line in path.read_bytes().splitlines():
            if not line.startswith((b'{"', b"[{")):
                continue
            envelopes, refusals = read(line)
            runs.update((run.run_id, run.attempt) for one in envelopes for run in one.runs)
            jobs.update(job.job_id for one in envelopes for job in one.jobs)
            assert all("neither a workflow run nor a job" in one.message for one in refusals)
    assert len(runs) == 58
    assert len(jobs) > 5


def test_run_inside_a_research_record_is_read():
    ((envelope,), _) = read(real_folder("02-rest-recordings", "ghalogs", "run.json").read_bytes())
    (run,) = envelope.runs
    assert (run.run_id, run.repository.full_name) == ("6261949618", "PyTables/PyTables")
    assert (run.run_number, run.conclusion) == (200, "success")


@pytest.mark.parametrize("first", [b"5", b"null", b'"text"', b"true"])
def test_json_lines_may_begin_with_one_that_is_no_object(first):
    envelopes, refusals = read(b"\n".join([first, dump(RUNS[0]), b"7", dump(RUNS[1])]))

    assert ids(envelopes) == ["1", "2"]
    assert [refusal.line for refusal in refusals] == [1, 3]


CUT = b'{"id": 7, "run_number": 1, "display_title": "cut \\ud83d", "url": "%s"}' % (
    b"https://api.github.com/repos/acme/api/actions/runs/7"
)


@pytest.mark.parametrize(
    "data",
    [
        CUT,
        b"[" + dump(RUNS[0]) + b"," + CUT + b"]",
        dump(RUNS[0]) + b"\n" + CUT,
        CUT + b"\n" + dump(RUNS[0]),
        b'{"workflow_runs": [' + CUT + b"," + dump(RUNS[0]) + b"]}",
    ],
)
def test_title_cut_within_a_character_loses_no_object(data):
    found, refused = read(data)
    assert refused == []
    assert sorted(ids(found)) in (["1", "7"], ["7"])
    assert len(found) == data.count(b'"run_number"')
    (cut,) = (one for one in found if one.runs[0].run_id == "7")
    assert cut.runs[0].title == "cut ?"
