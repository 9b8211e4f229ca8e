"""Alembic, the real one: the gate reads the SQL that it prints, and the revision that it keeps in production."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.gate import Gate
from tests.acceptance.support import environment
from tests.servers.pool import Pool
from tests.servers.query import sql

pytestmark = pytest.mark.majors(16)

ENV = """
import os
from alembic import context
from sqlalchemy import create_engine

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(os.environ["URL"]).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {before!r}

def upgrade():
    {up}

def downgrade():
    pass
"""
UPS = {
    "a1": 'op.create_table("account", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))',
    "b2": 'op.add_column("account", sa.Column("email", sa.Text, nullable=False, server_default=""))',
    "c3": 'op.create_index("account_email", "account", ["email"], unique=True)',
}
PRINTED = "migrations/all.sql"


class Alembic(Gate):
    """A repository with three revisions."""

    def __init__(self, folder: Path, dsn: str, scratch: str) -> None:
        super().__init__(folder, dsn, scratch)
        self.write({"alembic.ini": "[alembic]\nscript_location = %(here)s/alembic\n", "alembic/env.py": ENV})
        before = None
        for revision, up in UPS.items():
            self.revise(revision, before, up)
            before = revision

    def revise(self, revision: str, before: str | None, up: str) -> None:
        text = REVISION.format(revision=revision, before=before, up=up)
        self.write({f"alembic/versions/{revision}.py": text})

    def alembic(self, *arguments: str) -> str:
        """Run the real alembic, against production where it is online; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=self.folder,
            env=environment({"URL": self.dsn.replace("postgresql:", "postgresql+pg8000:")}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done
        return done.stdout

    def printed(self) -> None:
        self.write({PRINTED: self.alembic("upgrade", "head", "--sql")})


@pytest.fixture
def gate(tmp_path: Path, database: str, servers: Pool) -> Alembic:
    return Alembic(tmp_path, database, servers.get(18).dsn())


def test_the_revisions_after_the_one_in_production_are_pending_each_with_its_place(gate: Alembic) -> None:
    gate.alembic("upgrade", "a1")
    gate.grant("alembic_version")
    gate.printed()
    found = gate.check(migrations="migrations")
    assert (found.code, found.drift) == (0, []), found
    assert found.migrations == {("b2", "info", "missing"), ("c3", "info", "missing")}
    column, index = found.findings
    assert "adds column public.account.email" in column["message"]
    assert "`alembic upgrade head` applies it" in column["message"]
    assert "adds index public.account.account_email" in index["message"]
    printed = (gate.folder / PRINTED).read_text().splitlines()
    for finding, version in ((column, "b2"), (index, "c3")):
        [place] = finding["locations"]
        assert place["file"] == PRINTED
        assert printed[place["line"] - 1].endswith(f"-> {version}")

    gate.alembic("upgrade", "head")
    for migrations in ("migrations", PRINTED):
        verified = gate.check(migrations=migrations)
        assert (verified.code, verified.findings) == (0, []), verified


def test_two_heads_and_their_merge_are_known_by_what_they_follow(gate: Alembic) -> None:
    gate.revise("d4", "b2", 'op.create_table("bill", sa.Column("id", sa.BigInteger, primary_key=True))')
    gate.alembic("upgrade", "d4")
    gate.grant("alembic_version")
    gate.write({PRINTED: gate.alembic("upgrade", "heads", "--sql")})
    one_branch = gate.check(migrations="migrations")
    assert (one_branch.code, one_branch.migrations) == (0, {("c3", "info", "missing")}), one_branch
    gate.alembic("upgrade", "heads")
    assert gate.check(migrations="migrations").findings == []

    (gate.folder / "alembic/versions/e5.py").write_text(REVISION.format(revision="e5", before=("c3", "d4"), up="pass"))
    gate.printed()
    merge = gate.check(migrations="migrations")
    assert (merge.code, merge.migrations) == (0, {("e5", "info", "missing")}), merge
    assert "it changes nothing of the schema" in merge.findings[0]["message"]
    gate.alembic("upgrade", "head")
    assert gate.check(migrations="migrations").findings == []


def test_an_edited_revision_shows_by_what_it_changes_and_an_unknown_head_is_no_verdict(gate: Alembic) -> None:
    gate.alembic("upgrade", "head")
    gate.grant("alembic_version")
    gate.revise("b2", "a1", UPS["b2"].replace("sa.Text", "sa.String(80)"))
    gate.printed()
    edited = gate.check(migrations="migrations")
    assert (edited.code, edited.migrations) == (1, set()), edited
    assert [(each["attribute"], each["expected"], each["actual"], each["origin"]) for each in edited.findings[:1]] == [
        ("data_type", "character varying(80)", "text", "out-of-band")
    ]

    sql(gate.dsn, "UPDATE alembic_version SET version_num = 'zz9'")
    unknown = gate.check(migrations="migrations")
    assert (unknown.code, unknown.findings) == (3, []), unknown
    assert "the database is at revision zz9" in unknown.report["reason"]
    assert "`alembic upgrade head --sql`" in unknown.report["reason"]


def test_the_python_revisions_themselves_are_refused_with_the_way_out(gate: Alembic) -> None:
    refused = gate.check(migrations="alembic/versions")
    assert refused.code == 3
    assert "a1.py: a migration in Python cannot be read" in refused.report["reason"]
    assert "`alembic upgrade head --sql > migrations/all.sql`" in refused.report["reason"]
