"""Logs over HTTP: pushed, read in full and in part, understood, searched."""

from threading import get_ident

import pytest
from sqlalchemy import delete, event
from sqlalchemy.pool import Pool

from pulseboard.logs import index
from pulseboard.logs.store import ObjectStore
from pulseboard.model import Log
from tests.api.conftest import ago

FAILED = (
    "2026-01-01T00:00:00.0000000Z ##[group]Run make test\n"
    "2026-01-01T00:00:00.1000000Z make test\n"
    "2026-01-01T00:00:00.1000000Z ##[endgroup]\n"
    "2026-01-01T00:00:01.0000000Z collected 3 items\n"
    "2026-01-01T00:00:02.0000000Z \x1b[31mImportError: cannot import name 'builder'\x1b[0m\n"
    "2026-01-01T00:00:02.0000000Z ##[error]Process completed with exit code 1.\n"
)


def failed_job(shop, *, log=FAILED, **fields):
    """Push a failed run with a log; return the run's details and its job."""
    run = shop.push(status="failure", log=log, **fields)
    details = shop.read(f"/api/v1/runs/{run['id']}")
    return details, details["jobs"][0]


def test_pushed_log_is_kept_and_points_at_its_line(shop):
    details, job = failed_job(shop)

    guilty = {
        "job_id": job["id"],
        "job_name": "build",
        "line": 5,
        "text": "ImportError: cannot import name 'builder'",
        "signature": "ImportError: cannot import name 'builder'",
        "cluster_id": None,
    }
    assert job["first_error"] == guilty
    assert details["run"]["first_error"] == guilty
    assert job["log"] == {
        "available": True, "state": "stored", "bytes": len(FAILED), "lines": 6, "reason": None,
    }  # fmt: skip
    (listed,) = shop.read("/api/v1/runs")["items"]
    assert listed["first_error"] == guilty
    answer = shop.get(f"/api/v1/jobs/{job['id']}/logs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.text == FAILED


def test_logs_of_a_run_come_as_json_and_as_text(shop):
    details, job = failed_job(shop)
    run = details["run"]

    for name in (run["id"], run["run_id"]):
        assert shop.read(f"/api/logs/{name}") == {
            "run_id": run["run_id"],
            "logs": [
                {
                    "job_id": job["id"],
                    "name": "build",
                    "status": "failure",
                    "size_bytes": len(FAILED),
                    "lines": 6,
                    "text": FAILED,
                }
            ],
            "truncated": False,
        }
    answer = shop.get(f"/api/logs/{run['id']}", headers={"Accept": "text/plain"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == FAILED


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/plain", "text/plain"), ("TEXT/PLAIN; charset=utf-8", "text/plain"),
        ("text/x-log, text/plain", "text/plain"), ("text/plain, */*", "text/plain"),
        ("application/json;q=0.5, text/plain", "text/plain"),
        ("text/plain;q=0, application/json", "application/json"),
        ("text/plain;q=0.1, application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("*/*", "application/json"), ("", "application/json"),
    ],
)  # fmt: skip
def test_logs_of_a_run_come_as_the_client_would_rather_have_them(shop, accept, kind):
    run = shop.push(log="one\ntwo\n")

    answer = shop.get(f"/api/logs/{run['id']}", headers={"Accept": accept})

    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in answer.headers["vary"].split(", ")


def test_run_without_logs_says_why(shop):
    run = shop.push()

    problem = shop.refused(404, "GET", f"/api/logs/{run['id']}")
    assert "none was pushed: send the run again to POST /api/events" in problem["detail"]
    shop.refused(404, "GET", "/api/logs/nothing-like-it")


def test_log_of_a_run_that_was_pushed_without_one_follows_with_a_second_push(shop):
    run = shop.push(status="failure")
    problem = shop.refused(404, "PUT", f"/api/v1/jobs/push:{run['run_id']}/log", content="Error: x")
    assert "push it again to POST /api/events with the same id" in problem["detail"]
    same = shop.refused(404, "PUT", f"/api/v1/jobs/{run['run_id']}/log", content="Error: x")
    assert "push it again to POST /api/events" in same["detail"]

    again = shop.push(id=run["run_id"], status="failure", log="Error: x")

    assert again["id"] == run["id"]
    name = f"/api/v1/jobs/push:{run['run_id']}"
    assert shop.get(f"{name}/logs").text == "Error: x"
    assert shop.request("PUT", f"{name}/log", content="Error: y").status_code == 200
    assert shop.get(f"{name}/logs").text == "Error: y"


def test_putting_a_log_by_the_id_of_a_run_of_github_points_at_its_jobs(shop):
    shop.deliver(conclusion="failure")

    problem = shop.refused(404, "PUT", "/api/v1/jobs/1001/log", content="Error: x")

    assert "GET /api/v1/runs/1001 lists its jobs" in problem["detail"]
    nothing = shop.refused(404, "PUT", "/api/v1/jobs/nothing-like-it/log", content="Error: x")
    assert "it may never have been seen" in nothing["detail"]


def test_job_of_github_without_a_log_says_what_to_do(shop):
    shop.deliver(conclusion="failure")
    shop.deliver_job(conclusion="failure")
    (job,) = shop.read("/api/v1/runs/1001")["jobs"]

    problem = shop.refused(404, "GET", f"/api/v1/jobs/{job['id']}/logs")
    assert "has not been fetched" in problem["detail"]
    meta = shop.read(f"/api/v1/jobs/{job['id']}/log/meta")
    assert (meta["state"], meta["lines"], meta["errors"]) == ("none", 0, [])
    shop.refused(404, "GET", "/api/v1/jobs/999/log/meta")


@pytest.fixture
def known_shop(open_shop):
    """An application that GitHub knows by a token."""
    with open_shop(github_token="ghp_kim") as client:
        yield client


def test_log_at_github_is_not_waited_for_without_a_token(shop):
    shop.deliver(conclusion="failure")
    shop.deliver_job(conclusion="failure")
    (job,) = shop.read("/api/v1/runs/1001")["jobs"]

    answer = shop.post(f"/api/v1/jobs/{job['id']}/log/fetch")

    assert answer.status_code == 202
    assert answer.json()["asked"] is False
    assert "GITHUB_TOKEN" in answer.json()["reason"]
    meta = shop.read(f"/api/v1/jobs/{job['id']}/log/meta")
    assert (meta["state"], meta["reason"]) == ("none", answer.json()["reason"])
    assert meta["fetchable"] is False


def test_log_of_a_lost_token_is_not_said_to_come(open_shop):
    with open_shop(github_token="ghp_kim") as shop:
        shop.deliver(conclusion="failure")
        shop.deliver_job(conclusion="failure")
        (job,) = shop.read("/api/v1/runs/1001")["jobs"]
        shop.post(f"/api/v1/jobs/{job['id']}/log/fetch")
        waiting = shop.read(f"/api/v1/jobs/{job['id']}/log/meta")
    with open_shop() as shop:
        lost = shop.read(f"/api/v1/jobs/{job['id']}/log/meta")

    assert "was asked for" in waiting["reason"]
    assert (lost["state"], "GITHUB_TOKEN" in lost["reason"]) == ("waiting", True)


def test_log_of_a_pushed_run_is_never_fetched_from_github(known_shop, database):
    shop = known_shop
    shop.deliver(conclusion="failure")
    _, job = failed_job(shop, repo="acme/api", id="p-1")
    with database.writing() as session:
        session.execute(delete(Log))
    answer = shop.post(f"/api/v1/jobs/{job['id']}/log/fetch").json()

    assert (answer["asked"], "none was pushed" in answer["reason"]) == (False, True)


def test_only_a_log_that_github_has_is_fetched_when_asked_for(known_shop):
    shop = known_shop
    shop.deliver(conclusion="failure")
    shop.deliver_job(conclusion="failure")
    shop.deliver_job(id=502, name="deploy", conclusion="skipped")
    found, skipped = shop.read("/api/v1/runs/1001")["jobs"]
    _, stored = failed_job(shop)

    def is_fetchable(job):
        return shop.read(f"/api/v1/jobs/{job['id']}/log/meta")["fetchable"]

    assert [is_fetchable(job) for job in (found, skipped, stored)] == [True, False, False]

    def ask(job):
        answer = shop.post(f"/api/v1/jobs/{job['id']}/log/fetch")
        assert answer.status_code == 202, answer.text
        state = shop.read(f"/api/v1/jobs/{job['id']}/log/meta")["state"]
        return answer.json()["asked"], answer.json()["reason"], state

    assert ask(found) == (True, None, "waiting")
    assert ask(skipped) == (False, "the job was skipped, so it wrote none", "none")
    assert ask(stored) == (False, "it is stored already", "stored")


def test_log_is_put_for_a_job_of_github_by_either_id(shop):
    shop.deliver(conclusion="failure")
    shop.deliver_job(conclusion="failure")
    (job,) = shop.read("/api/v1/runs/1001")["jobs"]

    answer = shop.request("PUT", "/api/v1/jobs/501/log", content="one\nTypeError: two\n")
    assert answer.status_code == 200, answer.text
    taken = answer.json()
    assert (taken["job_id"], taken["lines"], taken["size_bytes"]) == (job["id"], 2, 19)
    assert taken["first_error"]["line"] == 2
    again = shop.request("PUT", f"/api/v1/jobs/{job['id']}/log", content="other")
    assert again.json()["first_error"] is None
    assert shop.get("/api/v1/jobs/501/logs").text == "other"
    shop.refused(404, "PUT", "/api/v1/jobs/77/log", content="x")


def test_secrets_are_masked_before_anything_is_kept(shop, tmp_path):
    token = "ghp_" + "a1" * 18
    _, job = failed_job(shop, log=f"token {token}\nhttps://kim:pass@example.org/\n")

    assert (
        shop.get(f"/api/v1/jobs/{job['id']}/logs").text == "token ***\nhttps://***@example.org/\n"
    )
    meta = shop.read(f"/api/v1/jobs/{job['id']}/log/meta")
    assert meta["redacted"] == {"github": 1, "url": 1}
    raw = shop.get(f"/api/v1/runs/{job['run_id']}/raw").text
    assert token not in raw
    assert not [f for f in tmp_path.rglob("*") if f.is_file() and token.encode() in f.read_bytes()]


def test_window_and_meta_of_a_log(shop):
    _, job = failed_job(shop, log="".join(f"line {n}\n" for n in range(1, 1001)))
    path = f"/api/v1/jobs/{job['id']}/log"

    window = shop.read(f"{path}/window", around=500, count=3)
    assert (window["first_line"], window["total"]) == (499, 1000)
    assert window["lines"] == ["line 499", "line 500", "line 501"]
    assert shop.read(f"{path}/window", around=1000, count=3)["lines"][-1] == "line 1000"
    assert shop.read(f"{path}/window", first=999, count=50)["lines"] == ["line 999", "line 1000"]
    assert len(shop.read(f"{path}/window")["lines"]) == 400
    shop.refused(422, "GET", f"{path}/window?count=0")


def test_download_is_a_file_that_runs_nothing(shop):
    _, job = failed_job(shop, log="<script>alert(1)</script>")

    answer = shop.get(f"/api/v1/jobs/{job['id']}/log/download")
    assert answer.headers["content-disposition"] == f'attachment; filename="job-{job["id"]}.log"'
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_search_finds_lines_newest_first(shop):
    for number in range(3):
        failed_job(shop, id=f"r{number}", started_at=ago(hours=9 - number), duration_seconds=5)
    shop.push(id="green", log="all is well\n")

    found = shop.read("/api/v1/logs/search", q="CANNOT import")
    (group,) = found["groups"]
    assert (found["searched"], found["total"], found["complete"]) == (4, 4, True)
    assert group["key"] == "acme/api · build / build"
    assert group["count"] == 3
    assert [hit["line"] for hit in group["hits"]] == [5, 5, 5]
    hit = group["hits"][0]
    assert hit["text"] == "ImportError: cannot import name 'builder'"
    assert hit["ranges"] == [[13, 26]]
    assert hit["before"] == "collected 3 items"
    assert hit["after"] == "##[error]Process completed with exit code 1."
    times = [hit["at"] for hit in group["hits"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({"q": "cannot import"}, 1),
        ({"q": "Cannot import", "case": 1}, 0),
        ({"q": r"can\w+ import", "regex": 1}, 1),
        ({"q": "nothing like it"}, 0),
        ({"q": "it"}, 2),
        ({"q": "import", "status": "success"}, 0),
        ({"q": "import", "status": "failure"}, 1),
        ({"q": "import", "job": "BUI"}, 1),
        ({"q": "import", "job": "deploy"}, 0),
        ({"q": "import", "repo": "acme/other"}, 0),
        ({"q": "import", "branch": "main"}, 1),
        ({"q": "import", "workflow": "build"}, 1),
        ({"q": "import", "window": "1h"}, 1),
        ({"q": "import", "from": "2020-01-01", "to": "2020-02-01"}, 0),
    ],
)
def test_search_takes_filters(shop, query, hits):
    failed_job(shop)

    found = shop.read("/api/v1/logs/search", **query)
    assert found["count"] == hits
    assert found["complete"]


@pytest.mark.parametrize("query", [{"q": "("}, {"q": r"(a)\1"}, {"q": "(?=a)"}, {"q": "x{1001}"}])
def test_search_refuses_what_re2_does_not_take(shop, query):
    problem = shop.refused(422, "GET", "/api/v1/logs/search", params={**query, "regex": 1})
    assert problem["errors"][0]["field"] == "q"


def test_search_goes_on_where_a_page_ended(shop):
    for number in range(3):
        failed_job(shop, id=f"r{number}", log="needle\nhay\n" * 4)

    seen, cursor, pages = [], None, 0
    while True:
        found = shop.read(
            "/api/v1/logs/search", q="needle", limit=5, **({"cursor": cursor} if cursor else {})
        )
        seen += [(hit["job_id"], hit["line"]) for group in found["groups"] for hit in group["hits"]]
        cursor, pages = found["next_cursor"], pages + 1
        assert found["complete"] == (cursor is None)
        if cursor is None:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 12
    assert [line for _, line in seen] == [1, 3, 5, 7] * 3


def long_log(word, *, lines):
    return "".join(f"{word} {number} {'x' * 90}\n" for number in range(1, lines + 1))


def test_search_leaves_out_one_log_that_is_lost_however_long_it_is(shop, tmp_path):
    failed_job(shop, id="short", log="needle\n")
    _, job = failed_job(shop, id="long", log=long_log("needle", lines=12_000))
    (file,) = tmp_path.rglob(f"{job['id']}-*.zst")
    file.unlink()

    found = shop.read("/api/v1/logs/search", q="needle")

    assert (found["count"], found["unreadable"]) == (1, 1)
    assert (found["searched"], found["total"], found["complete"]) == (1, 2, False)


def test_lines_of_a_long_log_are_found_from_the_top(shop):
    failed_job(shop, id="long", log=long_log("needle", lines=9_000))

    first = shop.read("/api/v1/logs/search", q="needle", limit=2)
    far = shop.read("/api/v1/logs/search", q="/needle [369]000 /", limit=2)
    last = shop.read("/api/v1/logs/search", q="/needle [369]000 /", cursor=far["next_cursor"])

    assert [lines_of(page) for page in (first, far, last)] == [[1, 2], [3000, 6000], [9000]]


def test_log_that_comes_again_is_found_once_though_its_place_in_the_index_is_taken(
    shop, monkeypatch
):
    monkeypatch.setattr(index, "SMALL", 8)
    for number in range(23):
        failed_job(shop, id=f"r{number}", log="needle\n", started_at=ago(hours=2))
    shop.push(id="late", status="running", log="needle\n", started_at=ago(hours=5))
    shop.push(id="late", status="failure", log="needle again\n", started_at=ago(hours=5))

    counted = shop.read("/api/v1/logs/search", q="needle", limit=0)
    first = shop.read("/api/v1/logs/search", q="needle", limit=1)
    rest = shop.read("/api/v1/logs/search", q="needle", cursor=first["next_cursor"])

    assert (counted["count"], first["count"], rest["count"]) == (24, 1, 23)


def lines_of(found):
    return [hit["line"] for group in found["groups"] for hit in group["hits"]]


@pytest.mark.parametrize(
    ("typed", "hits"),
    [
        ('"cannot import" /name .builder/', 1),
        ("import -builder", 0),
        ("import job:BUI", 1),
        ("import job:deploy", 0),
        ("import job:deploy job:build", 1),
        ("import repo:acme/api workflow:build branch:main status:failure", 1),
        ("import repo:acme/other", 0),
        ("import status:success", 0),
        ("import step:anything", 0),
    ],
)
def test_search_reads_what_is_typed_into_its_box(shop, typed, hits):
    failed_job(shop)

    found = shop.read("/api/v1/logs/search", q=typed, branch="@any")
    assert found["count"] == hits


def test_typed_words_and_filters_both_have_to_hold(shop):
    failed_job(shop)

    assert shop.read("/api/v1/logs/search", q="import job:build", job="deploy")["count"] == 0
    assert shop.read("/api/v1/logs/search", q="import job:build", job="build")["count"] == 1


@pytest.mark.parametrize("typed", ["-builder", "job:build", "import status:purple", "x /(/", "  "])
def test_search_says_what_is_wrong_with_what_was_typed(shop, typed):
    problem = shop.refused(422, "GET", "/api/v1/logs/search", params={"q": typed})
    assert problem["errors"][0]["field"] == "q"


def test_search_counts_without_showing(shop):
    for number in range(3):
        failed_job(shop, id=f"r{number}", log="needle\nhay\n" * 400)

    found = shop.read("/api/v1/logs/search", q="needle", limit=0)
    (group,) = found["groups"]
    assert (found["count"], found["complete"], found["next_cursor"]) == (1200, True, None)
    assert (group["count"], group["hits"]) == (1200, [])


def test_counting_goes_on_where_the_first_page_ended(shop):
    for number in range(3):
        failed_job(shop, id=f"r{number}", log="needle\nhay\n" * 4)

    first = shop.read("/api/v1/logs/search", q="needle", limit=5)
    rest = shop.read("/api/v1/logs/search", q="needle", limit=0, cursor=first["next_cursor"])
    assert (first["count"], rest["count"]) == (5, 7)
    assert rest["complete"]


def test_only_a_right_credential_may_put_a_log(open_shop):
    with open_shop(ingest_token="right") as shop:
        shop.deliver(conclusion="failure")
        shop.deliver_job()
        wrong = {"Authorization": "Bearer wrong"}
        shop.refused(401, "PUT", "/api/v1/jobs/501/log", content="x", headers=wrong)
        right = {"Authorization": "Bearer right"}
        assert shop.request("PUT", "/api/v1/jobs/501/log", content="x", headers=right).is_success


def test_log_over_the_limit_is_refused(open_shop):
    with open_shop(log_max_mb=1) as shop:
        shop.deliver()
        shop.deliver_job()
        problem = shop.refused(413, "PUT", "/api/v1/jobs/501/log", content=b"x" * 1_000_001)
        assert "1000000 bytes: raise PULSEBOARD_LOG_MAX_MB" in problem["detail"]


@pytest.mark.parametrize("coding", ["gzip", "br", "nonsense"])
def test_compressed_log_is_refused_and_the_one_before_stays(shop, coding):
    shop.deliver(conclusion="failure")
    shop.deliver_job(conclusion="failure")
    shop.request("PUT", "/api/v1/jobs/501/log", content=b"as it was\n")

    headers = {"Content-Encoding": coding}
    shop.refused(415, "PUT", "/api/v1/jobs/501/log", content=b"\x1f\x8b", headers=headers)
    shop.refused(415, "POST", "/api/events", content=b"\x1f\x8b", headers=headers)

    assert shop.get("/api/v1/jobs/501/logs").text == "as it was\n"


def test_run_whose_log_is_over_the_limit_is_not_stored(open_shop):
    with open_shop(log_max_mb=1) as shop:
        event = {"id": "1", "workflow": "build", "status": "failure", "repo": "acme/api",
                 "log": "x" * 1_000_001}  # fmt: skip

        assert "1000000" in shop.refused(413, "POST", "/api/events", json=event)["detail"]
        assert shop.read("/api/v1/runs")["items"] == []


@pytest.fixture
def held_while_reading(monkeypatch):
    """How many connections whoever reads the store holds, at each reading."""
    by_connection, found = {}, []
    read = ObjectStore.read

    def look(store, key, **place):
        found.append(list(by_connection.values()).count(get_ident()))
        return read(store, key, **place)

    def go_out(_, record, __):
        by_connection[id(record)] = get_ident()

    def come_in(_, record):
        by_connection.pop(id(record), None)

    monkeypatch.setattr(ObjectStore, "read", look)
    event.listen(Pool, "checkout", go_out)
    event.listen(Pool, "checkin", come_in)
    yield found
    event.remove(Pool, "checkout", go_out)
    event.remove(Pool, "checkin", come_in)


def test_store_that_hangs_holds_no_connection_of_the_database(held_while_reading, shop):
    failed_job(shop, log="one\n")
    shop.push(log="one\n", started_at=ago(hours=2))
    details, job = failed_job(shop)
    path = f"/api/v1/jobs/{job['id']}/log"

    for address in (path, f"{path}?first=2", f"{path}/download", f"{path}/window",
                    f"{path}/novelty", f"{path}/appended?etag=x&bytes=1",
                    f"/api/logs/{details['run']['id']}", "/api/v1/logs/search?q=one"):  # fmt: skip
        held_while_reading.clear()
        assert shop.get(address).status_code == 200, address
        assert set(held_while_reading) == {0}, address


def test_log_is_read_from_a_line_on_as_it_is_kept_or_plain(shop):
    _, job = failed_job(shop)
    path = f"/api/v1/jobs/{job['id']}/log"
    expected = "".join(FAILED.splitlines(keepends=True)[4:])

    plain = shop.get(f"{path}?first=5", headers={"Accept-Encoding": "identity"})
    packed = shop.get(f"{path}?first=5", headers={"Accept-Encoding": "zstd"})

    assert plain.text == expected
    assert packed.headers["content-encoding"] == "zstd"
    assert packed.text == expected
    assert shop.get(f"{path}?first=7").text == ""
    assert shop.get(f"{path}?first=0").status_code == 422


def test_meta_tells_what_a_progress_bar_wrote_over(shop):
    _, job = failed_job(shop, log="start\n10 %\r50 %\r100 %\nend\n")

    assert shop.read(f"/api/v1/jobs/{job['id']}/log/meta")["updates"] == [[2, 3]]


def test_whoever_missed_messages_learns_what_was_appended(shop):
    _, job = failed_job(shop, log="one\ntw")
    path = f"/api/v1/jobs/{job['id']}/log"
    seen = shop.read(f"{path}/meta")
    read = {"etag": seen["etag"], "bytes": seen["bytes"]}
    for text in ("one\ntwo\n", "one\ntwo\nthree\n"):
        shop.request("PUT", path, content=text)

    now = shop.read(f"{path}/meta")
    grown = shop.read(f"{path}/appended", **read)
    assert grown == {
        "job_id": job["id"], "from_line": 2, "text": "two\nthree\n", "lines": 3, "bytes": 14,
        "etag": now["etag"], "before": seen["etag"],
    }  # fmt: skip
    nothing = shop.read(f"{path}/appended", etag=now["etag"], bytes=14)
    assert (nothing["from_line"], nothing["text"], nothing["before"]) == (4, "", now["etag"])


def test_a_log_that_became_another_goes_on_nothing(shop):
    _, job = failed_job(shop, log="one\n")
    path = f"/api/v1/jobs/{job['id']}/log"
    seen = shop.read(f"{path}/meta")
    shop.request("PUT", path, content="uno\ndos\n")

    grown = shop.read(f"{path}/appended", etag=seen["etag"], bytes=seen["bytes"])
    assert (grown["from_line"], grown["text"], grown["before"]) == (1, None, None)
    shop.refused(422, "GET", f"{path}/appended?etag={seen['etag']}&bytes=-1")
    shop.refused(404, "GET", "/api/v1/jobs/999/log/appended?etag=x&bytes=1")


def test_new_lines_are_those_the_last_green_log_of_the_job_has_not(shop):
    log = FAILED.replace("ImportError: cannot import name 'builder'", "3 passed in 0.12s")
    green = shop.push(id="g", status="success", log=log, started_at=ago(hours=2))
    _, job = failed_job(shop, id="r")

    found = shop.read(f"/api/v1/jobs/{job['id']}/log/novelty")

    assert (found["baseline_run_id"], found["ranges"]) == (green["id"], [[5, 5]])


def test_without_a_green_log_nothing_is_compared(shop):
    _, job = failed_job(shop)

    answer = shop.get(f"/api/v1/jobs/{job['id']}/log/novelty")
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("No earlier run in which this job succeeded")
