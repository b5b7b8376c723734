"""Which runs a filter lets through, and the one word for how a run stands."""

from itertools import product

import pytest
from sqlalchemy import select

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.model import Run
from pulseboard.pipelines import STATUS_WORDS, RunFilter, list_runs
from pulseboard.pipelines.filters import status_expression
from pulseboard.vocabulary import Phase, Status
from tests.pipelines.past import NOW

CONCLUSIONS = ["success", "failure", "timed_out", "startup_failure", "cancelled", "skipped",
               "neutral", "action_required", "stale", "never_heard_of", None]  # fmt: skip


def test_status_in_sql_is_the_status_of_the_row(past):
    phases = [phase for phase in Phase if phase not in (Phase.COMPLETED, Phase.DELETED)]
    standings = [(phase, None) for phase in phases]
    standings += [(Phase.COMPLETED, conclusion) for conclusion in CONCLUSIONS]
    past.runs(
        {"ago": hours * 60, "status": status, "conclusion": conclusion, "source": source}
        for (status, conclusion), source, hours in product(standings, ("github", "push"), (2, 30))
    )

    with past.database.reading() as session:
        query = select(Run.id, status_expression(at=NOW))
        found = {row[0]: row[1] for row in session.execute(query)}
        rows = list_runs(session, wanted=RunFilter(Scope()), limit=500)

    assert len(rows) == len(standings) * 4
    assert {row.id: str(row.status(at=NOW)) for row in rows} == found
    assert set(found.values()) == set(map(str, Status))


@pytest.mark.parametrize("word", STATUS_WORDS)
def test_status_word_finds_what_reads_so_or_is_called_so_by_the_provider(past, word):
    past.runs({"conclusion": conclusion} for conclusion in CONCLUSIONS)
    past.runs({"status": phase} for phase in Phase if phase is not Phase.COMPLETED)
    past.run(ago=3000, status=Phase.QUEUED, source="push")

    with past.database.reading() as session:
        everything = list_runs(session, wanted=RunFilter(Scope()), limit=500)
        found = list_runs(session, wanted=RunFilter(Scope(), statuses=(word,)), limit=500)

    now = clock.now()
    expected = {
        run.id
        for run in everything
        if run.status(at=now) == word
        or (word not in set(Status) and word in (run.phase, run.conclusion))
    }
    assert expected
    assert {run.id for run in found} == expected


def test_text_is_looked_for_in_titles_branches_numbers_and_commits(past):
    past.run(ago=1, title="Bump 100% of it", run_number=12, sha="aaa1110000", branch="fix/ONE")
    past.run(ago=2, title=None, run_number=7, sha="bbb2220000", branch=None)

    def found(words):
        wanted = RunFilter(Scope(), words=words)
        return [run.run_number for run in past.ask(list_runs, wanted=wanted, limit=9)]

    assert found("100%") == [12]
    assert found("10_%") == []
    assert found("fix/one") == [12]
    assert found("#7") == found("7") == [7]
    assert found("BBB2220") == [7]
    assert found("bbb222") == []
    assert found("9" * 30) == []
