"""What migration tools have noted in production, beside their folders: pending is no drift, and drift not pending."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.acceptance.gate import Gate, Verdict, versions
from tests.acceptance.histories import FLYWAY, HISTORIES, History, Step
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


def checked(gate: Tooled, *more: str) -> Verdict:
    return gate.check("--migrations-format", gate.tool, *more, migrations=gate.history.folder)


@pytest.mark.parametrize("tool", HISTORIES)
def test_what_has_run_is_no_finding_and_what_has_not_is_pending_and_says_what_it_does(tooled: Tooled) -> None:
    tooled.commit(ALL)
    tooled.ran(ACCOUNT, BILL)
    before = checked(tooled)
    assert (before.code, before.drift, before.report["status"]) == (0, [], "ok"), before
    assert before.migrations == {(tooled.history.version(step), "info", "missing") for step in (EMAIL, LABEL)}
    [email, _] = before.findings
    assert email["locations"] == [{"file": tooled.path(EMAIL), "line": 1}]
    assert email["origin"] == "pending-migration"
    assert ": adds column public.account.email, adds index public.account.account_email; `" in email["message"]
    assert checked(tooled, "--fail-on", "info").code == 1
    strict = checked(tooled, "--fail-on-pending")
    assert (strict.code, strict.report["status"]) == (1, "drift"), strict

    tooled.ran(EMAIL, LABEL)
    after = checked(tooled)
    assert (after.code, after.findings) == (0, []), after
    assert after.report["status"] == "ok"


# What a table tells when LABEL failed half-way, BILL was passed over and ACCOUNT was edited since: (file, severity,
# what is said of it). golang-migrate keeps one number, the newest: see below.
PENDING = (BILL, "info", "missing")
LATE = (BILL, "warning", "order")
EDITED = (ACCOUNT, "warning", "checksum")
UNKNOWN = (GHOST, "warning", "unexpected")
FAILED = (LABEL, "critical", "state")
LABEL_PENDING = (LABEL, "info", "missing")
MUDDLED = {
    "flyway": {PENDING, LATE, EDITED, UNKNOWN, FAILED},
    "prisma": {PENDING, LATE, EDITED, UNKNOWN, FAILED},
    "sqlx": {PENDING, LATE, EDITED, UNKNOWN, FAILED},
    "node-pg-migrate": {PENDING, LATE, UNKNOWN, LABEL_PENDING},
    "supabase": {PENDING, LATE, EDITED, UNKNOWN, LABEL_PENDING},
}


@pytest.mark.parametrize("tool", MUDDLED)
def test_each_thing_that_the_table_tells_is_one_finding_and_none_of_them_is_drift(tooled: Tooled) -> None:
    history = tooled.history
    tooled.commit(ALL)
    tooled.ran(ACCOUNT, EMAIL)
    tooled.noted(GHOST)
    if history.note_failed:
        sql(tooled.dsn, history.note_failed(LABEL, history.file(LABEL)[1]))
    tooled.edit(ACCOUNT, "COMMENT ON TABLE account IS NULL;")
    found = checked(tooled)
    assert (found.code, found.drift) == (1, []), found
    expected = {(history.version(step), severity, what) for step, severity, what in MUDDLED[tooled.tool]}
    assert found.migrations == expected, found
    for finding in found.of("migration"):
        assert tooled.tool in finding["message"] or "put the file back" in finding["message"], finding
        assert bool(finding["locations"]) == (finding["identity"][0] != history.version(GHOST)), finding


@pytest.mark.parametrize("tool", ["golang-migrate"])
def test_one_number_tells_what_is_dirty_and_what_is_newer_than_all_files(tooled: Tooled) -> None:
    tooled.commit(ALL)
    tooled.ran(ACCOUNT, BILL, EMAIL)
    assert tooled.history.note_failed
    sql(tooled.dsn, tooled.history.note_failed(LABEL, ""))
    dirty = checked(tooled)
    assert (dirty.code, dirty.migrations, dirty.drift) == (1, {("4", "critical", "state")}, []), dirty
    [failed] = dirty.findings
    assert "`migrate force VERSION`" in failed["message"]

    tooled.ran(LABEL)
    tooled.noted(GHOST)
    ahead = checked(tooled)
    assert (ahead.code, ahead.migrations, ahead.drift) == (1, {("9", "warning", "unexpected")}, []), ahead


@pytest.mark.parametrize("tool", ["golang-migrate"])
def test_what_one_number_cannot_tell_shows_by_what_is_missing(tooled: Tooled) -> None:
    tooled.commit(ALL)
    tooled.ran(ACCOUNT, EMAIL, LABEL)  # BILL was merged later, below the number that production was at
    tooled.edit(ACCOUNT, "CREATE TABLE since (id int);")
    found = checked(tooled)
    assert (found.code, found.migrations) == (1, set()), found
    missing = {tuple(finding["identity"]): finding for finding in found.findings if finding["kind"] == "relation"}
    assert set(missing) == {("public", "bill"), ("public", "since")}, found
    assert {(each["change"], each["origin"]) for each in missing.values()} == {("missing", "out-of-band")}
    notes = " ".join(found.report["coverage"]["notes"])
    assert "notes one version" in notes
    assert "notes no checksums" in notes


@pytest.mark.parametrize("tool", ["flyway", "prisma"])
def test_drift_beside_a_migration_whose_doing_is_not_known_is_blamed_on_nobody(tooled: Tooled) -> None:
    tooled.commit(ALL)
    tooled.ran(*ALL)
    sql(tooled.dsn, "ALTER TABLE bill ADD COLUMN note text")
    by_hand = checked(tooled)
    assert [(each["identity"], each["origin"]) for each in by_hand.findings] == [
        (["public", "bill", "note"], "out-of-band")
    ]
    tooled.noted(GHOST)
    beside = checked(tooled)
    [note] = [each for each in beside.findings if each["kind"] == "column"]
    assert (note["change"], note["origin"]) == ("unexpected", "unknown"), beside
    assert versions(beside.of("migration")) == {tooled.history.version(GHOST)}


@pytest.mark.parametrize("tool", ["flyway"])
def test_what_runs_again_whenever_it_changes_is_pending_again_after_a_change(tooled: Tooled) -> None:
    tooled.commit([ACCOUNT])
    tooled.ran(ACCOUNT)
    view = "CREATE OR REPLACE VIEW names AS SELECT id, name FROM account;"
    tooled.write({"db/migrations/R__names.sql": view})
    sql(tooled.dsn, view)
    note = FLYWAY.note(Step(2, "names", ""), view).replace("'2'", "NULL", 1).replace("V2__", "R__")
    sql(tooled.dsn, note)
    assert checked(tooled).findings == []
    tooled.write({"db/migrations/R__names.sql": view.replace("id, name", "id, name, id + 1 AS next")})
    again = checked(tooled)
    assert (again.code, again.migrations) == (0, {("R__names", "info", "missing")}), again
    [message] = [each["message"] for each in again.findings]
    assert (
        message == "migration R__names.sql has changed since it ran and is pending again; `flyway migrate` applies it"
    )
    sql(tooled.dsn, "ALTER TABLE account ADD COLUMN note text")
    assert [each["identity"] for each in checked(tooled).of("column")] == [["public", "account", "note"]]
