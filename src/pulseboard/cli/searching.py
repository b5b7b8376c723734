"""`pulseboard search`: find a text in all kept logs."""

from typing import Annotated, Final

import typer

from pulseboard import clock
from pulseboard.cli.console import err, out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import require_stored
from pulseboard.logs.matching import Matcher
from pulseboard.logs.store import open_store
from pulseboard.pipelines import find_scope, has_real_runs
from pulseboard.pipelines.log_search import Hit, LogFilter, LogPlace, search

_SECONDS: Final = 5.0
_PAGE: Final = 50


def search_logs(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    regex: Annotated[bool, typer.Option("--regex", help="The text is a pattern of RE2.")] = False,
    case: Annotated[bool, typer.Option("--case", help="Capital and small letters differ.")] = False,
    repo: Annotated[list[str] | None, typer.Option(help="owner/name; may be repeated.")] = None,
    workflow: Annotated[list[str] | None, typer.Option(help="Name or file of a workflow.")] = None,
    job: Annotated[list[str] | None, typer.Option(help="Part of a job's name.")] = None,
    branch: Annotated[list[str] | None, typer.Option(help="Name of a branch.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="Of the job, such as failure.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Only jobs of the last days.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Stop after so many lines.")] = 50,
    data: DataFolder = None,
) -> None:
    """Print the lines of all kept logs that have a text, the newest logs first.

    The exit code is 1 when there is none.
    """
    settings = read_settings(data=data)
    matcher = Matcher(text, is_regex=regex, is_case_sensitive=case)
    store = open_store(settings)
    place: LogPlace | None = None
    printed = 0
    with require_stored(settings) as database, database.reading() as session:
        wanted = LogFilter(
            find_scope(
                session,
                demo=not has_real_runs(session),
                repositories=tuple(repo or ()),
                workflows=tuple(workflow or ()),
                branches=tuple(branch or ()),
            ),
            jobs=tuple(job or ()),
            statuses=tuple(status or ()),
            start=None if days is None else clock.now() - days * clock.DAY,
        )
        while printed < limit:
            found = search(
                session,
                store,
                matcher=matcher,
                wanted=wanted,
                limit=min(_PAGE, limit - printed),
                seconds=_SECONDS,
                after=place,
            )
            for hit in found.hits:
                out.print(_line(hit))
            printed += len(found.hits)
            place = found.place
            if place is None:
                break
    more = "; there are more: raise --limit" if place is not None else ""
    err.print(f"{printed:,} lines, searched {found.searched:,} of {found.total:,} logs{more}")
    if not printed:
        raise typer.Exit(1)


def _line(hit: Hit) -> str:
    place = f"{hit.repository} {hit.workflow} / {hit.job_name}"
    return f"{clock.to_iso(hit.at)[:16]} {place} run {hit.run_id} line {hit.line}: {hit.text}"
