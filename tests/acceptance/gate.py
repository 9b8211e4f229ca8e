"""A repository with migrations and a production beside it, and the gate between them, run as a pipeline runs it."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.acceptance.support import Json, environment, watchdog, watcher_of
from tests.conftest import missing_component
from tests.servers.query import rows, sql

DBMATE = Path(__file__).parents[1] / "servers" / "node_modules" / "dbmate" / "bin" / "dbmate"


class Verdict:
    """What one run of the command said.

    Attributes:
        code: how it exited.
        stdout, stderr: what it printed.
    """

    def __init__(self, done: "subprocess.CompletedProcess[str]") -> None:
        self.code = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        assert "Traceback" not in self.stdout + self.stderr, self.stderr

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.stdout}\n{self.stderr}"

    @property
    def report(self) -> Json:
        found: Json = json.loads(self.stdout)
        return found

    @property
    def findings(self) -> list[Json]:
        found: list[Json] = self.report["findings"]
        return found

    def of(self, *kinds: str) -> list[Json]:
        return [finding for finding in self.findings if finding["kind"] in kinds]

    @property
    def migrations(self) -> set[tuple[str, str, str]]:
        """(version, severity, what about it) of each finding about a migration."""
        return {
            (finding["identity"][0], finding["severity"], finding["attribute"] or finding["change"])
            for finding in self.of("migration")
        }

    @property
    def drift(self) -> list[str]:
        """The sentences about objects."""
        return [finding["message"] for finding in self.findings if finding["kind"] not in ("migration", "query")]


class Gate:
    """A folder that is a team's repository, and a database that is its production.

    Attributes:
        folder: where the commands run.
        dsn: production, as its owner.
        watcher: production, as the role of the watchdog: pg_monitor and CONNECT, and what `grant` gives it.
        scratch: the server to replay on; None for an embedded one.
    """

    def __init__(self, folder: Path, dsn: str, scratch: str | None = None) -> None:
        self.folder = folder
        self.dsn = dsn
        self.watcher = watcher_of(dsn)
        self.scratch = scratch
        [[self._role]] = rows(dsn, "SELECT current_database() || '_watcher'")

    def write(self, files: Mapping[str, str]) -> None:
        """Put files, path in the repository -> text, where they belong."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def grant(self, table: str) -> None:
        """Let the watcher read a tool's table, and enter its schema."""
        schema = table.rpartition(".")[0] or "public"
        sql(self.dsn, f"GRANT USAGE ON SCHEMA {schema} TO {self._role}; GRANT SELECT ON {table} TO {self._role}")

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Verdict:
        """One command, at production."""
        cached = {"XDG_CACHE_HOME": str(self.folder / ".cache")}
        scratch = {"SCHEMA_WATCHDOG_SCRATCH_URL": self.scratch} if self.scratch else {}
        command = [*arguments, "--dsn", self.watcher]
        return Verdict(watchdog(*command, cwd=self.folder, env={**cached, **scratch, **(env or {})}))

    def check(self, *more: str, migrations: str = "db/migrations", form: str = "json") -> Verdict:
        return self.run("check", "--migrations", migrations, "--format", form, *more)

    def dbmate(self, *arguments: str) -> None:
        """Run the real dbmate against production."""
        if not DBMATE.exists():
            missing_component("dbmate", "make setup-test")
        done = subprocess.run(
            [DBMATE, "--no-dump-schema", *arguments],
            cwd=self.folder,
            env=environment({"DATABASE_URL": f"{self.dsn}?sslmode=disable"}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done


def dbmate_file(up: str, down: str = "") -> str:
    return f"-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n"


def versions(findings: Iterable[Json]) -> set[str]:
    return {finding["identity"][0] for finding in findings}
