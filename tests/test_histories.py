"""Years of other people's runs, imported and measured, against what others counted in them."""

import json
from collections import Counter, defaultdict
from itertools import islice

import pytest
from sqlalchemy import func, select

from pulseboard.clock import DAY, SECOND
from pulseboard.collect.files import read_file
from pulseboard.collect.groupcommit import commit
from pulseboard.metrics.query import Scope, Window, per_workflow, percentiles, totals
from pulseboard.metrics.stats import percentile
from pulseboard.model import Job, Run, Step, Workflow
from pulseboard.vocabulary import FAILURE_CONCLUSIONS
from tests.collect.github.objects import RECEIVED
from tests.realdata import real_folder
from tests.realdata_histories import ghaminer_objects, linkerd_objects

ALL_TIME = Window(0, RECEIVED)
EVERYTHING = Scope()
PROJECTS = ["bmad_simbmad_ecosystem_wf69576399_fixed.csv", "ccpay_wf6192976_fixed.csv"]


def load(database, objects, folder):
    """Import the objects by way of a file of JSON lines, as anybody would."""
    path = folder / "history.jsonl"
    path.write_text("\n".join(map(json.dumps, objects)))
    found = read_file(path, received_at=RECEIVED)
    while batch := list(islice(found, 1000)):
        commit(database, batch)


def seconds(values, share):
    value = percentile(sorted(values), share)
    assert value is not None
    return value / SECOND


def counts_of(session, column):
    return dict(session.execute(select(column, func.count()).group_by(column)).all())


@pytest.mark.parametrize("project", PROJECTS)
def test_history_of_a_project_gives_the_numbers_others_counted(database, tmp_path, project):
    """Counts agree exactly, and so does the rate, but that a startup_failure is a failure here.

    Durations differ by definition: others take updated_at - created_at, or the jobs' first start
    to last end; ours is the attempt's start to the last job's end, which lies between the two
    (the wait for a runner counts, the minutes until GitHub closes the run do not). Their
    percentiles are of successes, ours of successes and failures: those are held to the rows.
    """
    folder = real_folder("04-run-histories")
    expected = json.loads((folder / "expected-ghaminer.json").read_text())[project]
    load(database, ghaminer_objects(folder / "ghaminer-10-projects" / "raw" / project), tmp_path)
    with database.reading() as session:
        assert counts_of(session, Run.conclusion) == expected["conclusion"]
        assert counts_of(session, Run.event) == expected["event"]
        assert counts_of(session, Job.conclusion) == expected["job_conclusions"]
        assert session.scalar(select(func.count()).select_from(Step)) == expected["steps"]
        assert [row.provider_id for row in session.scalars(select(Workflow))] == list(
            expected["workflow_ids"]
        )
        counted = totals(session, scope=EVERYTHING, window=ALL_TIME)
        assert counted.total == expected["distinct_run_ids"]
        words = expected["conclusion"]
        failed = sum(words.get(word, 0) for word in FAILURE_CONCLUSIONS)
        assert counted.success_rate == words["success"] / (words["success"] + failed)
        # Theirs leaves out the two runs that could not even start.
        theirs = expected["success_rate_of_success_or_failure"]
        assert counted.success_rate == pytest.approx(theirs, rel=0.01)
        _check_durations(session, expected)


def _check_durations(session, expected):
    durations = select(Run.duration).where(Run.outcome == "success")
    successes = [value for (value,) in session.execute(durations)]
    by_jobs = expected["success_jobs_wall_s (max non-skipped job_end - min non-skipped job_start)"]
    by_updates = expected["success_updated_minus_created_s"]
    assert len(successes) == by_jobs["n"]
    median, high = seconds(successes, 0.5), seconds(successes, 0.95)
    assert by_jobs["p50_linear"] <= median <= by_updates["p50_linear"]
    assert by_jobs["p95_linear"] <= high <= by_updates["p95_linear"]
    assert median == pytest.approx(by_updates["p50_linear"], rel=0.01)

    wandered = session.scalars(select(Run).where(Run.updated_at - Run.created_at > DAY)).all()
    late = [
        run for run in wandered if run.jobs_ended_at and run.updated_at > run.jobs_ended_at + DAY
    ]
    assert len(late) == expected["updated_at_trap: runs where updated_at - last job end > 1 day"]
    assert all(run.completed_at == run.jobs_ended_at for run in late)

    timed = select(Run.duration).where(
        Run.outcome.in_(("success", "failure")), Run.duration.is_not(None)
    )
    exact = [value for (value,) in session.execute(timed)]
    ours = percentiles(session, scope=EVERYTHING, window=ALL_TIME)
    assert ours.p50 / SECOND == pytest.approx(seconds(exact, 0.5), rel=0.01)
    assert ours.p95 / SECOND == pytest.approx(seconds(exact, 0.95), rel=0.01)


def test_month_of_jobs_gives_the_rates_others_counted(database, tmp_path):
    """Every job stands as a run of its own; rates are exact, percentiles are of successes."""
    folder = real_folder("04-run-histories")
    expected = json.loads((folder / "expected-linkerd2.json").read_text())
    load(database, linkerd_objects(folder / "linkerd2" / "jobs.json"), tmp_path)
    with database.reading() as session:
        names = {row.id: row.name for row in session.scalars(select(Workflow))}
        assert set(names.values()) == set(expected["per_job"])
        durations = defaultdict(list)
        for name, value in session.execute(
            select(Run.workflow_id, Run.duration).where(Run.outcome == "success")
        ):
            durations[names[name]].append(value)
        found = per_workflow(session, scope=EVERYTHING, window=ALL_TIME)
        by_workflow = defaultdict(Counter)
        for row in found:
            name, counted = names[row.workflow_id], row.totals
            wanted = expected["per_job"][name]
            for outcome in ("success", "failure", "skipped"):
                count = getattr(counted, outcome)
                assert count == wanted.get(outcome, 0), (name, outcome)
                by_workflow[name.partition(" / ")[0]][outcome] += count
            rate = wanted["success_rate_of_success_or_failure"]
            assert counted.success_rate == (None if rate is None else pytest.approx(rate, abs=1e-6))
            if wanted["success_p50_s"] is not None:
                assert seconds(durations[name], 0.5) == pytest.approx(wanted["success_p50_s"])
                assert seconds(durations[name], 0.95) == pytest.approx(wanted["success_p95_s"])
        for name, wanted in expected["per_workflow"].items():
            assert {key: n for key, n in by_workflow[name].items() if n} == wanted
