"""Answers that are given again while nothing is written."""

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.collect.erasure import mark_erased
from pulseboard.pipelines.remembered import Remembered

NOW = 1_767_225_600 * clock.SECOND


@pytest.fixture
def question(database):
    """Ask in a session of its own; each answer tells how often it was worked out."""
    made = []
    remembered = Remembered()

    def answer():
        made.append(len(made) + 1)
        return made[-1]

    def ask(key="main", at=NOW, session=None):
        if session is not None:
            return remembered.get(session, key, at=at, make=answer)
        with database.reading() as reading:
            return remembered.get(reading, key, at=at, make=answer)

    return ask


def test_answer_is_given_again_to_the_same_question_only(question):
    assert [question(), question(), question("fix"), question()] == [1, 1, 2, 1]


def test_whatever_is_written_makes_it_worked_out_anew(database, question):
    assert question() == 1
    with database.writing() as session:
        mark_erased(session)
    assert [question(), question()] == [2, 2]


def test_answer_of_another_time_is_not_given(question):
    assert question() == 1
    assert question(at=NOW + 4 * clock.SECOND) == 1
    assert question(at=NOW + 5 * clock.SECOND) == 2
    assert question(at=NOW) == 3


def test_transaction_that_writes_sees_what_it_wrote(database, question):
    assert question() == 1
    with database.writing() as session:
        session.execute(text("DELETE FROM counters"))
        assert question(session=session) == 2
    assert question() == 1


def test_old_questions_are_forgotten(question):
    assert question("first") == 1
    for number in range(64):
        question(number)
    assert question("first") == 66
