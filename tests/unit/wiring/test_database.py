from pathlib import Path

from tests.unit.wiring.samples import TEXT, bare, milo
from watchdog.config.load import parse
from watchdog.postgres.connection import Timeouts
from watchdog.wiring.database import connect, connect_replica, selection, utc_now


def test_a_connection_and_a_selection_are_as_configured(tmp_path: Path) -> None:
    database = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[0]
    taken = [name for name in ("public", "publish", "private") if selection(database).takes(name)]
    assert taken == ["public"]
    assert connect(database).timeouts == Timeouts(connect=14, lock=15, statement=16)
    assert "hunter2" not in repr(connect(database))
    assert utc_now().utcoffset() is not None


def test_what_changes_by_itself_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    staging = parse(TEXT.format(folder=tmp_path), "f.yaml", {}).databases[1]
    assert selection(staging).without == ["order", "partitions"]


def test_the_standby_that_counts_go_to_is_as_configured() -> None:
    assert connect_replica(bare()) is None
    replica = connect_replica(milo())
    assert replica is not None
    assert replica._dsn == "postgresql://u:hunter2@127.0.0.1:1/replica"
    assert replica.timeouts == Timeouts(connect=14, lock=15, statement=16)
    assert "hunter2" not in repr(replica)
