"""Runs (one row an attempt), jobs and steps, as the merge rule leaves them.

`clock` packs (rank, time, tie, hash) of the observation that decided status and conclusion into
bytes whose order is the clock's order (see collect/merge.py). What can be derived from the merged
facts is a generated column, so that it can never disagree with them.

These tables and the deliveries have no foreign keys: only the writer inserts, and what deletes
takes along what belongs to it. A database would look every parent up again, row by row, and search
whole tables for children when a repository goes (docs/decisions/0006).
"""

from typing import Final

from sqlalchemy import Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import BYTES, DURATION, INSTANT, KEY, TEXT, Base

# The same function as vocabulary.outcome_of; a test holds the two together.
OUTCOME_SQL: Final = """CASE
    WHEN status = 'deleted' THEN 'deleted'
    WHEN status <> 'completed' OR conclusion = 'action_required' THEN 'open'
    WHEN conclusion IN ('failure', 'timed_out', 'startup_failure') THEN 'failure'
    WHEN conclusion IN ('success', 'cancelled', 'skipped') THEN conclusion
    ELSE 'other' END"""

# The end of an attempt: the source's own, else the last end of its jobs, else the smallest
# updated_at at which it was seen completed. updated_at itself wanders off by 400 days.
_RUN_END: Final = "coalesce(ended_at, jobs_ended_at, settled_at)"
_RUN_START: Final = "coalesce(attempt_started_at, created_at)"
_RUN_IS_OVER: Final = "status = 'completed' AND coalesce(conclusion, '') <> 'action_required'"
RUN_COMPLETED_SQL: Final = f"CASE WHEN {_RUN_IS_OVER} THEN {_RUN_END} END"
# A skipped attempt did nothing and an end before the start is no duration.
RUN_DURATION_SQL: Final = f"""CASE WHEN {_RUN_IS_OVER} AND conclusion <> 'skipped'
    AND {_RUN_END} >= {_RUN_START} THEN {_RUN_END} - {_RUN_START} END"""
JOB_DURATION_SQL: Final = """CASE WHEN status = 'completed' AND conclusion <> 'skipped'
    AND completed_at >= started_at THEN completed_at - started_at END"""
# Negative for re-run jobs, whose creation GitHub dates after their start: readers floor it at 0.
JOB_QUEUE_SQL: Final = "CASE WHEN conclusion = 'skipped' THEN NULL ELSE started_at - created_at END"


# The newest attempt of each run, as a condition. SQLite takes a partial index only for the very
# words the index was made with, and SQLAlchemy would write `latest = 1`.
IS_LATEST: Final = text("runs.latest")


class Run(Base):
    """One attempt of a run. `id` is ours and the same for all attempts of (repository, run)."""

    __tablename__ = "runs"
    __table_args__ = (
        # The provider's id comes first: it also finds the run such an id means, whatever the
        # repository, and since ids grow, new rows touch few pages of the index.
        UniqueConstraint("provider_run_id", "repository_id", "attempt"),
        # Latest runs of everything: the newest first. Also of one repository, workflow, branch.
        Index("ix_runs_recent", "demo", text("started_at DESC"), text("id DESC"),
              sqlite_where=text("latest"), postgresql_where=text("latest")),
        Index("ix_runs_repository_recent", "repository_id", text("started_at DESC"),
              text("id DESC"), sqlite_where=text("latest"), postgresql_where=text("latest")),
        Index("ix_runs_workflow_recent", "workflow_id", text("started_at DESC"), text("id DESC"),
              sqlite_where=text("latest"), postgresql_where=text("latest")),
        # Edges of windows that do not fall on a bucket: fleet, one workflow, a named branch (which
        # no rollup knows: a short window of it is read by time, a long one by its own index).
        # They end in `latest` because SQLite would open the row to look at it.
        Index("ix_runs_window", "created_at", "demo", "on_default", "outcome", "duration",
              "workflow_id", "head_branch", "latest", sqlite_where=text("latest"),
              postgresql_where=text("latest")),
        Index("ix_runs_workflow_window", "workflow_id", "created_at", "demo", "on_default",
              "outcome", "duration", "latest", sqlite_where=text("latest"),
              postgresql_where=text("latest")),
        Index("ix_runs_branch", "head_branch", "workflow_id", "created_at", "demo", "on_default",
              "outcome", "duration", "latest", sqlite_where=text("latest"),
              postgresql_where=text("latest")),
        # The ranking of failing workflows at the edges of a window.
        Index("ix_runs_failures", "created_at", "demo", "on_default", "workflow_id", "outcome",
              "latest", sqlite_where=text("latest AND outcome = 'failure'"),
              postgresql_where=text("latest AND outcome = 'failure'")),
        # Failed in the last 24 hours counts by completion, not by creation.
        Index("ix_runs_failed", "completed_at", "demo", "on_default", "workflow_id", "outcome",
              "latest", sqlite_where=text("latest AND outcome = 'failure'"),
              postgresql_where=text("latest AND outcome = 'failure'")),
        Index("ix_runs_head_sha", "head_sha"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    repository_id: Mapped[int] = mapped_column(KEY)
    workflow_id: Mapped[int] = mapped_column(KEY)
    # 1 when the run itself named its workflow, 0 while only one of its jobs did, by name.
    workflow_known: Mapped[int] = mapped_column(default=0)
    provider_run_id: Mapped[str] = mapped_column(TEXT)
    run_number: Mapped[int | None] = mapped_column(INSTANT)
    # False as soon as a newer attempt is known.
    latest: Mapped[bool] = mapped_column()
    demo: Mapped[bool] = mapped_column()
    # The head branch is the repository's default branch, and not that of a fork.
    on_default: Mapped[bool] = mapped_column()
    source: Mapped[str] = mapped_column(TEXT)
    event: Mapped[str | None] = mapped_column(TEXT)
    status: Mapped[str] = mapped_column(TEXT)
    conclusion: Mapped[str | None] = mapped_column(TEXT)
    clock: Mapped[bytes] = mapped_column(BYTES)
    head_branch: Mapped[str | None] = mapped_column(TEXT)
    head_sha: Mapped[str | None] = mapped_column(TEXT)
    head_repository: Mapped[str | None] = mapped_column(TEXT)
    pr_number: Mapped[int | None] = mapped_column(INSTANT)
    title: Mapped[str | None] = mapped_column(TEXT)
    commit_message: Mapped[str | None] = mapped_column(TEXT)
    commit_author: Mapped[str | None] = mapped_column(TEXT)
    committed_at: Mapped[int | None] = mapped_column(INSTANT)
    actor: Mapped[str | None] = mapped_column(TEXT)
    html_url: Mapped[str | None] = mapped_column(TEXT)
    meta: Mapped[str | None] = mapped_column(TEXT)
    # created_at is that of the run; attempt_started_at moves with the attempt.
    created_at: Mapped[int] = mapped_column(INSTANT)
    attempt_started_at: Mapped[int | None] = mapped_column(INSTANT)
    updated_at: Mapped[int] = mapped_column(INSTANT)
    ended_at: Mapped[int | None] = mapped_column(INSTANT)
    jobs_ended_at: Mapped[int | None] = mapped_column(INSTANT)
    settled_at: Mapped[int | None] = mapped_column(INSTANT)
    rev: Mapped[int] = mapped_column(INSTANT)
    started_at: Mapped[int] = mapped_column(INSTANT, Computed(_RUN_START, persisted=True))
    completed_at: Mapped[int | None] = mapped_column(
        INSTANT, Computed(RUN_COMPLETED_SQL, persisted=True)
    )
    duration: Mapped[int | None] = mapped_column(
        DURATION, Computed(RUN_DURATION_SQL, persisted=True)
    )
    outcome: Mapped[str] = mapped_column(TEXT, Computed(OUTCOME_SQL, persisted=True))


class Job(Base):
    """A job of one attempt."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("provider_job_id", "repository_id"),
        Index(None, "run_id", "attempt"),
    )

    id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    repository_id: Mapped[int] = mapped_column(KEY)
    run_id: Mapped[int] = mapped_column(KEY)
    attempt: Mapped[int] = mapped_column()
    provider_job_id: Mapped[str] = mapped_column(TEXT)
    name: Mapped[str] = mapped_column(TEXT)
    status: Mapped[str] = mapped_column(TEXT)
    conclusion: Mapped[str | None] = mapped_column(TEXT)
    clock: Mapped[bytes] = mapped_column(BYTES)
    created_at: Mapped[int | None] = mapped_column(INSTANT)
    started_at: Mapped[int | None] = mapped_column(INSTANT)
    completed_at: Mapped[int | None] = mapped_column(INSTANT)
    runner_name: Mapped[str | None] = mapped_column(TEXT)
    runner_group: Mapped[str | None] = mapped_column(TEXT)
    # JSON array of strings, sorted.
    labels: Mapped[str | None] = mapped_column(TEXT)
    html_url: Mapped[str | None] = mapped_column(TEXT)
    rev: Mapped[int] = mapped_column(INSTANT)
    duration: Mapped[int | None] = mapped_column(
        DURATION, Computed(JOB_DURATION_SQL, persisted=True)
    )
    queue: Mapped[int | None] = mapped_column(DURATION, Computed(JOB_QUEUE_SQL, persisted=True))
    outcome: Mapped[str] = mapped_column(TEXT, Computed(OUTCOME_SQL, persisted=True))


class Step(Base):
    """A step of a job; numbers can have gaps."""

    __tablename__ = "steps"

    job_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(TEXT)
    status: Mapped[str] = mapped_column(TEXT)
    conclusion: Mapped[str | None] = mapped_column(TEXT)
    clock: Mapped[bytes] = mapped_column(BYTES)
    started_at: Mapped[int | None] = mapped_column(INSTANT)
    completed_at: Mapped[int | None] = mapped_column(INSTANT)
