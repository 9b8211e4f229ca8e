"""What a real server holds that looks faulty, and is not."""

from tests.postgres.looks import look
from tests.servers.query import sql
from watchdog.schema.compare import compare
from watchdog.schema.selection import Selection


def test_a_constraint_that_is_not_enforced_has_nothing_to_be_validated(database: str) -> None:
    sql(
        database,
        "CREATE TABLE t (a int CHECK (a > 0) NOT ENFORCED, b int);"
        "ALTER TABLE t ADD CONSTRAINT late CHECK (b > 0) NOT VALID",
    )
    found = look(database)
    findings, _ = compare("db", found, found, Selection(), state=True)
    assert [each.identity[-1] for each in findings] == ["late"]
