"""What a message says of an alert, read when it leaves."""

from sqlalchemy import select

from pulseboard.alerts.telling import items_of
from pulseboard.model import Job, Log, Notification
from pulseboard.vocabulary import LogState
from tests.alerts.conftest import run
from tests.factories import envelope, job_seen


def test_the_line_that_broke_it_is_told_as_soon_as_the_log_is_read(board):
    board.channel()
    board.starters()
    failed = run(1)
    job = job_seen("completed", "failure", run_id=failed.run_id, repository=failed.repository)
    board.commit(envelope(runs=[failed], jobs=[job]))
    before = _item(board)
    with board.database.writing() as session:
        found = session.scalars(select(Job)).one()
        session.add(
            Log(
                job_id=found.id,
                state=LogState.STORED,
                at=0,
                size_bytes=1,
                stored_bytes=1,
                lines=9,
                captured_at=0,
                first_error="E   assert 1 == 2",
                first_error_line=7,
            )
        )
    after = _item(board)
    assert (before.error, after.error) == ("job 'build' failed", "E   assert 1 == 2")
    assert after.log_url == f"{before.log_url}#L7"


def _item(board):
    with board.database.reading() as session:
        (item,) = items_of(session, session.scalars(select(Notification)).all(), base="http://x")
    return item
