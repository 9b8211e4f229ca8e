"""Logs are one line an event, in one form for all loggers, and hold no secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from watchdog.log import Format, Level, configure

SECRET = "s3cr:t/p@ss"
DSN = f"postgresql://watch:{SECRET}@db.example.com:5432/milo"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def configured(form: Format, level: Level = "info", stream: io.StringIO | None = None) -> io.StringIO:
    stream = stream or io.StringIO()
    configure(form, level, stream)
    return stream


def fail(message: str) -> None:
    raise ValueError(message)


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_object_with_its_time_in_utc() -> None:
    stream = configured("json")
    with structlog.contextvars.bound_contextvars(database="production"):
        structlog.get_logger("watchdog.check").info("check.finished", findings=3, names=["a", "b"])

    (event,) = objects(stream)

    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "check.finished",
        "database": "production",
        "findings": 3,
        "names": ["a", "b"],
        "level": "info",
        "logger": "watchdog.check",
    }


def test_the_standard_librarys_loggers_take_the_same_form() -> None:
    stream = configured("json")

    logging.getLogger("uvicorn.error").warning("Invalid HTTP request from %s", "a\nb")

    (event,) = objects(stream)
    assert (event["event"], event["level"], event["logger"]) == (
        "Invalid HTTP request from a\nb",
        "warning",
        "uvicorn.error",
    )
    assert event["timestamp"].endswith("Z")


def test_auto_is_the_console_on_a_terminal_and_json_elsewhere() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        configured("auto", stream=stream)
        structlog.get_logger().info("daemon.started")

    assert "\x1b[" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert objects(pipe)[0]["event"] == "daemon.started"


def test_the_console_in_a_pipe_has_no_colours() -> None:
    stream = configured("console")
    structlog.get_logger().info("daemon.started", listen="127.0.0.1:9723")

    assert "\x1b" not in stream.getvalue()
    assert "listen=127.0.0.1:9723" in stream.getvalue()


def test_configuring_twice_does_not_double_a_line() -> None:
    configured("json")
    stream = configured("json")
    structlog.get_logger().info("once")

    assert len(objects(stream)) == 1


def test_what_is_below_the_level_is_not_written() -> None:
    stream = configured("json", "warning")
    structlog.get_logger().info("no")
    logging.getLogger("asyncpg").info("no")
    structlog.get_logger().warning("yes")

    assert [event["event"] for event in objects(stream)] == ["yes"]


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "apscheduler.executors.default"])
def test_loggers_that_tell_urls_or_every_run_are_quiet_even_when_all_else_is_debugged(name: str) -> None:
    stream = configured("json", "debug")
    logging.getLogger(name).info("HTTP Request: POST https://hooks.example.com/T0/B0/x")
    logging.getLogger(name).error("heard")

    assert [event["event"] for event in objects(stream)] == ["heard"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_secret_is_blanked_wherever_it_stands(form: Format) -> None:
    stream = configured(form)
    log = structlog.get_logger()
    careless = f"connecting to {DSN}"
    log.info(careless, dsn=SECRET, Password=SECRET, token=SECRET, url=SECRET, webhook_url=SECRET)
    log.info("deep", places=[{"dsn": SECRET}, (f"see {DSN}",), {f"also {DSN}"}], error=OSError(f"no route to {DSN}"))
    log.info("pairs", tried=f"host=db password={SECRET} user=x", quoted=f"password='{SECRET} {SECRET}'", raw=b"x")
    log.info("query", tried=f"host/milo?sslpassword={SECRET}&application_name=kept")
    logging.getLogger("asyncpg").error("cannot reach %s", DSN)

    assert SECRET not in stream.getvalue()
    assert "p@ss" not in stream.getvalue()
    assert "postgresql://watch:***@db.example.com:5432/milo" in stream.getvalue()
    assert "application_name=kept" in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_neither_local_variables_nor_urls(form: Format) -> None:
    stream = configured(form)
    webhook = "https://hooks.example.com/services/T0/B0/" + "x" * 8
    try:
        fail(f"404 for url '{webhook}' after {DSN}")
    except ValueError:
        structlog.get_logger().exception("delivery.failed")
        logging.getLogger("uvicorn.error").exception("broken")

    written = stream.getvalue()

    assert written.count("ValueError: 404 for url 'https://hooks.example.com/***' after postgresql://watch:***@") == 2
    assert "/services/" not in written
    assert "p@ss" not in written


def test_no_value_can_begin_a_line_or_move_the_cursor_on_the_console() -> None:
    stream = configured("console")
    hostile = "a\n2025-11-17T00:00:00Z [info] all is well\r\x1b[2J\x9b1m\u2028\u202e\0🙂"
    structlog.get_logger().info(hostile, name=hostile, **{hostile: {hostile: [hostile]}})

    written = stream.getvalue()

    assert len(written.splitlines()) == 1
    assert not set("\r\x1b\x9b\u2028\u202e\0") & set(written)
    assert r"a\n2025-11-17T00:00:00Z [info] all is well\r\x1b[2J\x9b1m\u2028\u202e\x00🙂" in written


def test_an_exceptions_message_cannot_pass_for_an_event() -> None:
    stream = configured("console")
    try:
        fail("boom\n2025-11-17T00:00:00Z [info] all is well\x1b[2J")
    except ValueError:
        structlog.get_logger().exception("check.crashed")

    first, *others = stream.getvalue().splitlines()

    assert "check.crashed" in first
    assert others
    assert all(line.startswith("  | ") for line in others)
    assert "\x1b" not in stream.getvalue()


def test_plain_values_keep_their_types_in_json() -> None:
    stream = configured("json")
    structlog.get_logger().info("plain", up=True, none=None, seconds=0.25, rows=10_000_000_000, token=None)

    (event,) = objects(stream)

    assert (event["up"], event["none"], event["seconds"], event["rows"]) == (True, None, 0.25, 10_000_000_000)
    assert event["token"] is None
