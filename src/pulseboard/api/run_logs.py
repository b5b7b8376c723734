"""The logs of a whole run at once, as the older systems have them."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from pulseboard.api.deps import Attempt, Reading, RepoAsked, RunName
from pulseboard.api.problems import REFUSALS
from pulseboard.api.v1.logs import TEXT, keeper_of
from pulseboard.db.session import let_go
from pulseboard.errors import Gone, NotFound
from pulseboard.logs import lines
from pulseboard.logs.reading import read_text
from pulseboard.pipelines import RunRow, require_run
from pulseboard.pipelines.logs import JobLog, list_logs_of_run, why_not
from pulseboard.vocabulary import LogState, Source, fold_status

router = APIRouter(prefix="/api", tags=["logs"])

# More text than that at once is cut; each job's own path has all of it.
MAX_TEXT: Final = 32 * 1024 * 1024
_JSON: Final = "application/json"
_WEIGHT: Final = re.compile(r"\bq=([01](?:\.\d+)?)", re.ASCII)


class OneLog(BaseModel):
    """The log of one job of the run."""

    job_id: int
    name: str
    status: str
    size_bytes: int
    lines: int
    text: str


class RunLogs(BaseModel):
    """The stored logs of a run's jobs."""

    run_id: str = Field(description="The provider's id of the run.")
    logs: list[OneLog]
    truncated: bool = Field(description="Together they are longer than 32 MB; the rest was cut.")


_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": RunLogs, "content": {"text/plain": {}}},
    **REFUSALS,
}


@router.get("/logs/{run_id}", responses=_ANSWERS)
def show_logs(
    request: Request,
    run_id: RunName,
    session: Reading,
    repo: RepoAsked = None,
    attempt: Attempt = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Show the logs of a run's jobs; `Accept: text/plain` gets the text alone.

    404 says why there are none: expired at the provider, not fetched, never pushed.
    """
    try:
        run = require_run(session, name=run_id, repository=repo, attempt=attempt)
    except Gone as gone:
        raise NotFound(gone.detail) from None
    found = list_logs_of_run(session, run=run)
    stored = [one for one in found if one.log and one.log.state == LogState.STORED]
    if not stored:
        raise NotFound(f"There are no logs of run {run.id}: {_reason(run, found)}")
    let_go(session)
    logs, truncated = _read(request, stored)
    vary = {"Vary": "Accept"}
    if _wants_text(accept):
        return Response(_as_text(logs), media_type=TEXT, headers=vary)
    body = RunLogs(run_id=run.provider_run_id, logs=logs, truncated=truncated)
    return Response(body.model_dump_json(), media_type=_JSON, headers=vary)


def _wants_text(accept: str) -> bool:
    """Say whether a client names plain text, and would not rather have JSON."""
    best, wanted = 0.0, _JSON
    for part in accept.lower().split(","):
        kind, _, rest = part.partition(";")
        found = _WEIGHT.search(rest)
        weight = float(found[1]) if found else 1.0
        # Of two that it wants as much, the one that it names first.
        if kind.strip() in (_JSON, "text/plain") and weight > best:
            best, wanted = weight, kind.strip()
    return wanted != _JSON


def _read(request: Request, stored: list[JobLog]) -> tuple[list[OneLog], bool]:
    store = keeper_of(request).store
    left = MAX_TEXT
    logs: list[OneLog] = []
    for job, log in stored:
        if log is None:
            continue
        data = read_text(store, log) if left > 0 else b""
        logs.append(
            OneLog(
                job_id=job.id,
                name=job.name,
                status=fold_status(job.status, job.conclusion),
                size_bytes=log.size_bytes,
                lines=log.lines,
                text=lines.to_text(data[:left]),
            )
        )
        left -= log.size_bytes
    return logs, left < 0


def _as_text(logs: list[OneLog]) -> str:
    if len(logs) == 1:
        return logs[0].text
    return "".join(f"===== {log.name} =====\n{log.text.rstrip()}\n" for log in logs)


def _reason(run: RunRow, found: list[JobLog]) -> str:
    if not found and run.source == Source.PUSH:
        return (
            "none was pushed: send the run again to POST /api/events with the same id and its log"
        )
    if not found:
        return "none of its jobs is known"
    words = {why_not(job, log, provider=run.provider, demo=run.demo) for job, log in found}
    return "; ".join(sorted(words))
