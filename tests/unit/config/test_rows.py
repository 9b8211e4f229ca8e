"""The settings of the row counts: their defaults, their forms, and each mistake with its place."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from tests.unit.config.test_load import accepts
from watchdog.config.load import parse
from watchdog.config.rows import (
    CriticalDrop,
    MaintenanceOnce,
    RecurringMaintenance,
    Rows,
    WarnDrop,
)
from watchdog.config.settings import Config
from watchdog.errors import ConfigError

HEAD = "databases:\n  - name: milo\n    dsn: postgresql://h/db\n    baseline: b.json\n    rows:\n"
EVERYTHING = """\
      watch: ["public.*"]
      warn: {percent: 11, rows: 12}
      critical: {percent: 13}
      tables:
        - match: ["public.sealed_epochs", "*.events"]
          warn: {percent: 1, rows: 1}
          critical: {percent: 5}
          min_rows: 1_000
          max_rows: 5_000_000
          growth: 2h
          freshness: {column: epoch, max_age: 90m, unit: ms}
        - {match: ["*"], growth: null, freshness: {column: at, max_age: 1d}}
      retention:
        - tables: ["public.user_signals", "public.sealed_*"]
          schedule: 0 * * * *
          lasts: 10m
          timezone: Europe/Berlin
          at_most: {percent: 15, rows: 20, partitions: 1}
          reason: hourly retention
        - {tables: ["*"], schedule: "5 0 1 * *", at_most: {partitions: 2}, reason: old months}
      maintenance:
        - {tables: ["public.orders"], schedule: "0 3 * * 0", lasts: 2h, timezone: UTC, reason: weekly}
        - {schedule: "0 4 * * 0", reason: all of it}
        - {tables: ["public.orders"], from: 2026-12-01T22:00:00Z, until: "2026-12-02T02:00+01:00", reason: migration 42}
      counting:
        pages: 7
        time: 8s
        exact: {every: 12h, pages: 9}
        dsn: ${REPLICA_URL}
"""


def rows(text: str, **environment: str) -> Rows:
    return parse(f"{HEAD}{text}\n", "f.yaml", environment).databases[0].rows


def mistakes(text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        rows(text, **environment)
    return [told.removeprefix("f.yaml: databases[0].rows.") for told in caught.value.mistakes]


def test_nothing_needs_to_be_said() -> None:
    said_nothing = parse(HEAD.removesuffix("    rows:\n"), "f.yaml", {}).databases[0].rows
    assert said_nothing == rows("      watch: ['*']")
    assert said_nothing.model_dump() == {
        "watch": ("*",),
        "warn": {"percent": 20.0, "rows": 100},
        "critical": {"percent": 50.0},
        "tables": (),
        "retention": (),
        "maintenance": (),
        "counting": {
            "connection": None,
            "pages": 100_000,
            "time": 10.0,
            "exact": {"every": 86_400.0, "pages": 1000},
            "dsn": None,
        },
    }


def test_each_setting_is_read() -> None:
    read = rows(EVERYTHING, REPLICA_URL="postgresql://u:hunter2@replica/db")
    assert (read.watch, read.warn, read.critical) == (
        ("public.*",),
        WarnDrop(percent=11, rows=12),
        CriticalDrop(percent=13),
    )
    first, second = read.tables
    assert first.model_dump() == {
        "match": ("public.sealed_epochs", "*.events"),
        "warn": {"percent": 1.0, "rows": 1},
        "critical": {"percent": 5.0},
        "min_rows": 1000,
        "max_rows": 5_000_000,
        "growth": 7200.0,
        "freshness": {"column": "epoch", "max_age": 5400.0, "unit": "ms"},
    }
    assert second.model_fields_set == {"match", "growth", "freshness"}
    assert second.freshness is not None
    assert second.freshness.unit is None
    hourly, monthly = read.retention
    assert hourly.model_dump() == {
        "tables": ("public.user_signals", "public.sealed_*"),
        "schedule": "0 * * * *",
        "lasts": 600.0,
        "timezone": "Europe/Berlin",
        "at_most": {"percent": 15.0, "rows": 20, "partitions": 1},
        "reason": "hourly retention",
    }
    assert (monthly.lasts, monthly.timezone) == (3600, "UTC")
    assert monthly.at_most.model_dump() == {"percent": None, "rows": None, "partitions": 2}
    weekly, of_all, once = read.maintenance
    assert isinstance(weekly, RecurringMaintenance)
    assert (weekly.tables, weekly.schedule, weekly.lasts) == (("public.orders",), "0 3 * * 0", 7200)
    assert isinstance(of_all, RecurringMaintenance)
    assert (of_all.tables, of_all.lasts, of_all.timezone) == (("*",), 3600, "UTC")
    assert isinstance(once, MaintenanceOnce)
    assert (once.from_, once.until, once.reason) == (
        datetime(2026, 12, 1, 22, tzinfo=UTC),
        datetime(2026, 12, 2, 1, tzinfo=UTC),
        "migration 42",
    )
    assert read.counting.exact.model_dump() == {"every": 43_200.0, "pages": 9}
    assert (read.counting.pages, read.counting.time) == (7, 8)
    assert read.counting.dsn == SecretStr("postgresql://u:hunter2@replica/db")
    assert "hunter2" not in repr(read) + read.model_dump_json()


def test_counts_that_nobody_needs_can_be_switched_off() -> None:
    assert rows("      counting: {exact: {every: never}}").counting.exact.every is None


def test_the_secret_of_the_standby_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("postgresql://replica/db\n")
    read = rows(f"      counting: {{dsn_file: {tmp_path}/dsn}}")
    assert read.counting.dsn == SecretStr("postgresql://replica/db")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            """\
      watch: [orders, "", "*", "public.orders", "public?orders", "[ab]c"]
      tables:
        - {match: [a.b, user]}
        - {match: []}
        - {growth: 1h}
        - {match: [a.b], min_rows: 5, max_rows: 4}
        - {match: [a.b], min_rows: 0, max_rows: 0, growth: 2, maxrows: 4}
        - {match: [a.b], warn: {percent: 0}, critical: {percent: 101}, freshness: {column: "", max_age: x, unit: us}}
        - {match: [a.b], warn: 20, freshness: {}}
""",
            [
                "watch[0]: fits no table: say schema.table, such as public.orders, or *.orders [line 6]",
                "watch[1]: fits no table: say schema.table, such as public.orders, or *.orders [line 6]",
                "tables[0].match[1]: fits no table: say schema.table, such as public.user, or *.user [line 8]",
                "tables[1].match: is empty [line 9]",
                "tables[2].match: is missing [line 10]",
                "tables[3]: min_rows is 5, more than max_rows, which is 4 [line 11]",
                "tables[4].growth: write the unit too, such as 2s [line 12]",
                "tables[4].max_rows: Input should be greater than or equal to 1 [line 12]",
                "tables[4].maxrows: is not a setting known here (a typing error, or its indentation?) [line 12]",
                "tables[4].min_rows: Input should be greater than or equal to 1 [line 12]",
                "tables[5].critical.percent: Input should be less than or equal to 100 [line 13]",
                "tables[5].freshness.column: String should have at least 1 character [line 13]",
                ("tables[5].freshness.max_age: write a number and a unit, such as 500ms, 5s, 10m, 4h or 1d [line 13]"),
                "tables[5].freshness.unit: Input should be 's' or 'ms' [line 13]",
                "tables[5].warn.percent: Input should be greater than 0 [line 13]",
                "tables[6].freshness.column: is missing [line 14]",
                "tables[6].freshness.max_age: is missing [line 14]",
                "tables[6].warn: should be a mapping, key: value [line 14]",
            ],
        ),
        (
            """\
      retention:
        - {}
        - {tables: [user], schedule: "0 * * *", lasts: 0s, timezone: Mars, at_most: {}, reason: ""}
        - {tables: [a.b], schedule: 5, at_most: {percent: 101, rows: 0, partitions: x}, reason: r}
        - {tables: [a.b], schedule: "0 0 30 2 *", at_most: 15, reason: r}
""",
            [
                "retention[0].at_most: is missing [line 7]",
                "retention[0].reason: is missing [line 7]",
                "retention[0].schedule: is missing [line 7]",
                "retention[0].tables: is missing [line 7]",
                ("retention[1].at_most: give percent, rows or partitions (what has no bound is maintenance) [line 8]"),
                "retention[1].lasts: must be 1ms to 366d [line 8]",
                "retention[1].reason: String should have at least 1 character [line 8]",
                (
                    "retention[1].schedule: has 4 fields, but cron has five: minute hour day-of-month month day-of-week"
                    " [line 8]"
                ),
                "retention[1].tables[0]: fits no table: say schema.table, such as public.user, or *.user [line 8]",
                (
                    "retention[1].timezone: no time zone is called so; the names are those such as UTC or Europe/Berlin"
                    " [line 8]"
                ),
                (
                    "retention[2].at_most.partitions: Input should be a valid integer, unable to parse string as an "
                    "integer [line 9]"
                ),
                "retention[2].at_most.percent: Input should be less than or equal to 100 [line 9]",
                "retention[2].at_most.rows: Input should be greater than or equal to 1 [line 9]",
                "retention[2].schedule: Input should be a valid string [line 9]",
                "retention[3].at_most: should be a mapping, key: value [line 10]",
                "retention[3].schedule: never comes: no month that it names has such a day [line 10]",
            ],
        ),
        (
            """\
      maintenance:
        - {}
        - {from: 2026-12-01T22:00:00Z, reason: r}
        - {from: 2026-12-01T22:00:00Z, until: 2026-12-01T22:00:00Z, reason: r}
        - {from: 2026-12-01T22:00:00, until: 2026-12-01, reason: r}
        - {from: 1764626400, until: tomorrow, reason: r}
        - {from: 2026-12-01T22:00:00Z, until: 2026-12-02T22:00:00Z, schedule: "0 3 * * *", reason: r}
        - {from: 2026-12-01T22:00:00Z, until: 2026-12-02T22:00:00Z, lasts: 2h, reason: r}
        - weekly
        - {schedule: "0 3 * * 8", at_most: {rows: 1}, tables: [], reason: r}
""",
            [
                "maintenance[0].reason: is missing [line 7]",
                "maintenance[0].schedule: is missing [line 7]",
                "maintenance[1].until: is missing [line 8]",
                "maintenance[2]: until must be later than from [line 9]",
                *(
                    f"maintenance[{index}].{end}: write date, time and offset from UTC, such as 2026-12-01T22:00:00Z "
                    f"or 2026-12-01T23:00:00+01:00 [line {index + 7}]"
                    for index in (3, 4)
                    for end in ("from", "until")
                ),
                ("maintenance[5]: schedule does not go with from and until: a window comes again, or once [line 12]"),
                "maintenance[6]: lasts does not go with from and until: a window comes again, or once [line 13]",
                "maintenance[7]: should be a mapping, key: value [line 14]",
                "maintenance[8].at_most: is not a setting known here (a typing error, or its indentation?) [line 15]",
                (
                    "maintenance[8].schedule: its day of week is 8, but cron knows only 0 to 7, sun to sat and * , - / "
                    "there [line 15]"
                ),
                "maintenance[8].tables: is empty [line 15]",
            ],
        ),
        (
            """\
      warn: {percent: yes, rows: yes}
      maintenance:
        - {from: 0001-01-01T00:00:00+14:00, until: "9999-12-31T23:59:59-05:00", reason: " "}
""",
            [
                "maintenance[0].from: must lie in the years 1 to 9999, in UTC too [line 8]",
                "maintenance[0].reason: String should have at least 1 character [line 8]",
                "maintenance[0].until: must lie in the years 1 to 9999, in UTC too [line 8]",
                "warn.percent: write a number [line 6]",
                "warn.rows: write a number [line 6]",
            ],
        ),
        (
            """\
      counting:
        pages: 0
        time: 10
        exact: {every: sometimes, pages: 0}
        dsn: mysql://hunter2
""",
            [
                ("counting.dsn: must begin with postgresql:// (its value is not shown, it holds a password) [line 10]"),
                (
                    "counting.exact.every: write a number and a unit, such as 500ms, 5s, 10m, 4h or 1d, or never "
                    "[line 9]"
                ),
                "counting.exact.pages: Input should be greater than or equal to 1 [line 9]",
                "counting.pages: Input should be greater than or equal to 1 [line 7]",
                "counting.time: write the unit too, such as 10s [line 8]",
            ],
        ),
        (
            "      counting: {exact: never, dsn: '${NOWHERE}'}",
            [
                "counting.dsn: NOWHERE is not set (export it, or give dsn_file) [line 6]",
                "counting.exact: should be a mapping, key: value [line 6]",
            ],
        ),
    ],
)
def test_each_mistake_has_its_place(text: str, told: list[str]) -> None:
    assert sorted(mistakes(text)) == sorted(told)


@pytest.mark.parametrize("text", ["      watch: [*]", "      maintenance: [{schedule: * * * * *, reason: r}]"])
def test_a_star_that_yaml_takes_for_its_own_is_said_to_need_quotes(text: str) -> None:
    assert mistakes(text) == ["f.yaml: not YAML: what begins with * must stand in quotes [line 6]"]


def test_a_reason_is_one_line_however_it_is_written() -> None:
    read = rows(
        "      maintenance:\n        - schedule: 0 3 * * 0\n          reason: |\n            weekly\n            work"
    )
    assert read.maintenance[0].reason == "weekly work"


def test_the_schema_for_editors_takes_every_setting_and_no_other() -> None:
    schema = Config.model_json_schema()
    # An editor has no moments, only their text.
    whole = json.loads(json.dumps(yaml.safe_load(HEAD + EVERYTHING), default=str))
    of = whole["databases"][0]["rows"]
    of["counting"] |= {"dsn_file": "/run/dsn"}
    assert accepts(schema, whole, schema["$defs"])

    def refused(section: dict[str, Any], key: str, value: object) -> bool:
        before = dict(section)
        section[key] = value
        taken = accepts(schema, whole, schema["$defs"])
        section.clear()
        section.update(before)
        return not taken

    sections = [of, of["tables"][0], of["tables"][0]["freshness"], of["retention"][0], of["retention"][0]["at_most"]]
    sections += [*of["maintenance"], of["counting"], of["counting"]["exact"]]
    assert [section for section in sections if not refused(section, "surplus", 1)] == []
    assert refused(of["maintenance"][2], "schedule", "0 3 * * *")
    assert refused(of["maintenance"][0], "until", "2026-12-01T22:00:00Z")
    assert refused(of["tables"][0], "growth", 5)
