"""The in-process broker: numbers what happens, remembers the last of it, tells every subscriber.

The writer's thread calls `publish` after a commit; everything else runs on the event loop. A burst
is told as a burst: the same attempt once, and more than a screen can follow as `resync_required`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from msgspec import structs

from pulseboard import clock
from pulseboard.live.filter import Filter
from pulseboard.live.messages import (
    METRICS,
    RUNS,
    AlertsChanged,
    BackfillMoved,
    Change,
    Data,
    Hello,
    Invalidated,
    LogAppended,
    Message,
    Trouble,
    job_data,
    run_data,
)
from pulseboard.live.stream import MAX_QUEUED, RESTARTING, Client

_Told = TypeVar("_Told")
REMEMBERED: Final = 1024
HEARTBEAT_SECONDS: Final = 20.0
# A screen repaints four times a second; telling it more often than ten times is noise.
_PAUSE_SECONDS: Final = 0.1
# More changed attempts than this in one telling: look again at the whole.
_MAX_TOLD: Final = 64
# After "look again" everybody does; do not ask for it all the time.
_PAUSE_AFTER_RESYNC_SECONDS: Final = 5.0
_TOO_MUCH: Final = "More has changed than can be told one by one; load again what you show."
_TOO_OLD: Final = "What you have seen last is too long ago; load again what you show."


class _Subscription:
    __slots__ = ("filter", "last", "topics")

    def __init__(self) -> None:
        # The number of the last message it was told; None before the first.
        self.last: int | None = None
        # Until it subscribes a client hears only what concerns everybody.
        self.topics: frozenset[str] = frozenset()
        self.filter: Filter | None = None

    def wants(self, message: Message) -> bool:
        if message.topics and self.topics.isdisjoint(message.topics):
            return False
        return self.filter is None or self.filter.lets_through(message)

    def tell(self, client: Client, message: Message) -> None:
        client.offer(message.text_after(self.last))
        self.last = message.seq


class Broker:
    """See the module. `start` on the event loop before the first publish is heard."""

    def __init__(self, *, version: str = "", remembered: int = REMEMBERED) -> None:
        self._version = version
        # Starting from the time in milliseconds makes every number of an earlier process too
        # old, so that a client which outlived a restart is told to load again.
        self.seq = clock.now() // 1000
        self._ring: deque[Message] = deque(maxlen=remembered)
        self._clients: dict[Client, _Subscription] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: dict[tuple[int, int], tuple[Change, set[int]]] = {}
        # By whether they are of demo data.
        self._pending_alerts: dict[bool, AlertsChanged] = {}
        self._is_flooded = False
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    async def start(self) -> None:
        """Begin to tell what is published."""
        self._loop = asyncio.get_running_loop()
        self._tasks = [
            self._loop.create_task(self._tell_changes()),
            self._loop.create_task(self._beat()),
        ]

    async def close(self) -> None:
        """Stop and close every connection: the server is going away."""
        self._loop = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for client in list(self._clients):
            client.drop(RESTARTING, "the server restarts")

    def publish(self, changes: Sequence[Change]) -> None:
        """Tell what a commit has changed; may be called from any thread and never waits."""
        if changes:
            self._soon(self._take, list(changes))

    def tell_backfill(self, moved: BackfillMoved) -> None:
        """Tell everybody how far a backfill is; may be called from any thread and never waits."""
        self._soon(self._tell_moved, moved)

    def tell_anew(self, why: str) -> None:
        """Have everybody load again what they show; may be called from any thread, never waits."""
        self._soon(self._tell_resync, why)

    def _tell_resync(self, why: str) -> None:
        self._tell(Message(self._next(), "resync_required", Trouble(why)))

    def _soon(self, take: Callable[[_Told], None], told: _Told) -> None:
        """Have the event loop take something in; from any thread, and nothing without a loop."""
        loop = self._loop
        if loop is not None:
            # Between the look at the loop and the call the server may have gone.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(take, told)

    def _tell_moved(self, moved: BackfillMoved) -> None:
        self._tell(Message(self._next(), "backfill.progress", moved))

    def tell_alerts(self, changed: AlertsChanged) -> None:
        """Tell everybody which alerts changed; may be called from any thread and never waits."""
        self._soon(self._take_alerts, changed)

    def _take_alerts(self, changed: AlertsChanged) -> None:
        before = self._pending_alerts.get(changed.demo)
        ids = {*changed.ids, *(before.ids if before else ())}
        self._pending_alerts[changed.demo] = structs.replace(changed, ids=tuple(sorted(ids)))
        self._something.set()

    def tell_log(self, grown: LogAppended) -> None:
        """Tell who watches a log how it goes on; may be called from any thread and never waits."""
        self._soon(self._tell_grown, grown)

    def _tell_grown(self, grown: LogAppended) -> None:
        topics = (f"log:{grown.job_id}",)
        self._tell(Message(self._next(), "log.appended", grown, topics=topics))

    def _take(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if self._is_flooded:
                break
            key = (change.run_id, change.attempt)
            before = self._pending.get(key)
            jobs = before[1] if before else set()
            jobs.update(change.job_ids)
            newer = change if before is None or change.rev >= before[0].rev else before[0]
            self._pending[key] = (newer, jobs)
            self._is_flooded = len(self._pending) > _MAX_TOLD
        self._something.set()

    async def _tell_changes(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            pending, self._pending = self._pending, {}
            alerts, self._pending_alerts = self._pending_alerts, {}
            was_flooded, self._is_flooded = self._is_flooded, False
            if was_flooded:
                self._tell_resync(_TOO_MUCH)
            else:
                for changed in alerts.values():
                    self._tell(Message(self._next(), "alert.changed", changed))
                if pending:
                    await self._tell_each(pending.values())
            await asyncio.sleep(_PAUSE_AFTER_RESYNC_SECONDS if was_flooded else _PAUSE_SECONDS)

    async def _tell_each(self, pending: Collection[tuple[Change, set[int]]]) -> None:
        for change, job_ids in pending:
            own = f"run:{change.run_id}"
            about = (change,)
            run = run_data(change)
            self._tell(Message(self._next(), "run.upserted", run, topics=(RUNS, own), about=about))
            for job_id in sorted(job_ids):
                job = job_data(change, job_id)
                self._tell(Message(self._next(), "job.upserted", job, topics=(own,), about=about))
            # A thousand sockets take some milliseconds: let others have their turn.
            await asyncio.sleep(0)
        changes = [change for change, _ in pending]
        repositories = tuple(sorted({change.repository_id for change in changes}))
        stale = Invalidated(("overview", "runs"), repositories)
        self._tell(
            Message(self._next(), "metrics.invalidated", stale, topics=(METRICS,), about=changes)
        )

    def _next(self) -> int:
        self.seq += 1
        return self.seq

    def _tell(self, message: Message) -> None:
        self._ring.append(message)
        for client, subscription in list(self._clients.items()):
            if subscription.wants(message):
                subscription.tell(client, message)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            ping = Message(self.seq, "ping", None)
            for client, subscription in list(self._clients.items()):
                subscription.tell(client, ping)

    def join(self, client: Client) -> None:
        """Take a client in and greet it."""
        self._clients[client] = _Subscription()
        hello = Hello(self.seq, clock.to_iso(clock.now()), self._version)
        self.answer(client, "hello", hello)

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.pop(client, None)

    def subscribe(
        self, client: Client, *, topics: frozenset[str], wanted: Filter, since: int | None
    ) -> None:
        """Replace what a client hears of, and first tell it what it missed after `since`."""
        subscription = self._clients.get(client)
        if subscription is None:
            return
        subscription.topics = topics
        subscription.filter = None if wanted == Filter() else wanted
        if since is None:
            return
        subscription.last = since
        if since == self.seq:
            return
        oldest = self._ring[0].seq if self._ring else self.seq + 1
        missed = [m for m in self._ring if m.seq > since and subscription.wants(m)]
        if not oldest - 1 <= since < self.seq or len(missed) > MAX_QUEUED:
            self.answer(client, "resync_required", Trouble(_TOO_OLD))
            return
        for message in missed:
            subscription.tell(client, message)

    def answer(self, client: Client, kind: str, data: Data) -> None:
        """Tell one client something that concerns nobody else."""
        subscription = self._clients.get(client)
        if subscription is not None:
            subscription.tell(client, Message(self.seq, kind, data))
