"""Looking again at what something was written about gives what looking at everything gives."""

from random import Random

import pytest

from pulseboard import clock
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.normalise import run_from_github
from pulseboard.collect.records import Envelope, RepositorySeen
from pulseboard.metrics.scope import Scope
from pulseboard.pipelines import health
from pulseboard.pipelines.health import read_health
from pulseboard.vocabulary import Source

NOW = 1_795_186_800 * clock.SECOND
CONCLUSIONS = ("success", "failure", "cancelled", None)


def told(number, dice):
    """Return a delivery about a run of one of six workflows in three repositories."""
    place = dice.randrange(3)
    home = RepositorySeen(full_name=f"acme/app-{place}", provider_id=str(place + 1),
                          default_branch="main")  # fmt: skip
    conclusion = dice.choice(CONCLUSIONS)
    begun = NOW - (500 - number) * clock.MINUTE
    run = run_from_github(
        {
            "id": dice.choice([number, max(number - 3, 1)]),
            "name": f"CI {dice.randrange(2)}",
            "workflow_id": place * 2 + 10,
            "run_number": number,
            "status": "in_progress" if conclusion is None else "completed",
            "conclusion": conclusion,
            "head_branch": dice.choice(["main", "main", "fix"]),
            "head_sha": f"{number:040x}",
            "created_at": clock.to_iso(begun),
            "run_started_at": clock.to_iso(begun),
            "updated_at": clock.to_iso(begun + clock.MINUTE),
        },
        home,
    )
    return Envelope(guid=f"g{number}", source=Source.WEBHOOK, event="workflow_run",
                    received_at=begun, body=b"{}", repository=home, runs=[run])  # fmt: skip


SCOPES = [Scope(default_only=True), Scope(branches=("fix",)),
          Scope(default_only=True, repositories=(1, 3)),
          Scope(default_only=True, workflows=(2, 4))]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_renewed_health_is_that_of_looking_at_everything(database, seed):
    dice = Random(seed)
    for number in range(1, 61):
        commit(database, [told(number, dice)])
        with database.reading() as session:
            for scope in SCOPES:
                found = read_health(session, scope=scope, at=NOW)
                anew = health._look(session, scope, at=NOW)
                assert (found.total, found.failing) == (anew.total, anew.failing)
                assert list(found.red) == list(anew.red)


def test_unchanged_repositories_are_not_looked_at_again(database, monkeypatch):
    dice = Random(4)
    commit(database, [told(number, dice) for number in range(1, 40)])
    looked = []
    read = health._read_homes

    def note(session, scope, *, since):
        looked.append(scope.repositories)
        return read(session, scope, since=since)

    monkeypatch.setattr(health, "_read_homes", note)

    def ask():
        with database.reading() as session:
            return read_health(session, scope=SCOPES[0], at=NOW)

    ask()
    news = told(40, dice)
    commit(database, [news])
    ask()
    ask()
    assert [len(one) for one in looked] == [0, 1]


def test_only_the_longest_red_are_explained_and_all_are_counted(database, monkeypatch):
    monkeypatch.setattr(health, "MOST_RED", 1)
    dice = Random(1)
    for number in range(1, 61):
        commit(database, [told(number, dice)])
        with database.reading() as session:
            found = read_health(session, scope=SCOPES[0], at=NOW)
            anew = health._look(session, SCOPES[0], at=NOW)
        assert list(found.red) == list(anew.red)
        assert len(found.red) == min(found.failing, 1)
