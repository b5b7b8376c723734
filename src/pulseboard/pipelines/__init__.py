"""Reading repositories, workflows, runs, jobs and steps."""

from pulseboard.pipelines.jobs import list_jobs, list_steps
from pulseboard.pipelines.names import (
    ANY_BRANCH,
    DEFAULT_BRANCH,
    find_scope,
    has_real_runs,
    list_repositories,
    list_workflows,
    require_repository,
)
from pulseboard.pipelines.runs import (
    RunFilter,
    RunRow,
    count_runs,
    get_last_run,
    get_run,
    list_attempts,
    list_last_runs,
    list_runs,
    require_run,
)

__all__ = [
    "ANY_BRANCH",
    "DEFAULT_BRANCH",
    "RunFilter",
    "RunRow",
    "count_runs",
    "find_scope",
    "get_last_run",
    "get_run",
    "has_real_runs",
    "list_attempts",
    "list_jobs",
    "list_last_runs",
    "list_repositories",
    "list_runs",
    "list_steps",
    "list_workflows",
    "require_repository",
    "require_run",
]
