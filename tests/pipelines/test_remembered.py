"""Answers that are given again while nothing is written, and put right where something was."""

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.collect.counters import Numbers
from pulseboard.collect.erasure import mark_erased
from pulseboard.pipelines import remembered as module
from pulseboard.pipelines.remembered import Remembered

NOW = 1_767_225_600 * clock.SECOND
INSERT = (
    "INSERT INTO deliveries (id, guid, source, event, received_at, result, repository_id, size)"
    " VALUES (:id, :guid, 'webhook', 'ping', 0, 'stored', :home, 0)"
)


@pytest.fixture
def question(database):
    """Ask in a session of its own; an answer tells how often it was made, and what was renewed."""
    made = []
    remembered = Remembered()

    def answer():
        made.append(len(made) + 1)
        return (made[-1],)

    def ask(key="main", at=NOW, session=None):
        given = {"at": at, "make": answer, "renew": lambda old, touched: (*old, sorted(touched))}
        if session is not None:
            return remembered.get(session, key, **given)
        with database.reading() as reading:
            return remembered.get(reading, key, **given)

    return ask


@pytest.fixture
def deliver(database):
    """Store one delivery about each of some repositories, as the writer does."""

    def store(*homes):
        with database.writing() as session:
            numbers = Numbers(session)
            for number, home in zip(numbers.take("delivery", count=len(homes)), homes, strict=True):
                row = {"id": number, "guid": str(number), "home": home}
                session.execute(text(INSERT), row)
            numbers.take("rev", count=len(homes))
            numbers.save()

    return store


def test_answer_is_given_again_to_the_same_question_only(question):
    assert [question(), question(), question("fix"), question()] == [(1,), (1,), (2,), (1,)]


def test_only_what_was_written_about_is_looked_at_again(question, deliver):
    assert question() == (1,)
    deliver(7, 3, 7)
    assert [question(), question()] == [(1, [3, 7])] * 2
    deliver(5)
    assert question() == (1, [3, 7], [5])


def test_delivery_about_no_repository_changes_nothing(question, deliver):
    assert question() == (1,)
    deliver(None)
    assert question() == (1,)


def test_whatever_else_is_written_makes_all_of_it_anew(database, question):
    assert question() == (1,)
    with database.writing() as session:
        mark_erased(session)
    assert [question(), question()] == [(2,), (2,)]


def test_very_much_written_makes_all_of_it_anew(monkeypatch, question, deliver):
    monkeypatch.setattr(module, "_MOST_TOUCHED", 2)
    monkeypatch.setattr(module, "_MOST_DELIVERIES", 4)
    assert question() == (1,)
    deliver(1, 2)
    assert question() == (1, [1, 2])
    deliver(1, 2, 3)
    assert question() == (2,)
    deliver(1, 1, 1, 1, 1)
    assert question() == (3,)


def test_older_snapshot_is_answered_from_what_it_sees(database, question, deliver):
    deliver(1)
    with database.reading() as older:
        assert question("main", session=older) == (1,)
        deliver(2)
        assert question() == (1, [2])
        assert question("main", session=older) == (2,)
    assert question() == (2, [2])


def test_answer_of_another_time_is_not_given(question):
    assert question() == (1,)
    assert question(at=NOW + 59 * clock.SECOND) == (1,)
    assert question(at=NOW + 60 * clock.SECOND) == (2,)
    assert question(at=NOW) == (3,)


def test_renewing_does_not_make_an_answer_younger(question, deliver):
    assert question() == (1,)
    deliver(1)
    assert question(at=NOW + 59 * clock.SECOND) == (1, [1])
    assert question(at=NOW + 61 * clock.SECOND) == (2,)


def test_transaction_that_writes_sees_what_it_wrote(database, question):
    assert question() == (1,)
    with database.writing() as session:
        session.execute(text("DELETE FROM counters"))
        assert question(session=session) == (2,)
    assert question() == (1,)


def test_old_questions_are_forgotten(question):
    assert question("first") == (1,)
    for number in range(64):
        question(number)
    assert question("first") == (66,)
