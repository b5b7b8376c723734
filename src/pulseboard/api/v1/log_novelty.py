"""What a log says that the last green one of the same job did not."""

from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from pulseboard.api.deps import Reading, RepoAsked, settings_of
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.api.v1.logs import JobName, keeper_of, require_stored
from pulseboard.db.session import let_go
from pulseboard.errors import NotFound, TooLarge
from pulseboard.logs.novelty import new_lines
from pulseboard.logs.reading import read_text
from pulseboard.pipelines.logs import get_green_log, require_job

router = APIRouter(tags=["logs"])

# Comparing takes about a second for so much text.
MAX_BYTES: Final = 16_000_000


class Novelty(BaseModel):
    """Which lines of a log are new."""

    job_id: int
    baseline_run_id: int = Field(description="The run whose log it was compared with.")
    baseline_job_id: int
    ranges: list[tuple[int, int]] = Field(description="First and last lines of what is new.")


@router.get(
    "/jobs/{job_id}/log/novelty",
    responses={413: refusal("One of the two logs has more than 16 MB."), **REFUSALS},
)
def show_novelty(
    request: Request, job_id: JobName, session: Reading, repo: RepoAsked = None
) -> Novelty:
    """Show which lines the last green log of the same job does not have.

    Numbers, hex, durations, instants, colours and folders do not count: they change with every
    run. 404 when there is no log, or no green one to compare it with.
    """
    job = require_job(session, name=job_id, repository=repo)
    log = require_stored(session, settings_of(request), job)
    green = get_green_log(session, job=job)
    if green is None or green.log is None:
        raise NotFound("No earlier run in which this job succeeded has a stored log")
    if max(log.size_bytes, green.log.size_bytes) > MAX_BYTES:
        raise TooLarge(f"Logs of more than {MAX_BYTES // 1_000_000} MB are not compared")
    let_go(session)
    store = keeper_of(request).store
    ranges = new_lines(read_text(store, log), baseline=read_text(store, green.log))
    return Novelty(
        job_id=job.id,
        baseline_run_id=green.job.run_id,
        baseline_job_id=green.job.id,
        ranges=ranges,
    )
