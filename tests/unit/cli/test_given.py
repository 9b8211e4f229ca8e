from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from watchdog.cli.given import Chosen, chosen_databases, strict_on_pending
from watchdog.cli.looks import Kept
from watchdog.config.settings import Database, Judge, Migrations, Queries
from watchdog.errors import ConfigError, UsageError
from watchdog.finding import Severity

DSN = "postgresql://u:hunter2@h/db"
CONFIG = Path("config/watchdog.yaml")


def described(options: Mapping[str, object], scratch_url: str | None = None) -> Database:
    (chosen,) = chosen_databases(CONFIG, None, DSN, options, scratch_url)
    return chosen.database


def given(**options: object) -> Database:
    return described(options)


def configured(path: Path, *names: str, **options: object) -> Sequence[Chosen]:
    file = path / "watchdog.yaml"
    file.write_text(
        f"state: {path}/state\ndatabases:\n"
        "  - {name: a, dsn: postgresql://h, baseline: b.json}\n  - {name: b, dsn: postgresql://h, migrations: db}\n"
    )
    return chosen_databases(file, list(names) or None, None, options, None)


def test_a_configured_database_keeps_its_state_and_what_was_replayed_beside_it(tmp_path: Path) -> None:
    both = configured(tmp_path)
    assert [each.database.name for each in both] == ["a", "b"]
    assert {each.kept.state for each in both} == {tmp_path / "state" / "watchdog.sqlite3"}
    assert {each.kept.expected for each in both} == {tmp_path / "state" / "expected"}
    assert [each.database.name for each in configured(tmp_path, "b")] == ["b"]


def test_what_goes_with_dsn_is_refused_without_it(tmp_path: Path) -> None:
    used = {"migrations": Path("db"), "migrations_format": "flyway", "recorded": 5, "baseline": None, "queries": []}
    with pytest.raises(UsageError, match="--migrations, --migrations-format, --recorded goes with --dsn"):
        configured(tmp_path, **used)
    with pytest.raises(UsageError, match="--database nowhere: not configured"):
        configured(tmp_path, "nowhere")
    with pytest.raises(ConfigError):
        chosen_databases(tmp_path / "nowhere.yaml", None, None, {}, None)
    with pytest.raises(UsageError, match="--database and --dsn exclude each other"):
        chosen_databases(CONFIG, ["a"], DSN, {"baseline": Path("b")}, None)


def test_each_option_describes_its_part_of_the_database() -> None:
    assert given(baseline=Path("b.json")).baseline == Path("b.json")
    assert given(contract=[Path("c.yaml")]).contracts == (Path("c.yaml"),)
    assert given(recorded=7).queries == Queries(recorded=7)
    both = given(queries=[Path("src"), Path("q.sql")], search_path="app, public", recorded=0)
    assert both.queries == Queries(paths=(Path("src"), Path("q.sql")), search_path="app, public")
    assert given(migrations=Path("db")).migrations == Migrations(path=Path("db"))


def test_migrations_are_read_and_replayed_as_the_options_say() -> None:
    found = described({"migrations": Path("db"), "migrations_format": "flyway"}, "postgresql://u:hunter2@s").migrations
    assert found is not None
    assert (found.path, found.format) == (Path("db"), "flyway")
    assert found.scratch_url is not None
    assert found.scratch_url.get_secret_value() == "postgresql://u:hunter2@s"
    # It may be set for good, in the environment.
    assert described({"baseline": Path("b")}, "postgresql://s").migrations is None


def test_a_database_that_is_only_described_has_no_rows_and_never_makes_a_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (chosen,) = chosen_databases(CONFIG, None, DSN, {"baseline": Path("b")}, None)
    assert chosen.database.rows.watch == (), "nothing is agreed about rows but by a contract"
    assert chosen.database.on_missing_baseline == "fail"
    assert chosen.kept == Kept(state=None, expected=tmp_path / "schema-watchdog")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    (chosen,) = chosen_databases(CONFIG, None, DSN, {"baseline": Path("b")}, None)
    assert chosen.kept.expected == tmp_path / ".cache" / "schema-watchdog"


@pytest.mark.parametrize("options", [{}, {"search_path": "app"}, {"migrations_format": "flyway"}, {"queries": []}])
def test_a_description_that_expects_nothing_says_what_could_be_expected(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"--baseline FILE .* --migrations DIR, --contract FILE, --queries PATH or"):
        described(options)


@pytest.mark.parametrize(
    ("options", "scratch_url", "words"),
    [
        ({"baseline": Path("b"), "migrations": Path("db")}, None, "^give baseline or migrations, not both"),
        ({"migrations": Path("db"), "migrations_format": "rails"}, None, "^migrations: format: Input should be 'alem"),
        ({"migrations": Path("db")}, "mysql://u:hunter2@s", "^migrations: scratch_url: must begin with postgresql://"),
    ],
)
def test_what_does_not_go_together_is_said_without_a_secret(
    options: dict[str, object], scratch_url: str | None, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        described(options, scratch_url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "hunter2" not in repr(given(baseline=Path("b")))


def test_pending_migrations_can_be_made_warnings_after_what_a_team_has_decided(tmp_path: Path) -> None:
    (chosen,) = configured(tmp_path, "b")
    own = Judge(kind="migration", severity=Severity.INFO)
    decided = chosen.database.model_copy(update={"severity": (own,)})
    strict = strict_on_pending(Chosen(database=decided, kept=chosen.kept))
    assert strict.database.severity == (own, Judge(kind="migration", change="missing", severity=Severity.WARNING))
    assert decided.severity == (own,)
