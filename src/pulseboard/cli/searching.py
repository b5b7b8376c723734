"""`pulseboard search`: find a text in all kept logs."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, NamedTuple

import typer
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.cli.console import complain, err, out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import require_stored
from pulseboard.errors import PulseboardError
from pulseboard.logs.asked import Asked, Term, read_asked
from pulseboard.logs.matching import LineMatcher
from pulseboard.logs.store import Store, open_store
from pulseboard.pipelines import STATUS_WORDS, find_scope, has_real_runs
from pulseboard.pipelines.log_filter import LogFilter, read_words
from pulseboard.pipelines.log_search import Answer, Hit, search

# How often a long search says how far it is.
_SECONDS: Final = 1.0
_PAGE: Final = 50


def _read_statuses(words: list[str] | None) -> list[str]:
    for word in words or ():
        if word.lower() not in STATUS_WORDS:
            raise typer.BadParameter(f"{word!r} is none of {', '.join(STATUS_WORDS)}")
    return [word.lower() for word in words or ()]


def search_logs(
    text: Annotated[
        str,
        typer.Argument(
            help='What to look for: words, "an exact text", /a pattern/, -without, job:name,'
            " step:, repo:, workflow:, branch:, status:."
        ),
    ],
    regex: Annotated[bool, typer.Option("--regex", help="The text is a pattern of RE2.")] = False,
    case: Annotated[bool, typer.Option("--case", help="Capital and small letters differ.")] = False,
    repo: Annotated[list[str] | None, typer.Option(help="owner/name; may be repeated.")] = None,
    workflow: Annotated[list[str] | None, typer.Option(help="Name or file of a workflow.")] = None,
    job: Annotated[list[str] | None, typer.Option(help="Part of a job's name.")] = None,
    step: Annotated[list[str] | None, typer.Option(help="Part of a step's name.")] = None,
    branch: Annotated[list[str] | None, typer.Option(help="Name of a branch.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="Of the job, such as failure.", callback=_read_statuses),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Only jobs of the last days.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many lines.")] = 50,
    count: Annotated[
        bool, typer.Option("--count", help="Only count the lines of each job, in all logs.")
    ] = False,
    data: DataFolder = None,
) -> None:
    """Print the lines of all kept logs that have a text, the newest logs first.

    Ctrl+C stops and says how far it came. The exit code is 1 when there is no such line, and 2
    when logs could not be searched.
    """
    settings = read_settings(data=data)
    asked = Asked((Term(text, is_regex=True),)) if regex else read_asked(text)
    matcher = LineMatcher(asked, is_case_sensitive=case)
    store = open_store(settings)
    with _searching(), require_stored(settings) as database, database.reading() as session:
        is_demo = not has_real_runs(session)
        wanted = LogFilter(
            find_scope(
                session,
                demo=is_demo,
                repositories=tuple(repo or ()),
                workflows=tuple(workflow or ()),
                branches=tuple(branch or ()),
            ),
            jobs=tuple(job or ()),
            steps=tuple(step or ()),
            statuses=tuple(status or ()),
            start=None if days is None else clock.now() - days * clock.DAY,
            also=read_words(session, asked, demo=is_demo),
        )
        pages = _pages(session, store, matcher, wanted, limit=None if count else limit)
        told = _print_counts(pages) if count else _print_hits(pages)
    if not told.found:
        raise typer.Exit(2 if told.unreadable else 1)


@contextmanager
def _searching() -> Iterator[None]:
    """End with 2 when something is out: 1 would tell a script that no log has the text."""
    try:
        yield
    except PulseboardError as error:
        complain(error.detail)
        raise typer.Exit(2) from None


def _pages(
    session: Session,
    store: Store,
    matcher: LineMatcher,
    wanted: LogFilter,
    *,
    limit: int | None,
) -> Iterator[Answer]:
    """Yield what a second found, and the next second, until the end or the limit; None counts."""
    left = limit
    page: Answer | None = None
    while page is None or (page.place is not None and left != 0):
        page = search(
            session,
            store,
            matcher=matcher,
            wanted=wanted,
            limit=None if left is None else min(_PAGE, left),
            seconds=_SECONDS,
            after=page and page.place,
        )
        if left is not None:
            left -= len(page.hits)
        yield page


def _until_stopped(pages: Iterator[Answer]) -> Iterator[Answer]:
    """Yield pages until the end or Ctrl+C: what was found by then still counts."""
    try:
        yield from pages
    except KeyboardInterrupt:
        err.print("Stopped.")


class _Told(NamedTuple):
    """How many lines were found, and how many logs could not be read."""

    found: int
    unreadable: int


def _print_hits(pages: Iterator[Answer]) -> _Told:
    told, last = _Told(0, 0), None
    for last in _until_stopped(pages):
        for hit in last.hits:
            out.print(_line(hit))
        told = _Told(told.found + len(last.hits), told.unreadable + last.unreadable)
    more = "; there are more: raise --limit" if last is not None and last.place else ""
    err.print(_how_far(told, last) + more)
    return told


def _print_counts(pages: Iterator[Answer]) -> _Told:
    counts: Counter[str] = Counter()
    told, last = _Told(0, 0), None
    with err.status("Searching…") as status:
        for last in _until_stopped(pages):
            for group in last.groups:
                job = f"{group.repository} {group.workflow} / {group.job_name}"
                counts[job] += group.lines
            told = _Told(counts.total(), told.unreadable + last.unreadable)
            status.update(_how_far(told, last))
    for job, number in counts.most_common():
        out.print(f"{number:>9,}  {job}")
    err.print(_how_far(told, last))
    return told


def _how_far(told: _Told, last: Answer | None) -> str:
    if last is None:
        return "stopped before the first answer"
    found = "1 line" if told.found == 1 else f"{told.found:,} lines"
    lost = f"; {told.unreadable:,} could not be read" if told.unreadable else ""
    return f"{found}, searched {last.searched:,} of {last.total:,} logs{lost}"


def _line(hit: Hit) -> str:
    place = f"{hit.repository} {hit.workflow} / {hit.job_name}"
    return f"{clock.to_iso(hit.at)[:16]} {place} run {hit.run_id} line {hit.line}: {hit.text}"
