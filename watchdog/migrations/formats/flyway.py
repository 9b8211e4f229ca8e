"""Flyway: versioned, repeatable and baseline scripts, with checksums, ranks and types in the table.

Of github.com/flyway/flyway, in flyway-core: names as in internal/resource/ResourceNameParser.java, versions as in
api/MigrationVersion.java, the checksum as in internal/resolver/ChecksumCalculator.java, `${...}` as in
internal/parser/PlaceholderReplacingReader.java, the table as in internal/schemahistory/JdbcTableSchemaHistory.java,
types as in api/CoreMigrationType.java, what a row means as in internal/info/MigrationInfoServiceImpl.java; what runs
outside of a transaction as in PostgreSQLParser.java of flyway-database-postgresql. What a `B` script stands for, and
the `SQL_BASELINE` and `UNDO_SQL` of the table, as in Redgate's documentation of Flyway.
"""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence

from watchdog.migrations.formats.format import Advice, Age, Files, Format, Rows
from watchdog.migrations.formats.reading import base, line_at, mistake, refuse_name, sql_files, whole
from watchdog.migrations.migration import Applied, Migration
from watchdog.sqltext import visible

NAME = re.compile(r"(?P<kind>[VBU])(?P<version>\d+(?:[._]\d+)*)(?:__.*)?\.sql|R__(?P<description>.+)\.sql")
_CALLBACK = re.compile(r"(?:before|after|create)[A-Z][A-Za-z]*(?:__.*)?\.sql")
_JAVA = re.compile(r"(?:[VBU]\d[\d._]*|R)__.*\.(?:java|kt|groovy|class)")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_ALONE = re.compile(
    r"^\s*(?:(?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE|SUBSCRIPTION)\b|ALTER\s+SYSTEM\b"
    r"|(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b|REINDEX\s+(?:VERBOSE\s+)?(?:SCHEMA|DATABASE|SYSTEM)\b"
    r"|VACUUM\b|DISCARD\s+ALL\b)",
    re.IGNORECASE | re.MULTILINE,
)
_BASELINE = "B"
_REPEATABLE = "R__"
_NEVER_OLD: Age = (1 << 200,)
_FORM = "V1_2__name.sql, R__name.sql or B1_2__name.sql"


def parse(files: Files) -> tuple[Migration, ...]:
    """Versioned and baseline scripts by version, then repeatable ones by description; undo scripts are left out.

    Raises:
        MigrationsError: a name that is nearly right, a version twice, Java, or `${...}`, of which Flyway's own
            configuration has the value; where placeholderReplacement is off, it is text like any other.
    """
    for path in files:
        if _JAVA.fullmatch(base(path)):
            mistake(path, "a migration in Java cannot be read: write it in SQL, or watch against a baseline instead")
    found = []
    for path, text in sql_files(files, "flyway", nested=True):
        name = NAME.fullmatch(base(path))
        if name is None and not _CALLBACK.fullmatch(base(path)):
            refuse_name(path, "flyway", f"{_FORM}, with two underscores")
        if name is not None and name["kind"] != "U":
            found.append(_read(path, text, name, _settings(files.get(f"{path}.conf", ""))))
    return whole("flyway", _FORM, sorted(found, key=_order), same=_order)


def _read(path: str, text: str, name: re.Match[str], settings: Mapping[str, str]) -> Migration:
    sql = text.removeprefix("\ufeff")
    if settings.get("placeholderReplacement") != "false":
        _refuse_placeholders(path, sql)
    repeatable = name["description"] is not None
    version = _REPEATABLE + name["description"].replace(" ", "_") if repeatable else name["version"].replace("_", ".")
    in_transaction = settings.get("executeInTransaction")
    return Migration(
        version=_BASELINE + version if name["kind"] == _BASELINE else version,
        file=path,
        sql=sql,
        transactional=in_transaction == "true" if in_transaction else _ALONE.search(sql) is None,
        checksum=str(checksum_of(sql)),
        repeatable=repeatable,
        baseline=name["kind"] == _BASELINE,
    )


def checksum_of(text: str) -> int:
    """CRC-32 over the lines without their ends, as a signed number of 32 bits."""
    crc = 0
    for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")):
        crc = zlib.crc32(line.encode(), crc)
    return crc - (1 << 32) if crc >= 1 << 31 else crc


def _settings(conf: str) -> dict[str, str]:
    """What a `.sql.conf` beside a script sets for it alone."""
    pairs = (line.partition("=") for line in conf.splitlines() if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}


def _refuse_placeholders(path: str, text: str) -> None:
    if found := _PLACEHOLDER.search(text):
        mistake(
            path,
            f"the placeholder {visible(found[0])} has its value in flyway's own configuration, which is not read: "
            "write the value itself, or watch against a baseline instead; where it is no placeholder, say "
            f"`placeholderReplacement=false` in {visible(base(path))}.conf",
            line_at(text, found.start()),
        )


def age(version: str) -> Age:
    """The numbers of a version, `.` and `_` alike, without zeros at the end; what is repeatable has no age."""
    if version.startswith(_REPEATABLE):
        return _NEVER_OLD
    numbers = [int(number) for number in re.split("[._]", version.removeprefix(_BASELINE))]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _order(migration: Migration) -> tuple[Age, bool, str]:
    # A baseline stands for the versioned one of the same number too, so it comes after it.
    return (age(migration.version), migration.baseline, migration.version if migration.repeatable else "")


def applied(rows: Rows, migrations: Sequence[Migration]) -> tuple[Applied, ...]:
    """What has run and was not undone or deleted since; a BASELINE stands for all files at or below its version."""
    files = {(age(each.version), each.baseline): each.version for each in migrations if not each.repeatable}
    found: dict[str, Applied] = {}
    for row in rows:
        kind = str(row["type"])
        if kind != "SCHEMA":
            version = _version(row, kind, files)
            taken_back = bool(row["success"]) and (kind == "DELETE" or kind.startswith("UNDO"))
            # What runs again has run now.
            found.pop(version, None)
            if not taken_back:
                found |= {each.version: each for each in _noted(row, kind, version, files)}
    return tuple(found.values())


def _version(row: Mapping[str, object], kind: str, files: Mapping[tuple[Age, bool], str]) -> str:
    """The row's version as the files have it: 1.0 of the table is 001 of a file.

    Where only a baseline of that version is left, it stands for the row: it makes what the files up to there made.
    """
    if row["version"] is None:
        return _REPEATABLE + str(row["description"]).replace(" ", "_")
    version, baseline = str(row["version"]), kind.endswith("_BASELINE")
    itself = files.get((age(version), baseline), _BASELINE + version if baseline else version)
    return itself if baseline or itself in files.values() else files.get((age(version), True), version)


def _noted(
    row: Mapping[str, object], kind: str, version: str, files: Mapping[tuple[Age, bool], str]
) -> Iterator[Applied]:
    script, checksum = str(row["script"]), row["checksum"]
    if kind not in ("BASELINE", "INIT"):
        other = version.startswith(_BASELINE) and not kind.endswith("_BASELINE")
        known = None if checksum is None or other else str(checksum)
        yield Applied(version=version, name=script, checksum=known, succeeded=bool(row["success"]))
        return
    below = [name for (each, baseline), name in files.items() if not baseline and each <= age(version)]
    for name in below or [version]:
        yield Applied(version=name, name=str(row["description"]))


FLYWAY = Format(
    name="flyway",
    files=f"{_FORM}, also in folders of the folder",
    table=(None, "flyway_schema_history"),
    select="SELECT version, description, type, script, checksum, success FROM {table} ORDER BY installed_rank",
    parse=parse,
    applied=applied,
    age=age,
    knows_order=True,
    knows_edits=True,
    limits=(
        "callbacks of flyway, such as afterMigrate.sql, are not replayed",
        "what was there before `flyway baseline` is known only as far as files at or below its version make it",
    ),
    advice=Advice(
        pending="`flyway migrate` applies it",
        late="`flyway migrate` refuses to run while it is older than one that has run: give it a newer version, or "
        "`-outOfOrder=true`",
        edited="put the file back, and write what changed as a new migration; where only a comment changed, `flyway "
        "repair` takes the new checksum: until then `flyway migrate` refuses to run",
        unknown="bring its file back, or let `flyway repair` mark it deleted: until then `flyway migrate` refuses it",
        failed="undo by hand what it did, let `flyway repair` remove its row, and run `flyway migrate` again",
    ),
)
