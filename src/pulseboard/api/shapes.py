"""The shapes of the older paths' answers, and how rows become them."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pulseboard import __version__, clock
from pulseboard.config import Settings
from pulseboard.metrics.query import Percentiles
from pulseboard.metrics.scope import Totals
from pulseboard.pipelines import RunRow
from pulseboard.spelling import Environment


def seconds(duration: float | None) -> float | None:
    """Turn microseconds into seconds, to the millisecond."""
    return None if duration is None else round(duration / clock.SECOND, 3)


def when(instant: int | None) -> str | None:
    """Turn an instant into ISO 8601."""
    return None if instant is None else clock.to_iso(instant)


PartialNames = Annotated[
    list[str],
    Field(
        description="Repositories of which not all is known yet: GitHub cannot be asked for them"
        " just now, or their first poll or a backfill is under way. GET /repos says which."
    ),
]


class Run(BaseModel):
    """The latest attempt of a run (or the one asked for), in both spellings of older clients."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 17,
                "run_id": "6454805877",
                "run_number": 14,
                "attempt": 2,
                "event": "push",
                "repo": "acme/api",
                "workflow": "CI",
                "pipeline": "CI",
                "status": "failure",
                "conclusion": "timed_out",
                "branch": "main",
                "head_branch": "main",
                "commit": "4d6ee57193c29fc3b23723c386f462287b60bf87",
                "head_sha": "4d6ee57193c29fc3b23723c386f462287b60bf87",
                "actor": "kim",
                "triggered_by": "kim",
                "started_at": "2026-01-31T10:00:00Z",
                "finished_at": "2026-01-31T10:07:48Z",
                "updated_at": "2026-01-31T10:07:49Z",
                "duration_seconds": 468.0,
                "duration_sec": 468.0,
                "html_url": "https://github.com/acme/api/actions/runs/6454805877",
                "source": "github",
                "demo": False,
            }
        }
    )

    id: int = Field(description="Ours; the same for all attempts of a run.")
    run_id: str = Field(description="The provider's.")
    run_number: int | None
    attempt: int
    event: str | None = Field(description="What triggered it: push, schedule, …")
    repo: str
    workflow: str
    pipeline: str = Field(description="The same as workflow.")
    status: str = Field(
        description="success, failure, cancelled, skipped, neutral, action_required, running,"
        " queued, stale or unknown."
    )
    conclusion: str | None = Field(description="The provider's own word.")
    branch: str | None
    head_branch: str | None
    commit: str | None
    head_sha: str | None
    actor: str | None
    triggered_by: str | None = Field(description="The person, as actor.")
    started_at: str
    finished_at: str | None
    updated_at: str
    duration_seconds: float | None
    duration_sec: float | None
    html_url: str | None
    source: str = Field(description="github, push or simulator.")
    demo: bool

    @classmethod
    def of(cls, row: RunRow, *, at: int) -> "Run":
        """Make the shape of a row as it stands at an instant."""
        duration = seconds(row.duration)
        return cls(
            id=row.id,
            run_id=row.provider_run_id,
            run_number=row.run_number,
            attempt=row.attempt,
            event=row.event,
            repo=row.repository,
            workflow=row.workflow,
            pipeline=row.workflow,
            status=row.status(at=at),
            conclusion=row.conclusion,
            branch=row.head_branch,
            head_branch=row.head_branch,
            commit=row.head_sha,
            head_sha=row.head_sha,
            actor=row.actor,
            triggered_by=row.actor,
            started_at=clock.to_iso(row.started_at),
            finished_at=when(row.completed_at),
            updated_at=clock.to_iso(row.updated_at),
            duration_seconds=duration,
            duration_sec=duration,
            html_url=row.html_url,
            source=row.source,
            demo=row.demo,
        )


class PipelineRun(BaseModel):
    """The answer of POST /api/events/run."""

    id: int
    pipeline: str
    status: str
    started_at: str
    finished_at: str | None
    duration_sec: float | None
    branch: str | None
    commit: str | None
    triggered_by: str | None

    @classmethod
    def of(cls, row: RunRow, *, at: int) -> "PipelineRun":
        """Make the shape of a row."""
        run = Run.of(row, at=at)
        return cls(**run.model_dump(include=set(cls.model_fields)))


class RecentRun(BaseModel):
    """A run as GET /api/metrics lists it; here triggered_by is the event and actor the person.

    Other CI pushes what it likes as triggered_by, and has no event: it is given back as it came.
    """

    id: int
    workflow: str
    status: str
    duration_seconds: float | None
    started_at: str
    finished_at: str | None
    repo: str
    branch: str | None
    triggered_by: str | None
    actor: str | None

    @classmethod
    def of(cls, row: RunRow, *, at: int) -> "RecentRun":
        """Make the shape of a row."""
        run = Run.of(row, at=at).model_dump(include=set(cls.model_fields))
        return cls(**{**run, "triggered_by": row.event or row.actor})


class Numbers(BaseModel):
    """What the runs of a window came to."""

    total_runs: int = Field(description="Every run created in the window, whatever its status.")
    success: int
    failure: int = Field(description="failure, timed_out and startup_failure.")
    success_rate: float | None = Field(description="success / (success + failure), 0 to 1.")
    failure_rate: float | None
    avg_duration_seconds: float | None = Field(description="Of success and failure.")
    p50_duration_seconds: float | None
    p95_duration_seconds: float | None
    percentiles_exact: bool = Field(description="False: read from bins, at most 1 % off.")


class Summary(Numbers):
    """The numbers of a window and when anything last changed."""

    last_updated: str | None = Field(description="When the newest delivery came in.")


class Bucket(BaseModel):
    """One bucket of a time series."""

    timestamp: str
    success: int
    failure: int
    avg_duration: float | None = Field(description="Seconds.")


class Metrics(BaseModel):
    """The answer of GET /api/metrics."""

    summary: Summary
    time_series: list[Bucket]
    recent_runs: list[RecentRun]


class LastMinutes(BaseModel):
    """The numbers of the last minutes."""

    window_minutes: int
    total: int = Field(description="Every run created in the window, whatever its status.")
    success: int
    failure: int
    success_rate: float | None = Field(description="success / (success + failure), 0 to 1.")
    avg_duration_sec: float | None
    last_status: str | None = Field(description="Of the run that finished last.")
    last_finished_at: str | None


class PipelineSummary(LastMinutes):
    """The last minutes of one (repository, workflow)."""

    pipeline: str
    repo: str


class MetricsSummary(LastMinutes):
    """The answer of GET /api/metrics/summary."""

    per_pipeline: list[PipelineSummary]


class Filters(BaseModel):
    """The values of every filter, sorted."""

    repos: list[str]
    workflows: list[str]
    branches: list[str]
    statuses: list[str]
    actors: list[str]


class Polling(BaseModel):
    """Whether repositories named by the environment are polled, and why not."""

    enabled: bool
    reason: str | None

    @classmethod
    def of(cls, settings: Settings) -> "Polling":
        """Judge the settings."""
        reason = settings.polling_reason
        return cls(enabled=reason is None, reason=reason)


class Config(BaseModel):
    """What a screen needs to know of the configuration."""

    title: str
    environment: str = Field(description="dev, staging or prod.")
    version: str
    refresh_seconds: int
    repos: list[str]
    workflows: list[str]
    polling: Polling
    timezone: str = Field(description="The zone of days and weeks when a reader names none.")
    features: list[str]

    @classmethod
    def of(cls, settings: Settings) -> "Config":
        """Take from the settings what anybody may see."""
        return cls(
            title=settings.title,
            environment=settings.environment,
            version=__version__,
            refresh_seconds=settings.refresh_seconds,
            repos=list(settings.repos),
            workflows=list(settings.workflows),
            polling=Polling.of(settings),
            timezone=settings.timezone,
            features=features_of(settings),
        )


def features_of(settings: Settings) -> list[str]:
    """Name what this server can do."""
    found = ["webhook", "poll", "push", "import", "live"]
    return found if settings.environment is Environment.PROD else [*found, "simulate"]


class Simulated(BaseModel):
    """The answer of POST /api/simulate."""

    created: int
    runs: list[Run]


def counts_of(totals: Totals) -> dict[str, Any]:
    """Return the numbers of LastMinutes."""
    return {
        "total": totals.total,
        "success": totals.success,
        "failure": totals.failure,
        "success_rate": rate(totals.success_rate),
        "avg_duration_sec": seconds(totals.average),
    }


def summary_fields(totals: Totals, spread: Percentiles) -> dict[str, Any]:
    """Return the fields of Numbers."""
    return {
        "total_runs": totals.total,
        "success": totals.success,
        "failure": totals.failure,
        "success_rate": rate(totals.success_rate),
        "failure_rate": rate(totals.failure_rate),
        "avg_duration_seconds": seconds(totals.average),
        "p50_duration_seconds": seconds(spread.p50),
        "p95_duration_seconds": seconds(spread.p95),
        "percentiles_exact": spread.exact,
    }


def rate(value: float | None) -> float | None:
    """Round a share to six places."""
    return None if value is None else round(value, 6)


def runs_of(rows: Sequence[RunRow], *, at: int) -> list[Run]:
    """Make the shapes of rows."""
    return [Run.of(row, at=at) for row in rows]
