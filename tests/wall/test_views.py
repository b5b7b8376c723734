"""The front page: verdict, numbers, runs, demo label, empty and error state, files, safety."""

import asyncio
import re
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from pulseboard import clock
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.normalise import run_from_github
from pulseboard.collect.records import Envelope, RepositorySeen
from pulseboard.collect.simulator import history
from pulseboard.config import load_settings
from pulseboard.errors import Unavailable
from pulseboard.vocabulary import Source
from pulseboard.wall import views

NOW = 1_795_186_800 * clock.SECOND
HOSTILE = "<img src=x onerror=alert(1)>\u202e'\"&amp;"


class Outline(HTMLParser):
    """Counts what a reader without eyes or mouse relies on, and what our policy forbids."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def count(self, name):
        return sum(tag == name for tag, _ in self.tags)

    def having(self, attribute):
        return [tag for tag, attrs in self.tags if attribute in attrs]


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def client(database):
    return client_of(database)


def client_of(database, **settings):
    app = FastAPI()
    app.include_router(views.router)
    views.mount_static(app)
    app.state.settings = load_settings(**settings)
    app.state.database = database
    return Browser(app)


class Browser:
    """Asks the application without a socket in between."""

    def __init__(self, app):
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def get(self, path, *, headers=None):
        async def ask():
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://localhost:8000"
            ) as client:
                return await client.get(path, headers=headers)

        return asyncio.run(ask())


def store(database, *runs, name="real/app"):
    home = RepositorySeen(full_name=name, provider_id="4", default_branch="main")
    commit(
        database,
        [
            Envelope(guid=f"g{run['id']}", source=Source.WEBHOOK, event="workflow_run",
                     received_at=NOW, body=b"{}", repository=home,
                     runs=[run_from_github(run, home)])
            for run in runs
        ],
    )  # fmt: skip


def run(number, conclusion, *, ago=60, took=120, **fields):
    """Return a finished run that began `ago` minutes before NOW and took so many seconds."""
    begun = NOW - ago * clock.MINUTE
    return {
        "id": number,
        "run_number": number,
        "name": "CI",
        "workflow_id": 5,
        "status": "completed",
        "conclusion": conclusion,
        "head_branch": "main",
        "head_sha": f"{number:040x}",
        "event": "push",
        "created_at": clock.to_iso(begun),
        "run_started_at": clock.to_iso(begun),
        "updated_at": clock.to_iso(begun + took * clock.SECOND),
        "actor": {"login": "kim"},
        "html_url": "https://github.example/real/app/actions/runs/1",
        **fields,
    }


def text_of(html):
    text = re.sub(r"<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text.replace("\u202f", " "))


def test_empty_server_tells_three_ways_to_feed_it(client):
    answer = client.get("/")
    assert answer.status_code == 200
    text = text_of(answer.text)
    assert "Waiting for the first run" in text
    for heading in ("Push from any CI", "Import a history", "Webhook from GitHub"):
        assert heading in text
    assert "curl -X POST http://localhost:8000/api/events/run" in text
    assert "pulseboard import runs.json" in text
    assert "http://localhost:8000/webhook/github" in text
    assert "pulseboard demo load" in text
    assert "DEMO" not in text


def test_production_offers_no_demo(database):
    text = text_of(client_of(database, environment="prod").get("/").text)
    assert "pulseboard demo load" not in text


def test_push_command_names_the_token_where_one_is_asked_for(database):
    text = client_of(database, ingest_token="secret-token").get("/").text
    assert "$PULSEBOARD_INGEST_TOKEN" in text
    assert "secret-token" not in text


def test_hostile_host_never_reaches_a_command(client):
    text = client.get("/", headers={"Host": "x';rm -rf ~;'"}).text
    assert "rm -rf" not in text
    assert "http://localhost:8000/api/events/run" in text


def test_green_verdict_and_numbers(database, client):
    store(database, *(run(n, "success", ago=n * 10) for n in range(1, 10)), run(10, "cancelled"))
    answer = client.get("/")
    text = text_of(answer.text)
    assert "main is green — its only workflow passed" in text
    assert "No failure in the last 90 days." in text
    assert "100 %" in text
    assert "9 of 9 finished; 95 % interval 70 to 100 %" in text
    assert "1 cancelled or skipped" in text
    assert "2m 00s" in text
    assert "p50 2m 00s · p95 2m 00s" in text
    assert "no comparison (0 runs before)" in text
    assert "Demo data" not in text


def test_red_verdict_names_since_when_and_the_first_bad_commit(database, client):
    commit_of = {"message": "Bump protobuf\n\nlong", "author": {"name": "Kim L."}}
    store(
        database,
        run(1, "success", ago=300),
        run(2, "failure", ago=192, head_commit=commit_of),
        run(3, "failure", ago=100),
    )
    text = text_of(client.get("/").text)
    assert "main is red — its only workflow failing" in text
    assert "Since 11:50 (3 h 10 min) · first bad 0000000 by Kim L. “Bump protobuf”" in text
    assert "real/app · CI" in text
    assert "2 of 3" in text
    assert "66.7 %" in text


def test_recent_runs_show_shape_word_and_who(database, client):
    store(
        database,
        run(1, "timed_out", ago=50),
        run(2, None, ago=4, status="in_progress", head_branch="feature/x", run_attempt=2),
        run(3, "skipped", ago=3),
    )
    html = client.get("/").text
    text = text_of(html)
    assert html.count("data-run=") == 3
    for word in ("Timed out", "Running", "Skipped", "feature/x", "attempt 2", "4m 00s so far"):
        assert word in text, word
    assert "kim · push" in text
    assert 'href="https://github.example/real/app/actions/runs/1"' in html


def test_only_the_latest_runs_are_listed(database, client):
    store(database, *(run(n, "success", ago=n) for n in range(1, 41)))
    assert client.get("/").text.count("data-run=") == 25


def test_demo_is_labelled_and_gives_way_to_real_runs(database, client):
    commit(database, list(history(seed=3, until=NOW, days=2)))
    html = client.get("/").text
    text = text_of(html)
    assert "Demo data — not your pipelines." in text
    assert text.count("DEMO") == 6, "the header and the five cards"
    assert "acme/api" in text
    # A link of the demo would lead nowhere.
    assert "github.example" not in html
    store(database, run(1, "success"))
    text = text_of(client.get("/").text)
    assert "DEMO" not in text
    assert "acme/api" not in text
    assert "Demo data" not in text


@pytest.mark.parametrize(
    ("environment", "badge", "prefix"),
    [("dev", "DEV", "[DEV] "), ("staging", "STAGING", "[STAGING] "), ("prod", "PROD", "")],
)
def test_environment_is_a_badge_and_a_prefix_of_the_title(database, environment, badge, prefix):
    store(database, run(1, "success"))
    html = client_of(database, environment=environment, title="Our CI").get("/").text
    assert f'<span class="tag env-{environment}">{badge}</span>' in html
    assert f"<title>{prefix}main is green — its only workflow passed · Our CI</title>" in html


def test_days_begin_in_the_configured_zone(database):
    # 23:30 on the 19th in UTC is half past five in the morning of the 20th in Kathmandu.
    store(database, run(1, "failure", ago=15 * 60 + 30))
    html = client_of(database, timezone="Asia/Kathmandu").get("/").text
    assert "the most on Fri 20 Nov: 1 of 1." in html
    html = client_of(database, timezone="UTC").get("/").text
    assert "the most on Thu 19 Nov: 1 of 1." in html


def test_hostile_names_are_only_text(database):
    fields = {"name": HOSTILE, "display_title": HOSTILE, "head_branch": HOSTILE,
              "actor": {"login": HOSTILE}, "html_url": "javascript:alert(1)",
              "head_commit": {"message": HOSTILE, "author": {"name": HOSTILE}}}  # fmt: skip
    store(database, run(1, "failure", **fields), name=f"evil/{HOSTILE}")
    html = client_of(database, title=HOSTILE).get("/").text
    outline = Outline(html)
    assert "<img" not in html
    assert "javascript:" not in html
    assert not outline.having("onerror")
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


@pytest.mark.parametrize("stored", [True, False])
def test_page_keeps_to_the_policy_and_to_landmarks(database, client, stored):
    if stored:
        commit(database, list(history(seed=3, until=NOW, days=1)))
    outline = Outline(client.get("/").text)
    assert outline.count("h1") == 1
    for landmark in ("header", "main", "footer", "nav"):
        assert outline.count(landmark) == 1, landmark
    # No inline script or style passes the content security policy.
    assert outline.having("style") == []
    assert outline.count("style") == 0
    assert not [tag for tag, attrs in outline.tags if any(name.startswith("on") for name in attrs)]
    scripts = [attrs for tag, attrs in outline.tags if tag == "script"]
    assert all(attrs["src"].startswith("/static/") for attrs in scripts)
    cells = [attrs for tag, attrs in outline.tags if tag == "th"]
    assert all("scope" in attrs for attrs in cells)
    assert ("html", {"lang": "en"}) in outline.tags


def test_database_that_does_not_answer_is_an_error_page(database, client, monkeypatch):
    def fail(*_args, **_options):
        raise Unavailable("The database does not answer: gone fishing")

    monkeypatch.setattr(views, "read_page", fail)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "The database does not answer: gone fishing" in answer.text
    assert "pulseboard doctor" in answer.text
    assert Outline(answer.text).count("h1") == 1


def test_page_is_never_kept_and_its_files_are(client):
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    addresses = set(re.findall(r"/static/[a-z.]+\?v=[0-9a-f]+", answer.text))
    assert len(addresses) == 3
    kinds = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
             "svg": "image/svg+xml"}  # fmt: skip
    for address in addresses:
        asset = client.get(address)
        assert asset.status_code == 200
        assert asset.headers["content-type"] == kinds[address.partition("?")[0].rpartition(".")[2]]
        assert "immutable" in asset.headers["cache-control"]
        assert asset.content


def test_file_without_its_version_is_kept_for_a_short_while(client):
    assert client.get("/static/wall.css").headers["cache-control"] == "public, max-age=300"
    assert client.get("/static/wall.css?v=old").headers["cache-control"] == "public, max-age=300"


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fviews.py", "views.py"])
def test_other_files_are_not_served(client, name):
    assert client.get(f"/static/{name}").status_code != 200


def test_page_stays_small(database, client):
    commit(database, list(history(seed=3, until=NOW, days=7)))
    assert len(client.get("/").content) < 80_000
