"""Background work that was given up, over HTTP, on both databases."""

import pytest

from pulseboard.alerts.outbox import SEND
from pulseboard.jobs.background import prepare_jobs
from pulseboard.jobs.letters import bury
from tests.jobs.conftest import statuses


@pytest.fixture
def give_up(shop, database):
    """Return a function that gives up a job, as its last failure does."""

    def give_up_(name, id, *, reason="The channel answered 404"):
        args = {"channel_id": 7, "notification_id": 12}
        with database.writing() as session:
            bury(session, job_name=name, job_id=id, args=args, reason=reason, tries=3)

    return give_up_


def test_what_was_given_up_is_listed_the_latest_first(shop, give_up):
    assert shop.read("/api/v1/system/dead-letters") == {"total": 0, "items": []}
    give_up(SEND, "message 12")
    give_up("poll", "", reason="GitHub does not answer")

    found = shop.read("/api/v1/system/dead-letters")
    assert found["total"] == 2
    schedule, message = found["items"]
    assert (schedule["job"], schedule["about"], schedule["may_retry"]) == ("poll", "", False)
    assert schedule["reason"] == "GitHub does not answer"
    assert (message["job"], message["about"], message["may_retry"]) == (SEND, "message 12", True)
    assert (message["tries"], message["failed_at"][-1]) == (3, "Z")
    short = shop.read("/api/v1/system/dead-letters", limit=1)
    assert (short["total"], short["items"]) == (2, [schedule])


def test_one_is_tried_again_and_gone(shop, give_up, database):
    give_up(SEND, "message 12")
    (letter,) = shop.read("/api/v1/system/dead-letters")["items"]
    address = f"/api/v1/system/dead-letters/{letter['id']}/retry"
    prepare_jobs(database)

    answer = shop.request("POST", address)

    assert (answer.status_code, answer.json()) == (202, letter)
    assert shop.read("/api/v1/system/dead-letters")["total"] == 0
    assert shop.read("/health")["background"]["failed"] == 0
    asked = statuses(database)
    assert [one for one in asked if "message 12 again" in one]
    shop.refused(404, "POST", address)


def test_schedule_is_left_to_its_next_time(shop, give_up):
    give_up("poll", "")
    (letter,) = shop.read("/api/v1/system/dead-letters")["items"]

    problem = shop.refused(409, "POST", f"/api/v1/system/dead-letters/{letter['id']}/retry")

    assert "tries again at its next time" in problem["detail"]
    assert shop.read("/api/v1/system/dead-letters")["total"] == 1


def test_number_that_is_none_is_refused(shop):
    shop.refused(404, "POST", "/api/v1/system/dead-letters/99/retry")
    for nonsense in ("0", str(10**30), "last"):
        shop.refused(422, "POST", f"/api/v1/system/dead-letters/{nonsense}/retry")


def test_who_may_only_read_sees_and_does_not_try(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        assert shop.read("/api/v1/system/dead-letters")["total"] == 0
        shop.refused(401, "POST", "/api/v1/system/dead-letters/1/retry")
