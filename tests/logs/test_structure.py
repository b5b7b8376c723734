"""Groups nest, and steps find their lines by the clock."""

from pulseboard.clock import SECOND, to_instant
from pulseboard.logs import lines
from pulseboard.logs.structure import (
    Group,
    StepLines,
    StepTimes,
    find_groups,
    find_updates,
    place_steps,
)
from tests.logs.real_steps import read_real_jobs


def test_groups_nest_and_an_open_one_ends_with_the_log():
    rows = lines.split(
        b"##[group]Outer\n::group::Inner\ntext\n::endgroup::\n##[endgroup]\n"
        b"1970-01-01T00:00:00Z ##[group]Open\nlast\n"
    )

    assert find_groups(rows) == [Group(1, 5, "Outer"), Group(2, 4, "Inner"), Group(6, 7, "Open")]


def test_an_end_without_a_beginning_is_only_a_line():
    assert find_groups([b"##[endgroup]", b"text"]) == []


def test_a_step_begins_with_the_line_that_announces_it():
    rows = lines.split(
        b"1970-01-01T00:00:00.1Z Requested labels\n"
        b"1970-01-01T00:00:02.0Z still setting up\n"
        b"1970-01-01T00:00:02.3Z ##[group]Run actions/checkout\n"
        b"1970-01-01T00:00:02.4Z fetching\n"
        b"1970-01-01T00:00:02.9Z ##[group]Run pytest\n"
        b"1970-01-01T00:00:09.0Z failed\n"
        b"1970-01-01T00:00:09.8Z Post job cleanup.\n"
    )
    steps = [
        StepTimes(1, "Set up job", 0, 2 * SECOND),
        StepTimes(2, "Checkout", 2 * SECOND, 2 * SECOND),
        StepTimes(3, "Test", 2 * SECOND, 9 * SECOND),
        StepTimes(7, "Post", 9 * SECOND, 10 * SECOND),
        StepTimes(8, "Skipped", None, None),
    ]

    assert place_steps(rows, steps) == [
        StepLines(1, 1, 2),
        StepLines(2, 3, 4),
        StepLines(3, 5, 6),
        StepLines(7, 7, 7),
    ]


def test_the_line_that_announces_the_next_step_is_not_of_this_one():
    rows = lines.split(
        b"1970-01-01T00:00:00.1Z Requested labels\n"
        b"1970-01-01T00:00:09.1Z Current runner version\n"
        b"1970-01-01T00:00:10.4Z ##[group]Run actions/checkout\n"
        b"1970-01-01T00:00:10.5Z fetching\n"
    )
    steps = [
        StepTimes(1, "Set up job", 9 * SECOND, 10 * SECOND),
        StepTimes(2, "Run actions/checkout", 10 * SECOND, 11 * SECOND),
    ]

    assert place_steps(rows, steps) == [StepLines(1, 2, 2), StepLines(2, 3, 4)]


def test_steps_of_a_real_run_begin_where_their_own_files_do():
    jobs = read_real_jobs()
    assert len(jobs) >= 15
    for job in jobs:
        steps = [StepTimes(one.number, one.name, to_instant(one.began), None) for one in job.steps]
        placed = place_steps(lines.split(job.log), steps)
        assert {step.number: step.first for step in placed} == job.first_lines, job.name


def test_a_log_without_instants_has_no_steps():
    assert place_steps([b"one", b"two"], [StepTimes(1, "Only", 0, SECOND)]) == []


def test_what_a_progress_bar_wrote_is_written_over_by_its_last_state():
    log = b"start\n 10 %\r 50 %\r100 %\ndone\r\n1\r2\r"

    assert find_updates(log) == [(2, 3), (6, 6)]


def test_a_blank_end_writes_nothing_over():
    assert find_updates(b"text\r\r\nnext\n10 %\r20 %\r\nend\n") == [(4, 4)]


def test_lines_that_all_end_with_a_lone_return_are_a_text():
    assert find_updates(b"one\rtwo\rthree\r") == []
    assert find_updates(b"one\r\ntwo\r\n") == []
