"""What each migration tool has noted in production, beside its folder: pending is no drift, and drift is not pending."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.acceptance.gate import Gate
from tests.acceptance.histories import HISTORIES, History, Step
from tests.servers.pool import Pool
from tests.servers.query import sql

# Production is of an older major than what migrations are replayed on, as it mostly is.
pytestmark = pytest.mark.majors(16)

ACCOUNT = Step(1, "account", "CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);")
BILL = Step(2, "bill", "CREATE TABLE bill (id bigint PRIMARY KEY, total numeric DEFAULT 0 NOT NULL);")
EMAIL = Step(3, "email", "ALTER TABLE account ADD COLUMN email text;\nCREATE INDEX account_email ON account (email);")
LABEL = Step(4, "label", "CREATE TABLE label (id bigint PRIMARY KEY);")
ALL = (ACCOUNT, BILL, EMAIL, LABEL)
GHOST = Step(9, "ghost", "SELECT 1;")


class Tooled(Gate):
    """A repository of one tool."""

    def __init__(self, tool: str, folder: Path, dsn: str, servers: Pool) -> None:
        super().__init__(folder, dsn, servers.get(18).dsn())
        self.tool = tool
        self.history: History = HISTORIES[tool]
        sql(dsn, self.history.ddl)
        self.grant(self.history.table)

    def commit(self, steps: Iterable[Step]) -> None:
        self.write({self.path(step): self.history.file(step)[1] for step in steps})

    def path(self, step: Step) -> str:
        return f"{self.history.folder}/{self.history.file(step)[0]}"

    def ran(self, *steps: Step) -> None:
        for step in steps:
            sql(self.dsn, step.sql)
            self.noted(step)

    def noted(self, *steps: Step) -> None:
        for step in steps:
            sql(self.dsn, self.history.note(step, self.history.file(step)[1]))

    def edit(self, step: Step, text: str) -> None:
        path = self.folder / self.path(step)
        path.write_text(path.read_text().replace(step.sql, f"{step.sql}\n{text}"))


@pytest.fixture
def tooled(tool: str, tmp_path: Path, database: str, servers: Pool) -> Tooled:
    return Tooled(tool, tmp_path, database, servers)


def checked(gate: Tooled):  # noqa: ANN201
    return gate.check("--migrations-format", gate.tool, migrations=gate.history.folder)


@pytest.mark.parametrize("tool", HISTORIES)
def test_what_has_run_is_no_finding_and_what_has_not_is_pending_and_says_what_it_does(tooled: Tooled) -> None:
    tooled.commit(ALL)
    tooled.ran(ACCOUNT, BILL)
    before = checked(tooled)
    assert (before.code, before.drift) == (0, []), before
    assert before.migrations == {(tooled.history.version(step), "info", "missing") for step in (EMAIL, LABEL)}
    [email, _] = before.findings
    assert email["locations"] == [{"file": tooled.path(EMAIL), "line": 1}]
    assert email["origin"] == "pending-migration"
    assert ": adds column public.account.email, and 1 more change; `" in email["message"]
    strict = tooled.check(
        "--migrations-format", tooled.tool, "--fail-on", "info", migrations=tooled.history.folder
    )
    assert strict.code == 1

    tooled.ran(EMAIL, LABEL)
    after = checked(tooled)
    assert (after.code, after.findings) == (0, []), after
    assert after.report["status"] == "ok"
