"""The log of a job: its text, some of its lines, what is understood of it, and pushing one."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import (
    AppSettings,
    Reading,
    RepoAsked,
    database_of,
    read_body,
    settings_of,
)
from pulseboard.api.etag import is_same
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.api.shapes import seconds, when
from pulseboard.collect.github.log_wants import ask_for, is_out_of_reach, may_ask_for
from pulseboard.config import Settings
from pulseboard.db.session import let_go
from pulseboard.errors import NotFound
from pulseboard.logs import outline, reading
from pulseboard.logs.keeping import Keeper
from pulseboard.model import Job, Log, Repository, Step
from pulseboard.pipelines import list_steps
from pulseboard.pipelines.logs import require_job, why_not
from pulseboard.vocabulary import LogState, fold_status

router = APIRouter(tags=["logs"])

JobName = Annotated[str, Path(description="Our id, else the provider's.", max_length=200)]
MAX_WINDOW: Final = 5000
TEXT: Final = "text/plain; charset=utf-8"
_OUT_OF_REACH: Final = "it has not been fetched: that takes a token. Set GITHUB_TOKEN"
_SAFE_TEXT: Final = {"Content-Security-Policy": "sandbox; default-src 'none'"}
_TEXT_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {}}, "description": "The text of the log."},
    302: {"description": "Where the text lies in S3, for five minutes."},
    **REFUSALS,
}


class LogStep(BaseModel):
    """A step and the lines it wrote; null when nobody can tell."""

    number: int
    name: str
    status: str
    first_line: int | None
    last_line: int | None
    duration_s: float | None


class LogGroup(BaseModel):
    """A fold: the line of its title, and the last line that belongs to it."""

    first_line: int
    last_line: int
    title: str


class ErrorLine(BaseModel):
    """The line that most likely says why the job failed."""

    line: int
    text: str
    signature: str | None = Field(description="The text without what changes from run to run.")


class LogMeta(BaseModel):
    """What is known of a log; `state` stored means that there is a text."""

    job_id: int
    run_id: int
    name: str
    status: str
    state: str = Field(
        description="stored, or why not: none, waiting, expired, missing, refused, failed, removed."
    )
    reason: str | None = Field(description="The same in words.")
    fetchable: bool = Field(description="GitHub may have it, and /log/fetch asks for it.")
    lines: int
    bytes: int
    complete: bool = Field(description="The job is done, so nothing will be added.")
    steps: list[LogStep]
    groups: list[LogGroup]
    errors: list[int] = Field(description="Numbers of error lines, at most 40.")
    warnings: list[int]
    first_error: ErrorLine | None
    updates: list[tuple[int, int]] = Field(
        description="First and last of lines that a progress bar wrote over by the one behind."
    )
    redacted: dict[str, int] = Field(description="How many secrets of each kind were masked.")
    captured_at: str | None
    etag: str | None


class LogWindow(BaseModel):
    """Some lines of a log; a line longer than 16 kB is cut."""

    job_id: int
    first_line: int = Field(description="Number of the first line here, from 1.")
    lines: list[str]
    total: int = Field(description="How many lines the log has.")
    etag: str | None


class LogTaken(BaseModel):
    """What became of a log that was sent."""

    job_id: int
    size_bytes: int
    lines: int
    redacted: dict[str, int]
    first_error: ErrorLine | None


class FetchAsked(BaseModel):
    """Whether the log will be fetched."""

    job_id: int
    asked: bool
    reason: str | None = Field(
        description="Why it will not be: it is stored already, or what GitHub has none of, or"
        " cannot be asked for without a token."
    )


def keeper_of(request: Request) -> Keeper:
    """Return what takes logs in and knows where they lie."""
    keeper: Keeper = request.app.state.keeper
    return keeper


@router.get("/jobs/{job_id}/logs", responses=_TEXT_ANSWER, response_class=Response)
@router.get("/jobs/{job_id}/log", responses=_TEXT_ANSWER, response_class=Response)
def show_log(
    request: Request,
    job_id: JobName,
    session: Reading,
    repo: RepoAsked = None,
    *,
    first: Annotated[
        int | None, Query(ge=1, description="Only from this line on, to read what is new.")
    ] = None,
    download: Annotated[bool, Query(description="Answer as a file to save.")] = False,
) -> Response:
    """Show the log of a job as text.

    When logs lie in S3, a client that takes zstd is sent there with 302, for five minutes; with
    `first` it never is. 404 says why there is no text.
    """
    job = require_job(session, name=job_id, repository=repo)
    log = require_stored(session, settings_of(request), job)
    let_go(session)
    headers = {"ETag": f'"{log.digest}"', "Cache-Control": "private, no-cache", **_SAFE_TEXT}
    if download:
        headers["Content-Disposition"] = f'attachment; filename="job-{job.id}.log"'
    elif is_same(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    store = keeper_of(request).store
    takes_zstd = "zstd" in request.headers.get("accept-encoding", "")
    if takes_zstd and first is None and not download:
        link = store.link(log.storage_key or "")
        if link is not None:
            return RedirectResponse(link, status_code=302)
    if first is None:
        pieces = reading.read_pieces(store, log)
    elif takes_zstd and log.size_bytes:
        # It is kept like that: nothing has to be packed anew.
        headers |= {"Content-Encoding": "zstd", "Vary": "Accept-Encoding"}
        pieces = reading.read_packed(store, log, first=first)
    else:
        pieces = reading.read_from(store, log, first=first)
    # The first piece is read before anything is sent, so that a store that is out answers 503.
    beginning = next(pieces, b"")
    return StreamingResponse(_chain(beginning, pieces), headers=headers, media_type=TEXT)


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


@router.get("/jobs/{job_id}/log/download", responses=_TEXT_ANSWER, response_class=Response)
def download_log(
    request: Request, job_id: JobName, session: Reading, repo: RepoAsked = None
) -> Response:
    """Hand the log of a job over as a file to save."""
    return show_log(request, job_id, session, repo, download=True)


@router.get("/jobs/{job_id}/log/meta", responses=REFUSALS)
def show_log_meta(
    job_id: JobName, session: Reading, settings: AppSettings, repo: RepoAsked = None
) -> LogMeta:
    """Show what is understood of a log: steps, groups, errors; or why there is none."""
    job = require_job(session, name=job_id, repository=repo)
    log = reading.get_log(session, job_id=job.id)
    steps = list_steps(session, job_ids=[job.id])[job.id]
    is_stored = log is not None and log.state == LogState.STORED
    read = outline.read(log.outline) if log and log.outline else outline.NOTHING
    return LogMeta(
        job_id=job.id,
        run_id=job.run_id,
        name=job.name,
        status=fold_status(job.status, job.conclusion),
        state=log.state if log else "none",
        reason=None if is_stored else _reason(session, settings, job, log),
        fetchable=may_ask_for(session, settings, job=job, log=log),
        lines=log.lines if log else 0,
        bytes=log.size_bytes if log else 0,
        complete=job.status == "completed",
        steps=_shape_steps(steps, read),
        groups=[LogGroup(first_line=a, last_line=b, title=title) for a, b, title in read.groups],
        errors=read.errors,
        warnings=read.warnings,
        first_error=error_of(log),
        updates=read.updates,
        redacted=read.redacted,
        captured_at=when(log.captured_at) if log else None,
        etag=log.digest if log else None,
    )


def _shape_steps(steps: list[Step], read: outline.Outline) -> list[LogStep]:
    placed = {number: (first, last) for number, first, last in read.steps}
    return [
        LogStep(
            number=step.number,
            name=step.name,
            status=fold_status(step.status, step.conclusion),
            first_line=placed[step.number][0] if step.number in placed else None,
            last_line=placed[step.number][1] if step.number in placed else None,
            duration_s=None
            if step.started_at is None or step.completed_at is None
            else seconds(max(step.completed_at - step.started_at, 0)),
        )
        for step in steps
    ]


def error_of(log: Log | None) -> ErrorLine | None:
    """Return the guilty line of a log."""
    if log is None or log.first_error is None or log.first_error_line is None:
        return None
    return ErrorLine(line=log.first_error_line, text=log.first_error, signature=log.signature)


@router.get("/jobs/{job_id}/log/window", responses=REFUSALS)
def show_log_window(
    request: Request,
    job_id: JobName,
    session: Reading,
    repo: RepoAsked = None,
    around: Annotated[int | None, Query(ge=1, description="A line to have in the middle.")] = None,
    first: Annotated[int | None, Query(ge=1, description="Or the first line.")] = None,
    count: Annotated[int, Query(ge=1, le=MAX_WINDOW, description="Lines.")] = 400,
) -> LogWindow:
    """Show some lines of a log without reading the rest; without a line, the first ones."""
    job = require_job(session, name=job_id, repository=repo)
    log = require_stored(session, settings_of(request), job)
    start = first if first is not None else max(1, (around or 1) - count // 2)
    if first is None:
        start = max(1, min(start, log.lines - count + 1))
    let_go(session)
    found = reading.read_window(
        keeper_of(request).store, log, first=start, last=min(start + count - 1, log.lines)
    )
    return LogWindow(
        job_id=job.id,
        first_line=found.first_line,
        lines=found.lines,
        total=log.lines,
        etag=log.digest,
    )


@router.put(
    "/jobs/{job_id}/log",
    responses={
        401: refusal("The credential is missing or wrong."),
        413: refusal("The log is larger than PULSEBOARD_LOG_MAX_MB."),
        503: refusal("The store or the database does not answer: send it again."),
        **REFUSALS,
    },
    openapi_extra={"requestBody": {"required": True, "content": {"text/plain": {}}}},
)
async def put_log(request: Request, job_id: JobName, repo: RepoAsked = None) -> LogTaken:
    """Store the log of a job, in the place of the one before.

    The body is the text itself. Secrets are masked before it is kept; `redacted` counts them.
    Credentials are those of `POST /api/events`. The same text again changes nothing.
    """
    keeper = keeper_of(request)
    advice = ": raise PULSEBOARD_LOG_MAX_MB"
    body = await read_body(request, limit=keeper.limit, advice=advice)
    request.app.state.access.check_push(headers=request.headers, body=body)
    return await asyncio.to_thread(_keep, request, body, job_id, repo)


def _keep(request: Request, body: bytes, job_id: str, repo: str | None) -> LogTaken:
    with database_of(request).reading() as session:
        own_id = require_job(session, name=job_id, repository=repo).id
    kept = keeper_of(request).keep(body, job_id=own_id)
    with database_of(request).reading() as session:
        first = error_of(reading.get_log(session, job_id=own_id))
    return LogTaken(
        job_id=kept.job_id,
        size_bytes=kept.size_bytes,
        lines=kept.lines,
        redacted=dict(kept.redacted),
        first_error=first,
    )


@router.post("/jobs/{job_id}/log/fetch", status_code=202, responses=REFUSALS)
def fetch_log(request: Request, job_id: JobName, repo: RepoAsked = None) -> FetchAsked:
    """Have the log of a job fetched from GitHub as soon as its limits allow."""
    settings = settings_of(request)
    with database_of(request).writing() as session:
        job = require_job(session, name=job_id, repository=repo)
        asked = ask_for(session, settings, job=job, at=clock.now())
        log = reading.get_log(session, job_id=job.id)
        is_stored = log is not None and log.state == LogState.STORED
        why = "it is stored already" if is_stored else _reason(session, settings, job, log)
        return FetchAsked(job_id=job.id, asked=asked, reason=None if asked else why)


def require_stored(session: Session, settings: Settings, job: Job) -> Log:
    """Return the log of a job that has a text; NotFound says why it has none."""
    log = reading.get_log(session, job_id=job.id)
    if log is None or log.state != LogState.STORED:
        raise NotFound(f"There is no log of job {job.id}: {_reason(session, settings, job, log)}")
    return log


def _reason(session: Session, settings: Settings, job: Job, log: Log | None) -> str:
    if is_out_of_reach(session, settings, job=job, log=log):
        return _OUT_OF_REACH
    repository = session.get_one(Repository, job.repository_id)
    return why_not(job, log, provider=repository.provider, demo=repository.demo)
