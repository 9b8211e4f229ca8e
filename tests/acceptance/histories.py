"""How six migration tools name their files, and what they write into a database when they run them.

Their tables are made by the statements that the tools themselves send.
"""

import hashlib
import zlib
from collections.abc import Callable

import msgspec


class Step(msgspec.Struct, frozen=True):
    """A migration, whichever tool runs it: its place among the others, from 1, its name and what it does."""

    number: int
    name: str
    sql: str


class History(msgspec.Struct, frozen=True, kw_only=True):
    """One tool's files and table.

    Attributes:
        table: its name, with the schema where that is not `public`.
        ddl: as the tool makes the table.
        file: the file of a step, path in the folder and text.
        version: what the tool calls a step.
        note: SQL by which the tool notes that a step has run, whose file had this text.
        note_failed: the same of one that failed half-way; None where the tool notes no such thing.
        folder: where the files are.
        knows_edits: whether the table tells that a file changed.
    """

    table: str
    ddl: str
    file: Callable[[Step], tuple[str, str]]
    version: Callable[[Step], str]
    note: Callable[[Step, str], str]
    note_failed: Callable[[Step, str], str] | None = None
    folder: str = "db/migrations"
    knows_edits: bool = True


def _stamp(step: Step) -> str:
    return f"2025010100000{step.number}"


def _flyway_note(step: Step, text: str, *, success: bool = True) -> str:
    checksum = 0
    for line in text.splitlines():
        checksum = zlib.crc32(line.encode(), checksum)
    signed = checksum - 2**32 if checksum >= 2**31 else checksum
    return (
        "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by,"
        f" execution_time, success) SELECT count(*) + 1, '{step.number}', '{step.name.replace('_', ' ')}', 'SQL',"
        f" 'V{step.number}__{step.name}.sql', {signed}, current_user, 5, {success} FROM flyway_schema_history;"
    )


FLYWAY = History(
    table="flyway_schema_history",
    ddl="""
    CREATE TABLE "public"."flyway_schema_history" (
      "installed_rank" INT NOT NULL, "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL,
      "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INTEGER,
      "installed_by" VARCHAR(100) NOT NULL, "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
      "execution_time" INTEGER NOT NULL, "success" BOOLEAN NOT NULL);
    ALTER TABLE "public"."flyway_schema_history"
      ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");
    CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success");
    """,
    file=lambda step: (f"V{step.number}__{step.name}.sql", f"{step.sql}\n"),
    version=lambda step: str(step.number),
    note=_flyway_note,
    note_failed=lambda step, text: _flyway_note(step, text, success=False),
)


def _prisma_note(step: Step, text: str, *, finished: str = "now()") -> str:
    return (
        "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)"
        f" VALUES (gen_random_uuid()::text, '{hashlib.sha256(text.encode()).hexdigest()}', {finished},"
        f" '{_stamp(step)}_{step.name}', clock_timestamp(), 1);"
    )


PRISMA = History(
    table="_prisma_migrations",
    ddl="""
    CREATE TABLE _prisma_migrations (
      id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
      migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
      started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0);
    """,
    file=lambda step: (f"{_stamp(step)}_{step.name}/migration.sql", f"{step.sql}\n"),
    version=lambda step: f"{_stamp(step)}_{step.name}",
    note=_prisma_note,
    note_failed=lambda step, text: _prisma_note(step, text, finished="NULL"),
    folder="prisma/migrations",
)


def _sqlx_note(step: Step, text: str, *, success: bool = True) -> str:
    return (
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES"
        f" ({_stamp(step)}, '{step.name.replace('_', ' ')}', {success},"
        f" '\\x{hashlib.sha384(text.encode()).hexdigest()}', 5);"
    )


SQLX = History(
    table="_sqlx_migrations",
    ddl="""
    CREATE TABLE IF NOT EXISTS _sqlx_migrations (
      version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
      success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL);
    """,
    file=lambda step: (f"{_stamp(step)}_{step.name}.sql", f"{step.sql}\n"),
    version=_stamp,
    note=_sqlx_note,
    note_failed=lambda step, text: _sqlx_note(step, text, success=False),
)

GOLANG_MIGRATE = History(
    table="schema_migrations",
    ddl="CREATE TABLE IF NOT EXISTS schema_migrations (version bigint not null primary key, dirty boolean not null);",
    file=lambda step: (f"00000{step.number}_{step.name}.up.sql", f"{step.sql}\n"),
    version=lambda step: str(step.number),
    note=lambda step, _: f"TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES ({step.number}, false);",
    note_failed=lambda step, _: (
        f"TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES ({step.number}, true);"
    ),
    knows_edits=False,
)

NODE_PG_MIGRATE = History(
    table="pgmigrations",
    ddl='CREATE TABLE "public"."pgmigrations" (id SERIAL PRIMARY KEY, name varchar(255) NOT NULL,'
    " run_on timestamp NOT NULL);",
    file=lambda step: (
        f"173568960000{step.number}_{step.name}.sql",
        f"-- Up Migration\n{step.sql}\n\n-- Down Migration\nDROP TABLE nothing;\n",
    ),
    version=lambda step: f"173568960000{step.number}_{step.name}",
    note=lambda step, _: (
        f"INSERT INTO pgmigrations (name, run_on) VALUES ('173568960000{step.number}_{step.name}', now());"
    ),
    knows_edits=False,
)


def _supabase_note(step: Step, text: str) -> str:
    statements = ", ".join(f"$s${each.strip()}$s$" for each in text.split(";") if each.strip())
    return (
        "INSERT INTO supabase_migrations.schema_migrations (version, name, statements)"
        f" VALUES ('{_stamp(step)}', '{step.name}', ARRAY[{statements}]);"
    )


SUPABASE = History(
    table="supabase_migrations.schema_migrations",
    ddl="""
    CREATE SCHEMA IF NOT EXISTS supabase_migrations;
    CREATE TABLE IF NOT EXISTS supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY);
    ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS statements text[];
    ALTER TABLE supabase_migrations.schema_migrations ADD COLUMN IF NOT EXISTS name text;
    CREATE TABLE IF NOT EXISTS supabase_migrations.seed_files (path text NOT NULL PRIMARY KEY, hash text NOT NULL);
    """,
    file=lambda step: (f"{_stamp(step)}_{step.name}.sql", f"{step.sql}\n"),
    version=_stamp,
    note=_supabase_note,
    folder="supabase/migrations",
)

HISTORIES = {
    "flyway": FLYWAY,
    "golang-migrate": GOLANG_MIGRATE,
    "node-pg-migrate": NODE_PG_MIGRATE,
    "prisma": PRISMA,
    "sqlx": SQLX,
    "supabase": SUPABASE,
}
