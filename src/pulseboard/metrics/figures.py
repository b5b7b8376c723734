"""Figures of everything that is known, for /metrics."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard.metrics.counts import OUTCOME_COLUMNS
from pulseboard.metrics.stats import bin_bounds
from pulseboard.metrics.tally import Sums
from pulseboard.metrics.tiers import Tier

# More time series than this would hurt the Prometheus that reads them.
_MOST_WORKFLOWS: Final = 2000
# So many runs say how long jobs wait, and are read at every scrape.
_NEWEST_RUNS: Final = 1000
# Two workflows of one repository may share a name; one time series cannot stand twice. Of equally
# busy ones the name decides, so that no series comes and goes between two scrapes.
_BUSIEST: Final = (
    " FROM rollup_workflows c"
    " JOIN workflows w ON w.id = c.workflow_id"
    " JOIN repositories r ON r.id = w.repository_id"
    " WHERE c.tier = :tier AND c.lane IN (:low, :high)"
    " GROUP BY r.full_name, w.name ORDER BY sum(c.total) DESC, r.full_name, w.name LIMIT :most"
)
# A re-run starts later than the runs behind it: the number says which of the newest few is the
# newest, and the index by creation where to look.
_OF_DEFAULT: Final = "FROM runs x WHERE x.workflow_id = w.id AND latest AND x.on_default"
_NEWEST_RUNS_OF: Final = f"{_OF_DEFAULT} ORDER BY x.created_at DESC LIMIT 3"
_LATEST_WORDS: Final = (
    "SELECT * FROM (SELECT x.id, x.run_number, x.started_at, x.outcome"
    f" {_OF_DEFAULT} AND x.outcome IN ('success', 'failure')"
    " ORDER BY x.created_at DESC, x.id DESC LIMIT 3) AS finished"
)
_EARLIER_WORDS: Final = (
    "SELECT p.id, p.run_number, p.started_at, p.outcome"
    f" FROM (SELECT x.id, x.outcome {_OF_DEFAULT} ORDER BY x.created_at DESC, x.id DESC LIMIT 3) n"
    " JOIN runs p ON p.id = n.id AND p.attempt = (SELECT max(e.attempt) FROM runs e"
    " WHERE e.id = n.id AND NOT e.latest AND e.outcome IN ('success', 'failure'))"
    " WHERE n.outcome = 'open'"
)


def _last_word(told: str) -> str:
    """Return a query of what the newest of some attempts came to."""
    return (
        f"SELECT t.outcome FROM ({told}) AS t"
        " ORDER BY t.run_number DESC NULLS LAST, t.started_at DESC, t.id DESC LIMIT 1"
    )


class WorkflowFigure(NamedTuple):
    """How many runs of one workflow came to one outcome, on the default or other branches."""

    repository: str
    workflow: str
    branch: str
    outcome: str
    runs: int


class LastState(NamedTuple):
    """How the newest finished run of a workflow on its default branch ended."""

    repository: str
    workflow: str
    succeeded: bool


class Durations(NamedTuple):
    """(lowest duration of a bin in microseconds, how many) and the sum in microseconds."""

    bins: Sequence[tuple[int, int]]
    sum: int


def runs_by_workflow(session: Session, *, demo: bool) -> list[WorkflowFigure]:
    """Return the counts of the workflows with the most runs."""
    sums = ", ".join(
        f"sum(CASE WHEN c.lane = :{lane} THEN c.{outcome} ELSE 0 END)"
        for lane in ("high", "low")
        for outcome in OUTCOME_COLUMNS
    )
    series = [(branch, outcome) for branch in ("default", "other") for outcome in OUTCOME_COLUMNS]
    rows = session.execute(
        text(f"SELECT r.full_name, w.name, {sums}{_BUSIEST}"), _busiest_of(demo=demo)
    )
    return [
        WorkflowFigure(row[0], row[1], branch, outcome, int(count))
        for row in rows
        for (branch, outcome), count in zip(series, row[2:], strict=True)
        if count
    ]


def _busiest_of(*, demo: bool) -> dict[str, int | bool]:
    return {
        "demo": demo,
        "tier": int(Tier.BLOCK),
        "low": demo * 2,
        "high": demo * 2 + 1,
        "most": _MOST_WORKFLOWS,
    }


def last_states(session: Session, *, demo: bool) -> list[LastState]:
    """Return the newest finished outcome on the default branch of the same workflows.

    Until a run that is being run again has finished, it is what it came to before.
    """
    rows = session.execute(
        text(
            f"WITH busiest AS (SELECT r.full_name, w.name{_BUSIEST}), told AS MATERIALIZED ("
            "SELECT r.full_name, w.name,"
            # Few workflows have a run under way, which an index alone can tell.
            f" CASE WHEN 'open' IN (SELECT x.outcome {_NEWEST_RUNS_OF})"
            f" THEN ({_last_word(f'{_LATEST_WORDS} UNION ALL {_EARLIER_WORDS}')})"
            f" ELSE ({_last_word(_LATEST_WORDS)}) END AS outcome"
            " FROM busiest b JOIN repositories r ON r.full_name = b.full_name"
            " JOIN workflows w ON w.repository_id = r.id AND w.name = b.name"
            " WHERE r.demo = :demo)"
            " SELECT full_name, name, min(CASE WHEN outcome = 'success' THEN 1 ELSE 0 END)"
            " FROM told WHERE outcome IS NOT NULL GROUP BY full_name, name ORDER BY full_name, name"
        ),
        _busiest_of(demo=demo),
    )
    return [LastState(row[0], row[1], bool(row[2])) for row in rows]


def run_durations(session: Session, *, demo: bool) -> Durations:
    """Return the durations of all runs in bins."""
    lanes = {"low": demo * 2, "high": demo * 2 + 1, "tier": int(Tier.BLOCK)}
    where = "WHERE tier = :tier AND lane IN (:low, :high)"
    sums = Sums()
    rows = session.execute(text(f"SELECT part, tally FROM rollup_fleet_bins {where}"), lanes)
    sums.take(rows.all(), sign=1)
    total = session.scalar(text(f"SELECT sum(duration_sum) FROM rollup_fleet {where}"), lanes)
    bins = [(bin_bounds(number)[0], n) for number, n in sorted(sums.counts().items())]
    return Durations(bins, int(total or 0))


def queue_times(session: Session, *, demo: bool, since: int) -> float | None:
    """Return the mean queue time of the jobs of the newest runs since an instant, in µs."""
    found = session.scalar(
        text(
            "SELECT avg(CASE WHEN j.queue < 0 THEN 0 ELSE j.queue END) FROM ("
            " SELECT id, attempt FROM runs WHERE latest AND demo = :demo AND started_at >= :since"
            " ORDER BY started_at DESC, id DESC LIMIT :most) AS newest"
            " JOIN jobs j ON j.run_id = newest.id AND j.attempt = newest.attempt"
        ),
        {"demo": demo, "since": since, "most": _NEWEST_RUNS},
    )
    return None if found is None else float(found)


def open_runs(session: Session, *, demo: bool) -> int:
    """Count the runs that are queued, running or waiting for approval."""
    found = session.scalar(
        text("SELECT sum(open) FROM rollup_fleet WHERE tier = :tier AND lane IN (:low, :high)"),
        {"tier": int(Tier.BLOCK), "low": demo * 2, "high": demo * 2 + 1},
    )
    return int(found or 0)


def open_alerts(session: Session, *, demo: bool) -> int:
    """Count the alerts that are open."""
    query = text("SELECT count(*) FROM alerts WHERE resolved_at IS NULL AND demo = :demo")
    return int(session.scalar(query, {"demo": demo}) or 0)
