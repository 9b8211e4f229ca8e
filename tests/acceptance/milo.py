"""The database of the founding incident: an aggregator's, with a few thousand rows."""

from tests.acceptance.support import watcher_of
from tests.servers.query import rows, sql

SHOULD_BE = "varchar(10) DEFAULT 'milo'"
TABLES = ("sealed_epochs", "sealed_participants")

DROP = "".join(f"ALTER TABLE {table} DROP COLUMN token_group;" for table in TABLES)

# The rows of sealed_participants that are not there any more.
REFILL = """
INSERT INTO sealed_participants (epoch, channel, idx, user_hash)
SELECT 3600 * n, 'main', i, md5(i::text) FROM generate_series(1, 120) n, generate_series(1, 10) i
ON CONFLICT DO NOTHING
"""


def make(dsn: str, token_group: str = SHOULD_BE) -> None:
    """Make the tables; `token_group` is the definition of the column that went missing."""
    sql(
        dsn,
        f"""
        CREATE TABLE channel_participation (
          epoch bigint NOT NULL, channel text NOT NULL, user_hash text NOT NULL, first_seen bigint NOT NULL,
          token_group text DEFAULT 'MILO' NOT NULL, category text DEFAULT 'default' NOT NULL,
          PRIMARY KEY (epoch, channel, user_hash));
        CREATE TABLE sealed_epochs (
          epoch bigint NOT NULL, channel text NOT NULL, root text NOT NULL, sealed_at bigint NOT NULL,
          published integer DEFAULT 0 NOT NULL, published_at timestamptz,
          token_group {token_group}, category text DEFAULT 'default' NOT NULL,
          PRIMARY KEY (epoch, channel));
        CREATE TABLE sealed_participants (
          epoch bigint NOT NULL, channel text NOT NULL, idx integer NOT NULL, user_hash text NOT NULL, username text,
          token_group {token_group}, category text DEFAULT 'default' NOT NULL,
          PRIMARY KEY (epoch, channel, idx));
        CREATE INDEX sealed_participants_user ON sealed_participants (user_hash);
        CREATE TABLE user_signals (
          epoch bigint NOT NULL, channel text NOT NULL, user_hash text NOT NULL, signal_type text NOT NULL, value real,
          "timestamp" bigint NOT NULL, PRIMARY KEY (epoch, channel, user_hash, signal_type, "timestamp"));
        CREATE TABLE user_mapping (user_hash text PRIMARY KEY, username text NOT NULL, first_seen bigint NOT NULL);

        INSERT INTO sealed_epochs (epoch, channel, root, sealed_at)
        SELECT 3600 * n, 'main', md5(n::text), 3600 * n + 5 FROM generate_series(1, 120) n;
        INSERT INTO sealed_participants (epoch, channel, idx, user_hash)
        SELECT 3600 * n, 'main', i, md5(i::text) FROM generate_series(1, 120) n, generate_series(1, 10) i;
        """,
    )


def made(dsn: str, *, may_count: bool = True) -> str:
    """The same, its statistics settled; returns the connection string of a watcher that may read the tables or not."""
    make(dsn)
    watcher = watcher_of(dsn)
    if may_count:
        [[role]] = rows(dsn, "SELECT current_database() || '_watcher'")
        sql(dsn, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    sql(dsn, "ANALYZE")
    return watcher
