"""The guilty line of a failed job is found, whatever tool wrote the log."""

import json
from pathlib import Path

import pytest

from pulseboard.logs import lines
from pulseboard.logs.errors import find_errors
from pulseboard.logs.structure import StepLines, find_groups
from tests.logs.failing import read_failing_logs
from tests.logs.families import FAMILIES
from tests.logs.guilty import judge_all

# What is still missed of these stands in docs/logs.md.
SEEN_LATER = json.loads((Path(__file__).parent / "seen_later.json").read_text("utf-8"))
FAILING_LOGS = read_failing_logs()
NOISE = ["##[error]Process completed with exit code 1.", "Post job cleanup."]
# What tools of many kinds write, and which of these lines a person would point at.
LOGS = {
    "pytest": (
        ["collected 3 items", "test_a.py .F.", "=== FAILURES ===", "____ test_sum ____",
         "    def test_sum():", ">       assert 1 == 2", "E       assert 1 == 2",
         "test_a.py:3: AssertionError", "=== 1 failed, 2 passed in 0.03s ==="], 4),
    "traceback": (
        ["Traceback (most recent call last):", '  File "a.py", line 1, in <module>',
         "ModuleNotFoundError: No module named 'yaml'"], 3),
    "gcc": (
        ["[1/2] Building CXX object a.o", "src/a.cpp:12:3: error: expected ';' before '}' token",
         "src/a.cpp:14:1: error: 'x' was not declared", "ninja: build stopped: subcommand failed."], 2),
    "rust": (
        ["   Compiling app v0.1.0", "error[E0425]: cannot find value `x` in this scope",
         " --> src/main.rs:2:5", "error: could not compile `app` due to 1 previous error"], 2),
    "rust panic": (
        ["running 1 test", "test it_works ... FAILED", "---- it_works stdout ----",
         "thread 'it_works' panicked at src/lib.rs:5:9:", "error: test failed, to rerun pass `--lib`"], 4),
    "go": (
        ["=== RUN   TestSum", "    sum_test.go:9: got 3, want 4", "--- FAIL: TestSum (0.00s)",
         "FAIL", "FAIL\texample.org/sum\t0.002s"], 3),
    "typescript": (
        ["> tsc --noEmit", "src/a.ts(3,7): error TS2322: Type 'string' is not assignable.",
         "npm ERR! code ELIFECYCLE", "npm ERR! errno 2"], 2),
    "jest": (
        ["PASS src/b.test.js", "FAIL src/a.test.js", "  ● sum › adds", "    Expected: 4",
         "Tests:       1 failed, 1 passed, 2 total"], 3),
    "npm": (
        ["npm warn deprecated inflight@1.0.6: This module is not supported",
         "npm error code ERESOLVE", "npm error ERESOLVE unable to resolve dependency tree",
         "npm error A complete log of this run can be found in: /root/.npm/_logs/x.log"], 2),
    "maven": (
        ["[INFO] BUILD FAILURE", "[ERROR] /w/src/main/java/A.java:[7,13] cannot find symbol",
         "[ERROR] -> [Help 1]"], 2),
    "docker": (
        ["#8 [4/5] RUN make", 'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2'], 2),
    "bash": (["+ ./deploy.sh", "./deploy.sh: line 3: kubectl: command not found"], 2),
    "killed": (["working", "fatal: unable to access 'https://example.org/': Could not resolve host: example.org"], 2),
    "nothing said": (["checking licences", "three files have no header"], 2),
    "terraform": (["Planning", "│ Error: Invalid provider configuration", "│ "], 2),
}  # fmt: skip


def errors_of(said):
    rows = [f"2026-01-01T00:00:00.0000000Z {line}".encode() for line in [*said, *NOISE]]
    return find_errors(rows, groups=find_groups(rows))


@pytest.mark.parametrize("name", LOGS)
def test_the_line_a_person_would_point_at_is_the_first_error(name):
    said, guilty = LOGS[name]
    found = errors_of(said)

    assert found.first is not None
    assert found.first.line == guilty
    assert guilty in found.errors


@pytest.mark.parametrize("name", FAMILIES)
def test_tools_of_every_family_are_understood(name):
    said, guilty = FAMILIES[name]
    found = errors_of(said)

    assert found.first is not None
    assert found.first.line in (guilty if isinstance(guilty, tuple) else (guilty,))


@pytest.mark.parametrize("name", SEEN_LATER)
def test_tools_that_were_seen_after_the_rules_were_made_are_understood(name):
    rows = [line.encode() for line in [*SEEN_LATER[name]["said"], *NOISE]]

    found = find_errors(rows, groups=find_groups(rows))

    assert found.first is not None
    assert found.first.line in SEEN_LATER[name]["guilty"]


@pytest.mark.parametrize("name", FAILING_LOGS)
def test_whole_logs_of_failed_jobs_are_understood(name):
    log = FAILING_LOGS[name]

    found = find_errors(log.rows, groups=find_groups(log.rows))

    assert found.first is not None
    assert found.first.line in log.guilty, found.first
    assert found.first.line in found.errors


def test_seasoned_classifier_is_matched_on_real_logs():
    verdicts = judge_all()
    missed = [verdict.name for verdict in verdicts if not verdict.is_first]

    assert len(missed) <= 0.15 * len(verdicts), missed
    assert sum(verdict.is_among for verdict in verdicts) >= 0.95 * len(verdicts)


def test_the_script_a_step_echoes_is_no_error():
    script = b"##[group]Run set -e\n\x1b[36;1mset -e\x1b[0m\necho 'Error: not yet'\n##[endgroup]\n"
    rows = lines.split(b"##[group]Run acme/lint@v1\nwith:\n  fail: error\n##[endgroup]\n" + script)

    assert find_errors(rows, groups=find_groups(rows)) == ([], [], None)


def test_a_group_in_which_a_job_runs_its_tests_is_no_script():
    rows = lines.split(b"##[group]Run tests\nKeyError: 'a'\n##[endgroup]\nall done\n")

    found = find_errors(rows, groups=find_groups(rows))

    assert found.first is not None
    assert found.first.line == 2


def test_scripts_that_never_end_are_left_out_in_a_single_pass():
    rows = lines.split(b"##[group]Run a\na\n" * 50_000 + b"Error: not yet\n")

    assert find_errors(rows, groups=find_groups(rows)).first is None


def test_the_failed_step_speaks_first():
    rows = [b"ValueError: step one", b"KeyError: step two", b"ValueError: step three"]

    found = find_errors(rows, failed_step=StepLines(2, 2, 2))

    assert found.first is not None
    assert found.first.line == 2
    assert found.errors == [1, 2, 3]


def test_a_job_that_ran_out_of_time_failed_for_that():
    rows = [b"ValueError: retried", b"##[error]The action 'Test' has timed out after 6 minutes."]

    found = find_errors(rows)

    assert found.first is not None
    assert found.first.line == 2


def test_at_most_forty_lines_of_at_most_500_characters():
    rows = [b"ValueError: " + b"x" * 100_000] * 100

    found = find_errors(rows)

    assert found.errors == list(range(61, 101))
    assert found.first is not None
    assert len(found.first.text) == 500


def test_warnings_are_told_apart():
    rows = [b"##[warning]Node 16 is old", b"0 errors, 0 failures", b"DeprecationWarning: x"]

    assert find_errors(rows) == ([], [1, 3], None)
