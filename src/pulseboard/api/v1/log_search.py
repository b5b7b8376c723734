"""Searching all logs."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.cursor import Cursor, make_cursor, read_cursor
from pulseboard.api.deps import (
    PeriodAsked,
    Reading,
    ScopeAsked,
    StatusesAsked,
    Words,
    invalid,
    words_of,
)
from pulseboard.api.v1.logs import keeper_of
from pulseboard.logs.asked import Asked, Term, read_asked
from pulseboard.logs.matching import MAX_QUERY, LineMatcher
from pulseboard.pipelines import Place
from pulseboard.pipelines.log_filter import LogFilter, read_words
from pulseboard.pipelines.log_search import Answer, Group, Hit, search
from pulseboard.pipelines.log_units import LogPlace

router = APIRouter(tags=["logs"])

_KIND: Final = "logs"
_DEFAULT_PERIOD: Final = 90 * clock.DAY


class LogHit(BaseModel):
    """A line that matches, with one line of context on each side."""

    run_id: int
    job_id: int
    attempt: int
    line: int = Field(description="Number in the log, from 1.")
    text: str = Field(description="The line; of a long one the part around the first match.")
    before: str | None
    after: str | None
    ranges: list[tuple[int, int]] = Field(
        description="Where in text it matches: first character, and the one after the last."
    )
    at: str = Field(description="When the job was done.")


class LogHits(BaseModel):
    """The hits of one job of one workflow on this page."""

    key: str
    repo: str
    workflow: str
    job: str
    status: str = Field(description="Of the job of the newest hit.")
    branch: str | None
    count: int = Field(description="Hits of the group, on this page.")
    first: str = Field(description="When the oldest of these jobs was done.")
    last: str
    branches: dict[str, int] = Field(description="These lines by branch.")
    statuses: dict[str, int] = Field(description="These lines by the status of their job.")
    hits: list[LogHit] = Field(description="None when lines are only counted.")


class LogSearch(BaseModel):
    """One page of a search through all logs."""

    searched: int = Field(description="Logs that are done with, on this and all pages before.")
    total: int = Field(description="Logs that the filters choose.")
    complete: bool = Field(description="Every log is done with: there are no more hits.")
    count: int = Field(description="Hits on this page.")
    unreadable: int = Field(description="Logs left out because their text could not be read.")
    groups: list[LogHits]
    next_cursor: str | None


@router.get("/logs/search")
def search_logs(
    request: Request,
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    statuses: StatusesAsked,
    *,
    q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY, description="What to look for.")],
    regex: Annotated[bool, Query(description="q is a pattern of RE2.")] = False,
    case: Annotated[bool, Query(description="Capital and small letters differ.")] = False,
    job: Words = None,
    step: Words = None,
    cursor: Cursor = None,
    limit: Annotated[
        int, Query(ge=0, le=500, description="0 counts the lines and shows none.")
    ] = 50,
    seconds: Annotated[
        float, Query(gt=0, le=10, allow_inf_nan=False, description="Answer with what there is.")
    ] = 2,
) -> LogSearch:
    """Find lines in all logs, the newest first.

    `q` is what would be typed into the search box: words that stand together are an exact part of
    a line, and so is a text in `"quotes"`; `/a pattern/` is one of RE2, `-word` leaves lines out,
    and `job:`, `step:`, `repo:`, `workflow:`, `branch:` and `status:` say whose lines. A line has
    to have all of it. With `regex=1` the whole of `q` is one pattern. Unless `case=1`, capital and
    small letters match each other. `job` is part of a job's name, `step` of the name of a step, and
    `status` that of the job. An answer comes after `limit` hits or some seconds; `complete` is
    false then, and `next_cursor` goes on from there.
    """
    asked = Asked((Term(q, is_regex=True),)) if regex else read_asked(q)
    matcher = LineMatcher(asked, is_case_sensitive=case)
    window = period.window(length=_DEFAULT_PERIOD) if period.is_given else None
    wanted = LogFilter(
        scope,
        jobs=words_of(job),
        steps=words_of(step),
        statuses=statuses,
        start=window.start if window else None,
        end=window.end if window else None,
        also=read_words(session, asked, demo=scope.demo),
    )
    found = search(
        session,
        keeper_of(request).store,
        matcher=matcher,
        wanted=wanted,
        limit=limit or None,
        seconds=seconds,
        after=_read_place(cursor),
    )
    return _shape(found)


def _read_place(cursor: str | None) -> LogPlace | None:
    place = read_cursor(_KIND, cursor)
    if place is None:
        return None
    try:
        at, line = (int(part) for part in str(place.key).split(":"))
    except ValueError:
        raise invalid("cursor", "should be the next_cursor of the page before") from None
    return LogPlace(at, place.id, line)


def _shape(found: Answer) -> LogSearch:
    hits: dict[tuple[str, str, str], list[Hit]] = {}
    for hit in found.hits:
        hits.setdefault((hit.repository, hit.workflow, hit.job_name), []).append(hit)
    place = found.place
    end = None if place is None else Place(f"{place.at}:{place.line}", place.unit_id)
    return LogSearch(
        searched=found.searched,
        total=found.total,
        complete=place is None and not found.unreadable,
        count=found.lines,
        unreadable=found.unreadable,
        groups=[
            _group(group, hits.get((group.repository, group.workflow, group.job_name), []))
            for group in found.groups
        ],
        next_cursor=make_cursor(_KIND, end),
    )


def _group(group: Group, hits: list[Hit]) -> LogHits:
    return LogHits(
        key=f"{group.repository} · {group.workflow} / {group.job_name}",
        repo=group.repository,
        workflow=group.workflow,
        job=group.job_name,
        status=group.outcome,
        branch=group.branch,
        count=group.lines,
        first=clock.to_iso(group.first),
        last=clock.to_iso(group.last),
        branches=group.branches,
        statuses=group.statuses,
        hits=[
            LogHit(
                run_id=hit.run_id,
                job_id=hit.job_id,
                attempt=hit.attempt,
                line=hit.line,
                text=hit.text,
                before=hit.before,
                after=hit.after,
                ranges=hit.ranges,
                at=clock.to_iso(hit.at),
            )
            for hit in hits
        ],
    )
