"""The real process, real receivers and patience: what acceptance tests and tests of faults are made of."""

import contextlib
import json
import os
import queue
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance import forked
from tests.servers import servers
from tests.servers.query import rows, sql

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "watchdog" / "__main__.py"
PATIENCE = 30.0  # seconds that anything may take on a busy machine
LOG_SHOWN = 6000  # characters

free_port = servers.free_port

T = TypeVar("T")
Json = dict[str, Any]

WATCHER_PASSWORD = "hunter2-of-the-watcher"


def watchdog(
    *arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One command to its end, in a process of its own."""
    if "PYTHONPATH" not in (env or {}):
        code, printed, said = forked.run(PROGRAM, arguments, cwd or Path.cwd(), environment(env))
        return subprocess.CompletedProcess(arguments, code, printed, said)
    # It imports something else.
    return subprocess.run(
        [sys.executable, "-m", "watchdog", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment(env),
        timeout=120,
    )


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, with the checkout importable from any folder, and nothing that configures the watchdog."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCHEMA_WATCHDOG_", "DATABASE_"))}
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "dumb", "COLUMNS": "200"} | dict(more or {})


def watcher_of(dsn: str) -> str:
    """The connection string of a new role with pg_monitor and CONNECT, and nothing else, on a superuser's database.

    It carries a password that nobody asks for, so that a test can look for where it went.
    """
    [[name]] = rows(dsn, "SELECT current_database()")
    role = f"{name}_watcher"
    sql(
        dsn,
        f"CREATE ROLE {role} LOGIN PASSWORD '{WATCHER_PASSWORD}'; GRANT pg_monitor TO {role};"
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {role};",
    )
    return dsn.replace("postgres@", f"{role}:{WATCHER_PASSWORD}@")


def watched(dsn: str, folder: Path, name: str = "production", **more: object) -> Json:
    """The configuration of one database, looked at often and with little patience."""
    return {
        "name": name,
        "dsn": dsn,
        "baseline": str(folder / f"{name}.baseline.json"),
        "every": {"probe": "200ms", "schema": "500ms", "rows": "500ms"},
        "cost_limit": "1h",
        "timeouts": {"connect": "2s", "lock": "300ms", "statement": "2s", "look": "4s"},
        # On a server that tests share, the roles of others come and go; and tests grant what they need.
        "compare": {"roles": False, "settings": False, "privileges": False},
        **more,
    }


def webhook(url: str) -> Json:
    return {"type": "webhook", "url": url}


def slack(url: str) -> Json:
    return {"type": "slack", "webhook_url": url}


def poll(
    what: str, holds: Callable[[], T | Literal[False]], more: Callable[[], str] = str, seconds: float = PATIENCE
) -> T:
    """Ask until the answer is true, and return it; what `more` says is added to the complaint."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}; last: {answer!r}\n{more()}")
        time.sleep(0.1)
    return answer


class Receiver:
    """A loopback HTTP server that records what is asked of each path and answers as `answer` says.

    Attributes:
        received: path -> bodies, oldest first, recorded before they are answered; of a GET an empty one.
        answer: an HTTP status, "hang" (until the receiver ends) or "cut" (half an answer, then closed).
    """

    def __init__(self) -> None:
        self.received: dict[str, list[Json]] = {}
        self.answer: int | str = 200
        self._ended = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._take(body)

            def do_GET(self) -> None:
                self._take({})

            def _take(self, body: Json) -> None:
                answer = receiver.answer
                receiver.received.setdefault(self.path, []).append(body)
                with contextlib.suppress(OSError):  # whoever asked may be gone
                    self._answer(answer)

            def _answer(self, answer: int | str) -> None:
                if answer == "hang":
                    receiver._ended.wait()
                elif answer == "cut":
                    self.wfile.write(b"HTTP/1.1 2")
                else:
                    self.send_response(int(answer))
                    self.end_headers()
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def statuses(self, path: str) -> list[str]:
        return [body["status"] for body in self.received.get(path, [])]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Daemon:
    """`schema-watchdog run` in a folder of its own, killed at the latest when the block ends.

    Its configuration is `config`, written anew at each start and by `write`. A failure inside the block shows its log.
    """

    def __init__(self, folder: Path, *databases: Json, channels: Mapping[str, Json] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.config: Json = {
            "databases": list(databases),
            "alerts": {"channels": dict(channels or {}), "routes": [{"group_wait": "0s", "group_interval": "0s"}]},
            "state": str(folder / "state"),
            "listen": f"127.0.0.1:{self.port}",
            "log": {"format": "json"},
        }
        self.path = folder / "watchdog.yaml"
        self.stderr = folder / "stderr.log"
        self.stdout = folder / "stdout.log"
        self.prefix: Sequence[str] = ()
        self.more: Sequence[str] = ()
        self._process: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        if self._process is not None and self._process.poll() is None:
            self.kill9()
        if error is not None:
            error.add_note(f"the daemon's log ends:\n{self.log()[-LOG_SHOWN:]}")

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the daemon was not started"
        return self._process

    def write(self) -> None:
        self.path.write_text(yaml.safe_dump(self.config, sort_keys=False))

    def secured(self, certificate: tuple[Path, Path], read_token: str) -> Self:
        """To be reached by HTTPS, and by whoever knows the token."""
        cert, key = map(str, certificate)
        self.config |= {"https": {"cert": cert, "key": key}, "api": {"read_token": read_token}}
        self._http.close()
        self._http = httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            timeout=5,
            verify=ssl.create_default_context(cafile=cert),
            headers={"Authorization": f"Bearer {read_token}"},
        )
        return self

    def launch(self) -> Self:
        """Start the process, and wait for nothing."""
        self.write()
        with self.stderr.open("ab") as stderr, self.stdout.open("ab") as stdout:
            self._process = subprocess.Popen(
                [*self.prefix, sys.executable, "-m", "watchdog", "run", "--config", str(self.path), *self.more],
                stdout=stdout,
                stderr=stderr,
                cwd=self.folder,
                env=environment(),
            )
        return self

    def start(self) -> Self:
        """Start the process and wait until it says that it is healthy."""
        self.launch()

        def healthy() -> bool:
            assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}"
            return self.status("/healthz") == 200

        poll("the daemon to be healthy", healthy)
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 15.0) -> int:
        """The exit code after a signal."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def kill9(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def log(self) -> str:
        return self.stderr.read_text(errors="replace") if self.stderr.exists() else ""

    def logged(self, event: str) -> list[Json]:
        """The log's lines of one event; every line must be JSON, whatever was logged."""
        lines = [json.loads(line) for line in self.log().splitlines()]
        return [line for line in lines if line["event"] == event]

    def status(self, path: str) -> int | None:
        """The HTTP status; None when nobody answers."""
        try:
            return self._http.get(path).status_code
        except httpx.TransportError:
            return None

    def text(self, path: str) -> str:
        return self._http.get(path).text

    def api(self, what: str) -> list[Json]:
        """The databases of a document, or the events of the history."""
        document = self._http.get(f"/api/v1/{what}").json()
        found: list[Json] = document["events" if what.startswith("events") else "databases"]
        return found

    def report(self, database: str = "production") -> Json:
        return next(report for report in self.api("findings") if report["database"] == database)

    def findings(self, database: str = "production") -> list[Json]:
        found: list[Json] = self.report(database)["findings"]
        return found

    def drops(self) -> list[Json]:
        return [finding for finding in self.findings() if finding["kind"] == "rows"]

    def events(self) -> list[str]:
        """The names of the events, oldest first."""
        return [event["event"] for event in reversed(self.api("events?limit=1000"))]

    def metrics(self, name: str, **labels: str) -> dict[tuple[str, ...], float]:
        """The samples of one name with these labels: the values of the other labels -> the value."""
        return {
            tuple(value for key, value in sorted(sample.labels.items()) if key not in labels): sample.value
            for family in text_string_to_metric_families(self.text("/metrics"))
            for sample in family.samples
            if sample.name == f"schema_watchdog_{name}" and labels.items() <= sample.labels.items()
        }

    def metric(self, name: str, **labels: str) -> float | None:
        """The sum of the samples of one name with these labels; None when there is none."""
        found = self.metrics(name, **labels)
        return sum(found.values()) if found else None

    def until(self, what: str, holds: Callable[[], T | Literal[False]], seconds: float = PATIENCE) -> T:
        return poll(what, holds, seconds=seconds)

    def until_given_up(self, database: str) -> None:
        """Wait until the report says why nothing can be said of a database."""

        def given_up() -> bool:
            report = self.report(database)
            return report["reason"] not in {None, "schema: not checked yet; rows: not checked yet"}

        self.until(f"{database} to be given up", given_up)

    def until_checked(self, database: str = "production", times: int = 1) -> None:
        """Wait until as many looks as that, begun from now on, have concluded something, of each check."""

        def looks(check: str) -> float:
            return sum(
                self.metric("checks_total", database=database, check=check, outcome=outcome) or 0
                for outcome in ("ok", "drift")
            )

        # The look that is under way may have begun before whatever the caller did.
        goals = {check: looks(check) + times + 1 for check in ("schema", "rows")}
        poll(
            f"{times} looks at {database}",
            lambda: all(looks(check) >= goal for check, goal in goals.items()),
            lambda: str(self.report(database)["reason"]),
        )


class Lines:
    """What a process prints, a line at a time, read by a thread so that no pipe fills up."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.seen: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._process = process
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.seen.append(line)

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        def said() -> bool:
            assert self._process.poll() is None, f"it ended with {self._process.returncode}:\n{''.join(self.seen)}"
            return any(text in line for line in list(self.seen))

        poll(f"the words {text!r}", said, lambda: "".join(self.seen), seconds)

    def rest(self) -> str:
        """All that was printed; call it after the process has ended."""
        self._thread.join(PATIENCE)
        return "".join(self.seen)


@contextlib.contextmanager
def told(folder: Path, database: str) -> Iterator[tuple[Daemon, Receiver]]:
    """A daemon, not started yet, that tells a receiver at `/ops` what becomes of a database."""
    with (
        Receiver() as receiver,
        Daemon(
            folder, watched(watcher_of(database), folder), channels={"ops": webhook(receiver.url("/ops"))}
        ) as daemon,
    ):
        yield daemon, receiver
