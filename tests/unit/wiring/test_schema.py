import asyncio
import functools
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.unit.wiring.samples import TEXT
from watchdog.config.load import parse
from watchdog.config.settings import Database
from watchdog.errors import UsageError
from watchdog.expect.baseline_file import BaselineFile
from watchdog.expect.folder import Source
from watchdog.expect.migrations import Migrations
from watchdog.finding import Severity
from watchdog.look.queries import QueriesLook
from watchdog.look.schema import SchemaLook
from watchdog.look.seen import Look
from watchdog.look.tomorrow import TomorrowLook
from watchdog.postgres.follow import Follower
from watchdog.postgres.gate import Gate
from watchdog.postgres.replay import Scratch
from watchdog.queries.statement import Harvest
from watchdog.schema.rules import Override, Pattern
from watchdog.wiring.database import connect
from watchdog.wiring.queries import tomorrow_look
from watchdog.wiring.schema import Parts, _capture, expectation_of, queries_look, schema_look


@pytest.fixture
def bounds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that each look is given; the looks are bare."""
    found: list[float] = []

    def within(seconds: float, look: Look) -> Look:
        found.append(seconds)
        return look

    for module in ("schema", "queries"):
        monkeypatch.setattr(f"watchdog.wiring.{module}.within", within)
    return found


def database(expectation: str) -> Database:
    text = "databases: [{name: a, dsn: postgresql://h, timeouts: {look: 17s}, " + expectation + "}]"
    return parse(text, "f.yaml", {}).databases[0]


def test_who_looks_again_and_again_reads_what_changed_and_everything_by_the_clock(bounds: list[float]) -> None:
    production = database("every: {schema: 90s}, baseline: b.json")
    connection = connect(production)
    expecting = schema_look(production, connection, Parts(gate=Gate(connection)))
    assert expecting is not None
    look = expecting.look
    assert isinstance(look, SchemaLook)
    assert isinstance(look._capture, functools.partial)
    follower = look._capture.args[0].args[1]
    assert isinstance(follower, Follower)
    assert follower._every == 90
    assert bounds == [17]


def test_what_a_look_read_is_told_to_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(self: Follower) -> None:
        self.told = "everything, as that is due"

    monkeypatch.setattr(Follower, "__call__", read)
    production = database("baseline: b.json")
    connection = connect(production)
    with capture_logs() as logs:
        capture = _capture(production, connection, Gate(connection))
        asyncio.run(capture())  # type: ignore[arg-type]
    assert logs == [
        {"event": "schema.read", "log_level": "debug", "database": "a", "read": "everything, as that is due"}
    ]


def test_the_look_at_the_schema_is_as_configured(tmp_path: Path, bounds: list[float]) -> None:
    production = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[0]
    expecting = schema_look(production, connect(production), Parts())
    assert expecting is not None
    look = expecting.look
    assert bounds == [17]
    assert isinstance(look, SchemaLook)
    policy = look._policy
    assert not policy.selection.takes("publish")
    assert policy.selection.without == ["partitions", "owners", "roles"]
    assert [each.pattern for each in policy.rules.exclusions] == [
        Pattern(kind="relation", name="public.tmp_*", attribute="options", change="changed")
    ]
    assert list(policy.rules.overrides) == [
        Override(pattern=Pattern(kind="index", name="public.t.*", change="missing"), severity=Severity.CRITICAL)
    ]
    assert policy.transition == timedelta(minutes=18)
    assert policy.acceptances() == ()
    (tmp_path / "accepted.yaml").write_text("- {fingerprint: f, actual: null, by: ada, reason: known}")
    assert [each.fingerprint for each in policy.acceptances()] == ["f"]


def test_a_look_with_migrations_may_take_as_long_as_their_replay_too(bounds: list[float]) -> None:
    configured = database("migrations: db")
    assert schema_look(configured, connect(configured), Parts()) is not None
    assert bounds == [17 + 600]


def test_nothing_looks_at_what_nothing_is_expected_of() -> None:
    only_queries, only_baseline = database("queries: {recorded: 5}"), database("baseline: b.json")
    assert schema_look(only_queries, connect(only_queries), Parts()) is None
    assert expectation_of(only_queries, connect(only_queries), Parts()) is None
    assert queries_look(only_baseline, connect(only_baseline), None, tuple) is None
    assert isinstance(expectation_of(only_baseline, connect(only_baseline), Parts()), BaselineFile)


@pytest.mark.parametrize(
    ("written", "source", "scratch"),
    [
        ("db", Source(path=Path("db")), Scratch()),
        (
            "{path: db, format: flyway, table: ops.history, scratch_url: 'postgresql://h/s', scratch_timeout: 5m}",
            Source(path=Path("db"), format="flyway", table=("ops", "history")),
            Scratch(url="postgresql://h/s", statement_seconds=300),
        ),
        ("{path: db, table: history}", Source(path=Path("db"), table=(None, "history")), Scratch()),
    ],
)
def test_migrations_are_read_and_replayed_as_configured(written: str, source: Source, scratch: Scratch) -> None:
    configured = database(f"migrations: {written}")
    expectation = expectation_of(configured, connect(configured), Parts())
    assert isinstance(expectation, Migrations)
    assert expectation._source == source
    assert expectation._scratch == scratch


def test_statements_are_asked_for_as_configured(bounds: list[float], tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("SELECT 1")
    configured = database(f"queries: {{paths: [{tmp_path}/q.sql], recorded: 7, search_path: app}}")
    look = queries_look(configured, connect(configured), None, tuple)
    assert bounds == [17]
    assert isinstance(look, QueriesLook)
    assert (look._planner._search_path, look._planner._most) == ("app", 7)  # type: ignore[attr-defined]
    assert [each.sql for each in look._harvest().statements] == ["SELECT 1"]
    assert asyncio.run(look._memory()) == {}  # type: ignore[arg-type]

    recorded = database("queries: {recorded: 7}")
    alone = queries_look(recorded, connect(recorded), None, tuple)
    assert isinstance(alone, QueriesLook)
    assert alone._harvest() == Harvest()


def test_a_look_at_tomorrow_needs_migrations_and_statements(bounds: list[float]) -> None:
    both = database("migrations: db, queries: {recorded: 7, search_path: app}")
    look = tomorrow_look(both, connect(both), Parts())
    assert bounds == [17 + 600]
    assert isinstance(look, TomorrowLook)
    for lacking in ("migrations: db", "queries: {recorded: 7}"):
        with pytest.raises(UsageError, match="database a needs both migrations and queries"):
            tomorrow_look(database(lacking), connect(database(lacking)), Parts())
