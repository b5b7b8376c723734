"""What open browsers are told: small messages, each encoded once for everybody."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
from msgspec import Struct, structs

from pulseboard import clock
from pulseboard.vocabulary import fold_status

VERSION: Final = 1
RUNS: Final = "runs"
METRICS: Final = "metrics"
_encode: Final = msgspec.json.Encoder().encode


class RunFacts(Struct, frozen=True, kw_only=True):
    """What `run.upserted` tells of an attempt besides where it stands, named as in the API."""

    run_id: str
    run_number: int | None = None
    event: str | None = None
    repo: str
    workflow: str
    pipeline: str
    title: str | None = None
    branch: str | None = None
    head_branch: str | None = None
    is_default_branch: bool = False
    commit: str | None = None
    head_sha: str | None = None
    actor: str | None = None
    triggered_by: str | None = None
    created_at: str
    started_at: str
    finished_at: str | None = None
    updated_at: str
    duration_seconds: float | None = None
    duration_sec: float | None = None
    html_url: str | None = None
    source: str


class Change(Protocol):
    """An attempt that a commit created or altered, as the writer tells of it."""

    @property
    def run_id(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def repository_id(self) -> int: ...
    @property
    def repository(self) -> str: ...
    @property
    def workflow_id(self) -> int: ...
    @property
    def workflow(self) -> str: ...
    @property
    def workflow_path(self) -> str | None: ...
    @property
    def head_branch(self) -> str | None: ...
    @property
    def on_default(self) -> bool: ...
    @property
    def demo(self) -> bool: ...
    @property
    def rev(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def conclusion(self) -> str | None: ...
    @property
    def job_ids(self) -> Sequence[int]: ...
    @property
    def facts(self) -> RunFacts: ...


class RunUpserted(RunFacts, frozen=True, kw_only=True):
    """Data of `run.upserted`. A client ignores one whose `rev` is not above what it has."""

    id: int
    attempt: int
    status: str
    conclusion: str | None
    repository_id: int
    workflow_id: int
    demo: bool
    rev: int


class JobUpserted(Struct, frozen=True):
    """Data of `job.upserted`."""

    id: int
    run_id: int
    attempt: int
    repository_id: int
    workflow_id: int
    demo: bool
    rev: int


class Invalidated(Struct, frozen=True):
    """Data of `metrics.invalidated`: which numbers are out of date, and of which repositories."""

    keys: tuple[str, ...]
    repository_ids: tuple[int, ...]


class BackfillMoved(Struct, frozen=True):
    """Data of `backfill.progress`; GET /api/v1/backfills/{id} says more."""

    id: int
    repository_id: int
    state: str
    runs: int
    checked: int


class AlertsChanged(Struct, frozen=True):
    """Data of `alert.changed`: which alerts, and the counts after it; GET /api/v1/alerts says more.

    `open` counts what is not resolved, `unacknowledged` what fires and nobody has taken or muted.
    """

    ids: tuple[int, ...]
    demo: bool
    open: int
    unacknowledged: int


class LogAppended(Struct, frozen=True):
    """Data of `log.appended`, told to who subscribed to `log:<job id>`.

    `text` is what the log has from `from_line` on, or null: then read it from
    `GET /api/v1/jobs/{id}/log?first=`. `before` is the etag of the text that it goes on, null when
    it is a new one. `lines` and `bytes` are those of the whole text.
    """

    job_id: int
    from_line: int
    text: str | None
    lines: int
    bytes: int
    etag: str
    before: str | None


class Hello(Struct, frozen=True):
    """Data of `hello`, the first message of a connection."""

    seq: int
    server_time: str
    version: str


class Trouble(Struct, frozen=True):
    """Data of `error` and `resync_required`: why, in a sentence."""

    detail: str


Data = (
    RunUpserted
    | JobUpserted
    | Invalidated
    | BackfillMoved
    | AlertsChanged
    | LogAppended
    | Hello
    | Trouble
    | None
)


class _Rest(Struct, frozen=True):
    ts: str
    type: str
    data: Data


class Message:
    """One message; its text is made when the first client needs it and then shared."""

    __slots__ = ("_at", "_prev", "_rest", "_text", "about", "data", "seq", "topics", "type")

    def __init__(
        self,
        seq: int,
        kind: str,
        data: Data,
        *,
        topics: tuple[str, ...] = (),
        about: Sequence[Change] = (),
    ) -> None:
        self.seq = seq
        self.type = kind
        self.data = data
        # Who subscribed to any of these gets it; without topics everybody does.
        self.topics = topics
        # What it tells of, for the filters.
        self.about = about
        self._at = clock.now()
        self._rest: str | None = None
        self._prev: int | None = None
        self._text = ""

    def text_after(self, prev: int | None) -> str:
        """Return the JSON of the envelope {v, seq, prev, ts, type, data}.

        `prev` is the number of the message that a client was told before. Most clients were told
        the same one.
        """
        if self._rest is None or prev != self._prev:
            if self._rest is None:
                rest = _Rest(clock.to_iso(self._at), self.type, self.data)
                self._rest = _encode(rest).decode().removeprefix("{")
            before = "null" if prev is None else prev
            self._text = f'{{"v":{VERSION},"seq":{self.seq},"prev":{before},{self._rest}'
            self._prev = prev
        return self._text


def run_data(change: Change) -> RunUpserted:
    """Shape a change as the data of `run.upserted`, with the status people see."""
    return RunUpserted(
        **structs.asdict(change.facts),
        id=change.run_id,
        attempt=change.attempt,
        status=fold_status(change.status, change.conclusion),
        conclusion=change.conclusion,
        repository_id=change.repository_id,
        workflow_id=change.workflow_id,
        demo=change.demo,
        rev=change.rev,
    )


def job_data(change: Change, job_id: int) -> JobUpserted:
    """Shape one job of a change as the data of `job.upserted`."""
    return JobUpserted(
        id=job_id,
        run_id=change.run_id,
        attempt=change.attempt,
        repository_id=change.repository_id,
        workflow_id=change.workflow_id,
        demo=change.demo,
        rev=change.rev,
    )
