"""Import of a CSV table of runs, whose columns docs/import.md describes."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from pulseboard.collect import facts
from pulseboard.collect.fields import Fields
from pulseboard.collect.normalise import MAX_ATTEMPT, pack_standing
from pulseboard.collect.records import (
    Envelope,
    JobSeen,
    RepositorySeen,
    RunSeen,
    WorkflowSeen,
    imported_guid,
)
from pulseboard.errors import InvalidInput
from pulseboard.vocabulary import Phase, Provider, Source

EVENT: Final = "table_row"
REQUIRED: Final = ("repository", "run_id", "workflow", "status")
RUN_COLUMNS: Final = (
    *REQUIRED, "conclusion", "branch", "commit", "event", "actor", "created_at", "started_at",
    "finished_at", "run_number", "attempt", "html_url",
)  # fmt: skip
JOB_COLUMNS: Final = (
    "job_id", "job_name", "job_status", "job_conclusion", "job_created_at", "job_started_at",
    "job_finished_at", "job_runner",
)  # fmt: skip
_IMPORT: Final = "import"
_OPEN: Final = {
    "queued": Phase.QUEUED,
    "requested": Phase.REQUESTED,
    "waiting": Phase.WAITING,
    "pending": Phase.PENDING,
    "in_progress": Phase.IN_PROGRESS,
    "running": Phase.IN_PROGRESS,
}
_CONCLUSIONS: Final = (
    "success", "failure", "cancelled", "skipped", "timed_out", "startup_failure", "neutral",
    "action_required", "stale",
)  # fmt: skip
_STATUSES: Final = (*_OPEN, "completed", *_CONCLUSIONS)


class BadRow(NamedTuple):
    """A row that was left out: the line on which it begins and what is wrong with it."""

    line: int
    message: str


class _Standing(NamedTuple):
    phase: Phase
    conclusion: str | None


def read_table(lines: Iterable[bytes], *, received_at: int) -> Iterator[Envelope | BadRow]:
    """Yield an envelope for each good row and say what is wrong with each bad one."""
    taken: list[bytes] = []
    reader = csv.reader(_decode_lines(lines, taken), strict=True)
    names = _read_header(reader)
    if isinstance(names, BadRow):
        yield names
        return
    header = b"".join(taken)
    while True:
        taken.clear()
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(line, f"this is no CSV: {error}")
            continue
        if not any(row):
            continue
        if len(row) != len(names):
            yield BadRow(line, f"it has {len(row)} fields, but the header has {len(names)}")
            continue
        try:
            # With the header the stored bytes explain themselves.
            body = header + b"".join(taken)
            yield _envelope(dict(zip(names, row, strict=True)), body, received_at=received_at)
        except InvalidInput as error:
            wrong = "; ".join(f"{field} {message}" for field, message in error.errors)
            yield BadRow(line, wrong)


def _decode_lines(lines: Iterable[bytes], taken: list[bytes]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line.decode("utf-8-sig", "replace")


def _read_header(reader: Iterator[list[str]]) -> list[str] | BadRow:
    try:
        names = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        return BadRow(1, f"this is neither JSON nor CSV: {error}")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        return BadRow(
            1,
            "this is neither JSON nor a table with a header: expected the columns"
            f" {', '.join(REQUIRED)} and more (see docs/import.md), found no"
            f" {', '.join(missing)}",
        )
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        return BadRow(1, f"the header names a column more than once: {', '.join(repeated)}")
    return names


def _envelope(row: Mapping[str, str], body: bytes, *, received_at: int) -> Envelope:
    fields = Fields(row, received_at=received_at)
    run = _read_run(fields, received_at=received_at)
    has_job = any(row.get(name) for name in JOB_COLUMNS)
    job = _read_job(fields, run) if has_job else None
    fields.check()
    return Envelope(
        guid=imported_guid(body, entity=run.run_id),
        source=Source.IMPORT,
        event=EVENT,
        received_at=received_at,
        body=body,
        repository=run.repository,
        runs=[run],
        jobs=[job] if job else [],
    )


def _read_run(fields: Fields, *, received_at: int) -> RunSeen:
    standing = _read_standing(fields, "status", "conclusion")
    created = fields.instant("created_at")
    started = fields.instant("started_at")
    finished = _read_end(fields, "finished_at", standing, began=started or created)
    is_refused = fields.has_refused("created_at") or fields.has_refused("started_at")
    if created is None and started is None and not is_refused:
        fields.refuse("created_at", "is missing, and so is started_at: give at least one")
    link = fields.text("html_url", limit=facts.NAME)
    if link is not None and facts.web_link(link) is None:
        fields.refuse("html_url", "should begin with https:// or http://")
    attempt = fields.whole("attempt", least=1, most=MAX_ATTEMPT)
    began = created or started or received_at
    changed = finished or started or began
    return RunSeen(
        repository=RepositorySeen(
            full_name=fields.required_repository("repository"),
            provider=Provider.GENERIC,
        ),
        workflow=WorkflowSeen(fields.required_name("workflow")),
        run_id=fields.required_text("run_id", limit=facts.IDENTITY),
        attempt=attempt or 1,
        status=standing.phase,
        conclusion=standing.conclusion,
        clock=pack_standing(standing.phase, standing.conclusion, time=changed),
        created_at=began,
        updated_at=changed,
        source=_IMPORT,
        run_number=fields.whole("run_number", least=0, most=facts.MAX_NUMBER),
        event=fields.text("event", limit=facts.IDENTITY),
        head_branch=fields.text("branch", limit=facts.BRANCH),
        head_sha=fields.text("commit", limit=facts.IDENTITY),
        actor=fields.text("actor", limit=facts.IDENTITY),
        html_url=link,
        attempt_started_at=started,
        ended_at=finished,
    )


def _read_job(fields: Fields, run: RunSeen) -> JobSeen:
    standing = _read_standing(fields, "job_status", "job_conclusion")
    created = fields.instant("job_created_at")
    started = fields.instant("job_started_at")
    # Skipped jobs end before they start, so their order is not checked.
    is_skipped = standing.conclusion == "skipped"
    finished = _read_end(fields, "job_finished_at", standing, began=None if is_skipped else started)
    changed = max(created or 0, started or 0, finished or 0) or run.updated_at
    return JobSeen(
        run=run,
        job_id=fields.required_text("job_id", limit=facts.IDENTITY),
        name=fields.required_text("job_name", limit=facts.NAME),
        status=standing.phase,
        conclusion=standing.conclusion,
        clock=pack_standing(standing.phase, standing.conclusion, time=changed),
        created_at=created,
        started_at=started,
        completed_at=finished,
        runner_name=fields.text("job_runner", limit=facts.NAME),
    )


def _read_standing(fields: Fields, status: str, conclusion: str) -> _Standing:
    """Read GitHub's pair of words; a conclusion may also stand in the column of the status."""
    word = fields.choice(status, _STATUSES)
    ending = fields.text(conclusion, limit=facts.WORD)
    if word in _OPEN:
        return _Standing(_OPEN[word], None)
    if word == "completed" and ending is None:
        fields.refuse(conclusion, f"is missing: {status} is completed")
    return _Standing(Phase.COMPLETED, ending if word == "completed" else word)


def _read_end(fields: Fields, name: str, standing: _Standing, *, began: int | None) -> int | None:
    ended = fields.instant(name)
    if ended is None or standing.phase is not Phase.COMPLETED:
        return None
    if began is not None and ended < began:
        fields.refuse(name, "should not lie before the start")
    return ended
