"""The service's own log."""

import io
import json
import logging

import pytest
import structlog

from pulseboard import journal
from pulseboard.spelling import LogFormat, LogLevel


@pytest.fixture(autouse=True)
def _as_before():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def written(form=LogFormat.JSON, level=LogLevel.INFO):
    out = io.StringIO()
    journal.configure(form, level, stream=out)
    return out


def lines(out):
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_line_is_one_json_object_with_time_level_and_name():
    out = written()
    structlog.get_logger("pulseboard.test").info("run.stored", run_id=7, name="größer")

    (line,) = lines(out)

    assert line.pop("time").endswith("Z")
    assert line == {"event": "run.stored", "run_id": 7, "name": "größer", "level": "info",
                    "logger": "pulseboard.test"}  # fmt: skip


def test_other_libraries_speak_in_the_same_form():
    out = written()
    logging.getLogger("some.library").warning("it is %s", "late")

    (line,) = lines(out)

    assert (line["event"], line["level"], line["logger"]) == (
        "it is late",
        "warning",
        "some.library",
    )


def test_what_lies_below_the_level_is_not_written():
    out = written(level=LogLevel.WARNING)
    structlog.get_logger("pulseboard.test").info("run.stored")
    logging.getLogger("any").info("run.stored")

    assert out.getvalue() == ""


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://user:hunter2hunter2@db/x", "token ghp_hunter2hunter2hunter2",
        "Authorization: Bearer hunter2hunter2", "pb_hunter2hunter2hunter2hunter2hunter2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.PRETTY])
def test_secret_in_a_text_is_hidden(text, form):
    out = written(form)
    structlog.get_logger("pulseboard.test").error("it.failed", detail=text)
    logging.getLogger("any").error("said %s", text)

    assert "hunter2" not in out.getvalue()
    assert out.getvalue().count(journal.MASK) == 2


def test_exception_is_written_with_its_traceback_and_without_secrets():
    trouble = ValueError("postgresql://user:hunter2@db/x is gone")
    out = written()
    structlog.get_logger("pulseboard.test").error("it.failed", exc_info=trouble)
    pretty = written(LogFormat.PRETTY)
    structlog.get_logger("pulseboard.test").error("it.failed", exc_info=trouble)

    (line,) = lines(out)
    for text in (line["exception"], pretty.getvalue()):
        assert "ValueError" in text
        assert "hunter2" not in text


def test_text_is_pretty_only_on_a_terminal():
    assert written(LogFormat.AUTO).isatty() is False
    out = written(LogFormat.AUTO)
    structlog.get_logger("pulseboard.test").info("run.stored")
    assert lines(out)[0]["event"] == "run.stored"

    pretty = written(LogFormat.PRETTY)
    structlog.get_logger("pulseboard.test").info("run.stored", run_id=7)
    assert "run.stored" in pretty.getvalue()
    assert not pretty.getvalue().startswith("{")
