"""What the tables say, without what depends on the order of arrival (our ids, revisions)."""

from sqlalchemy import delete, text

from pulseboard.model import Base
from tests.metrics.counted import counted_rows

_RUNS = """SELECT r.full_name, x.provider_run_id, x.attempt, w.name, w.provider_id,
    x.workflow_known, x.run_number, x.latest, x.on_default, x.event, x.status, x.conclusion,
    x.clock, x.head_branch, x.head_sha, x.pr_number, x.title, x.actor, x.created_at,
    x.attempt_started_at, x.updated_at, x.ended_at, x.jobs_ended_at, x.settled_at, x.completed_at,
    x.duration, x.outcome
    FROM runs x JOIN repositories r ON r.id = x.repository_id
    JOIN workflows w ON w.id = x.workflow_id ORDER BY 1, 2, 3"""
_JOBS = """SELECT r.full_name, x.provider_run_id, j.attempt, j.provider_job_id, j.name, j.status,
    j.conclusion, j.clock, j.created_at, j.started_at, j.completed_at, j.runner_name, j.labels
    FROM jobs j JOIN repositories r ON r.id = j.repository_id
    JOIN runs x ON x.id = j.run_id AND x.attempt = j.attempt ORDER BY 1, 2, 3, 4"""
_STEPS = """SELECT j.provider_job_id, s.number, s.name, s.status, s.conclusion, s.clock,
    s.started_at, s.completed_at FROM steps s JOIN jobs j ON j.id = s.job_id ORDER BY 1, 2"""
_REPOSITORIES = "SELECT full_name, provider_id, default_branch FROM repositories ORDER BY 1"


def stored_rows(session):
    """Return everything that has to be the same whatever the order of arrival."""
    return {
        name: [tuple(row) for row in session.execute(text(sql))]
        for name, sql in (
            ("runs", _RUNS),
            ("jobs", _JOBS),
            ("steps", _STEPS),
            ("repositories", _REPOSITORIES),
        )
    }


def stored_counts(session):
    """Return the rollups as they are."""
    return counted_rows(session)


def empty(session):
    """Delete every row of every table."""
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
