"""The real pm2, with a home and a daemon of its own, and a watchdog that it runs beside an aggregator."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar

from tests.acceptance.support import ROOT, Daemon, Json, environment, poll
from tests.conftest import missing_component

T = TypeVar("T")

PM2 = ROOT / "tests" / "servers" / "node_modules" / ".bin" / "pm2"
DOG = "schema-watchdog"
AGGREGATOR = "milo-aggregator"
INSTALLED = "/opt/schema-watchdog"  # where the documents have it
# Its worker looks at memory that often, in milliseconds; by itself twice a minute.
WORKER = "500"


class Pm2:
    """pm2 in a home of its own. What it still runs, and its daemon, end with the block."""

    def __init__(self, folder: Path, **env: str) -> None:
        """`folder` and `env` are the shell's that starts it."""
        if not PM2.exists():
            missing_component("pm2", "make setup-test (it needs npm)")
        # Its sockets stand there, and the path of a socket is short.
        self.home = Path(tempfile.mkdtemp(prefix="pm2-"))
        self.folder = folder
        self.env: dict[str, str] = {
            "PM2_HOME": str(self.home),
            "PM2_DISABLE_VERSION_CHECK": "true",
            "PM2_WORKER_INTERVAL": WORKER,
            **env,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(f"pm2's own log ends:\n{self.log()[-4000:]}")
        self("kill")
        shutil.rmtree(self.home)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [PM2, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env=environment(self.env),
            timeout=60,
        )

    def done(self, *arguments: str) -> str:
        """What a command printed that has to succeed."""
        done = self(*arguments)
        assert done.returncode == 0, f"pm2 {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def app(self, name: str = DOG) -> Json:
        """What `pm2 list` knows of one: status, pid (0: none), exit_code, restarts, interpreter..."""
        [found] = [app for app in json.loads(self.done("jlist")) if app["name"] == name]
        return {**found["pm2_env"], "pid": found["pid"], "restarts": found["pm2_env"]["restart_time"]}

    def pid(self, name: str = DOG) -> int:
        """Of the process that runs, or is about to: as pm2 has it in its file. Costs no process, unlike `app`."""

        def written() -> int:
            found = [file.read_text() for file in (self.home / "pids").glob(f"{name}-*.pid")]
            return int("".join(found) or 0)

        return self.until(f"the pid of {name}", lambda: written() or False)

    def log(self) -> str:
        """What pm2's daemon says of what it does."""
        path = self.home / "pm2.log"
        return path.read_text() if path.exists() else ""

    def starts(self) -> int:
        """How often the watchdog was started."""
        return len(re.findall(rf"App \[{DOG}:\d+\] starting", self.log()))

    def until_started(self, times: int) -> None:
        self.until(f"{times} starts", lambda: self.starts() == times)

    def until(self, what: str, holds: Callable[[], T | Literal[False]]) -> T:
        return poll(what, holds, lambda: self.log()[-2000:])


def documented() -> str:
    """The ecosystem file that docs/operating.md shows, with the watchdog that is here."""
    file: str
    [file] = re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "operating.md").read_text(), flags=re.DOTALL)
    assert file.count(INSTALLED) == 1
    return file.replace(INSTALLED, str(ROOT))


def beside(folder: Path, ecosystem: str, daemon: Daemon | None = None) -> Mapping[str, str]:
    """Write an aggregator and the ecosystem file of both; the environment to start them in."""
    (folder / "dist").mkdir()
    shutil.copy(Path(__file__).parent / "aggregator.js", folder / "dist" / "server.js")
    (folder / "ecosystem.config.js").write_text(ecosystem)
    return {"SCHEMA_WATCHDOG_CONFIG": str(daemon.path)} if daemon else {}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
