"""A database with rules and a channel, and runs that come in through the writer."""

import json

import pytest
from sqlalchemy import select

from pulseboard.alerts.rulebook import add_rule, ensure_starters
from pulseboard.alerts.rules import Rule
from pulseboard.alerts.watch import Watch
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.records import WorkflowSeen
from pulseboard.config import load_settings
from pulseboard.model import Alert, Channel, Notification
from tests.factories import NOON, SECOND, envelope, repository_seen, run_seen

MINUTE = 60 * SECOND


class Board:
    """Sends runs in and shows what alerts came of them."""

    def __init__(self, database):
        self.database = database
        self.watch = Watch(load_settings())

    def channel(self, name="hook", kind="webhook", **config):
        with self.database.writing() as session:
            row = Channel(
                kind=kind, name=name, config=json.dumps(config), enabled=True,
                from_environment=False, on_doubt="resend", created_at=0, updated_at=0,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    def rule(self, **fields):
        with self.database.writing() as session:
            rule = Rule(**{"name": "Broken", "kind": "consecutive_failures", **fields})
            return add_rule(session, rule, at=NOON).id

    def starters(self, threshold=1):
        with self.database.writing() as session:
            ensure_starters(session, threshold=threshold, at=NOON)

    def runs(self, *seen, **facts):
        """Send runs in, all in one batch."""
        self.commit(*(envelope(runs=[run], **facts) for run in seen))

    def commit(self, *envelopes):
        commit(self.database, envelopes, reactions=[self.watch])

    def alerts(self):
        """Return (state, run number of the beginning, silent) of all alerts by id."""
        with self.database.reading() as session:
            rows = session.scalars(select(Alert).order_by(Alert.id)).all()
            session.expunge_all()
            return rows

    def states(self):
        return [alert.state for alert in self.alerts()]

    def owed(self, channel=None):
        with self.database.reading() as session:
            rows = session.scalars(select(Notification).order_by(Notification.id))
            return [
                (row.alert_id, row.kind, row.state)
                for row in rows
                if channel in (None, row.channel_id)
            ]


def run(number, conclusion="failure", *, repo="acme/api", attempt=1, workflow="CI", **facts):
    """A finished run: number N began N minutes after noon and took half a minute."""
    began = NOON + number * MINUTE
    return run_seen(
        "completed",
        conclusion,
        time=began + MINUTE // 2 + attempt,
        run_id=facts.pop("run_id", f"{repo}/{workflow}/{number}"),
        attempt=attempt,
        run_number=number,
        created_at=began,
        attempt_started_at=began,
        repository=repository_seen(repo, provider_id=repo),
        workflow=WorkflowSeen(
            workflow, provider_id=f"{repo}/{workflow}", path=f".github/workflows/{workflow}.yml"
        ),
        **facts,
    )


@pytest.fixture
def board(database):
    return Board(database)
