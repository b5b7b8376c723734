"""A few sentences to fill a database with runs of a known past."""

from itertools import count

from pulseboard import clock
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.merge import pack_clock
from pulseboard.collect.records import Envelope, RepositorySeen, RunSeen, WorkflowSeen
from pulseboard.vocabulary import Phase, Source

NOW = clock.now()


class Past:
    """Stores runs through the writer; `ago` is how many minutes before now a run was created."""

    def __init__(self, database):
        self.database = database
        self._numbers = count(1)

    def run(self, ago=60, **facts):
        """Store one attempt and return our id of the run."""
        return self.runs([{"ago": ago, **facts}])[0]

    def runs(self, many):
        """Store attempts and return our ids of their runs."""
        envelopes = [self._envelope(**one) for one in many]
        return [receipt.run_id for receipt in commit(self.database, envelopes)]

    def _envelope(
        self, *, ago=60, repo="acme/api", workflow="CI", path=None, branch="main", sha="abc",
        status=Phase.COMPLETED, conclusion="success", seconds=60, started=None, run_id=None,
        attempt=1, source="github", demo=False, **facts,
    ):  # fmt: skip
        number = next(self._numbers)
        created = NOW - ago * clock.MINUTE
        began = created if started is None else NOW - started * clock.MINUTE
        over = status == Phase.COMPLETED
        home = RepositorySeen(full_name=repo, default_branch="main", demo=demo)
        run = RunSeen(
            repository=home,
            workflow=WorkflowSeen(workflow, path=path),
            run_id=run_id or f"p{number}",
            attempt=attempt,
            status=status,
            conclusion=conclusion if over else None,
            clock=pack_clock(status, conclusion if over else None, time=began, body=b""),
            created_at=created,
            updated_at=began,
            source=source,
            head_branch=branch,
            head_sha=sha,
            attempt_started_at=began,
            ended_at=began + seconds * clock.SECOND if over and seconds is not None else None,
            **facts,
        )
        return Envelope(
            guid=f"g{number}", source=Source.SIMULATOR if demo else Source.WEBHOOK,
            event="workflow_run", received_at=NOW, body=b"{}", repository=home, runs=[run],
        )  # fmt: skip

    def ask(self, question, **words):
        """Ask a reading function in a session of its own."""
        with self.database.reading() as session:
            return question(session, **words)
