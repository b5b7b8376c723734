"""What a log has more than a text of it that somebody has read."""

from typing import Annotated, Self

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from pulseboard.api.deps import Reading, RepoAsked, settings_of
from pulseboard.api.problems import REFUSALS
from pulseboard.api.v1.logs import JobName, keeper_of, require_stored
from pulseboard.db.session import let_go
from pulseboard.live.messages import LogAppended
from pulseboard.logs import growth
from pulseboard.logs.reading import read_text
from pulseboard.pipelines.logs import require_job

router = APIRouter(tags=["logs"])


class LogGrowth(BaseModel):
    """The data of `log.appended`, as it would have led from the one text to the other."""

    job_id: int
    from_line: int = Field(description="The first line that is new or goes on.")
    text: str | None = Field(
        description="The log from there on; null when that is more than 8 kB: read `log?first=`."
    )
    lines: int = Field(description="Of the whole log, as it is now.")
    bytes: int
    etag: str
    before: str | None = Field(
        description="The etag that was given; null when the log does not go on that text."
    )

    @classmethod
    def of(cls, grown: LogAppended) -> Self:
        """Give a message the shape of an answer."""
        return cls(
            job_id=grown.job_id,
            from_line=grown.from_line,
            text=grown.text,
            lines=grown.lines,
            bytes=grown.bytes,
            etag=grown.etag,
            before=grown.before,
        )


@router.get("/jobs/{job_id}/log/appended", responses=REFUSALS)
def show_growth(
    request: Request,
    job_id: JobName,
    session: Reading,
    repo: RepoAsked = None,
    *,
    etag: Annotated[str, Query(max_length=64, description="Of the text that was read.")],
    size: Annotated[
        int, Query(ge=0, alias="bytes", description="How many bytes that text has, as in its meta.")
    ],
) -> LogGrowth:
    """Show what was appended to a log since somebody read it, as the live socket tells it.

    For whoever missed messages: when `before` is the etag that was given, the lines that were read
    stay, and `text` takes the place of what comes from `from_line` on. When it is null, the log is
    another text now.
    """
    job = require_job(session, name=job_id, repository=repo)
    log = require_stored(session, settings_of(request), job)
    let_go(session)
    data = read_text(keeper_of(request).store, log)
    known = growth.Before.of(data[:size], etag=etag)
    return LogGrowth.of(growth.grown_since(data, known, job_id=job.id, total=log.lines))
