"""Reading repositories, workflows, runs, jobs and steps."""

from pulseboard.pipelines.filters import STATUS_WORDS, RunFilter
from pulseboard.pipelines.jobs import JobCounts, count_jobs, list_jobs, list_steps
from pulseboard.pipelines.lists import (
    EVERYTHING,
    Count,
    Order,
    Page,
    Place,
    count_runs,
    get_last_run,
    list_last_runs,
    list_runs,
    page_runs,
)
from pulseboard.pipelines.names import (
    ANY_BRANCH,
    DEFAULT_BRANCH,
    find_scope,
    has_real_runs,
    list_repositories,
    list_workflows,
    require_repository,
)
from pulseboard.pipelines.rows import RunRow
from pulseboard.pipelines.runs import (
    LastGreen,
    get_last_green,
    get_run,
    list_attempts,
    list_durations_before,
    require_run,
)

__all__ = [
    "ANY_BRANCH",
    "DEFAULT_BRANCH",
    "EVERYTHING",
    "STATUS_WORDS",
    "Count",
    "JobCounts",
    "LastGreen",
    "Order",
    "Page",
    "Place",
    "RunFilter",
    "RunRow",
    "count_jobs",
    "count_runs",
    "find_scope",
    "get_last_green",
    "get_last_run",
    "get_run",
    "has_real_runs",
    "list_attempts",
    "list_durations_before",
    "list_jobs",
    "list_last_runs",
    "list_repositories",
    "list_runs",
    "list_steps",
    "list_workflows",
    "page_runs",
    "require_repository",
    "require_run",
]
