"""A database as a managed server has it: its administrator is no superuser, and config/role.sql makes our role."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres.psql import _program

ROLE_SQL = Path(__file__).parents[2] / "config" / "role.sql"
# Names as only a person with a grudge would give them.
ODD = 'od"d $ché\\ma'
SCHEMA = """
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric, note text);
CREATE TABLE "Lines" (order_id bigint REFERENCES orders, line serial, kept int) PARTITION BY RANGE (order_id);
CREATE TABLE lines_1 PARTITION OF "Lines" FOR VALUES FROM (0) TO (1000);
CREATE VIEW open_orders AS SELECT id, total FROM orders WHERE total > 0;
CREATE MATERIALIZED VIEW totals AS SELECT sum(total) AS total FROM orders;
CREATE FUNCTION vat(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 * 0.19';
CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
CREATE SCHEMA "od""d $ché\\ma";
CREATE TABLE "od""d $ché\\ma"."T" (id serial);
INSERT INTO orders (total) SELECT generate_series(1, 100);
INSERT INTO schema_migrations VALUES ('20250101000000');
ANALYZE
"""


class Managed:
    """A database, its administrator and the name of the role that is to watch it, all of the test's own."""

    def __init__(self, server: Server, database: str) -> None:
        self.server = server
        self.superuser = database
        self.database = database.rpartition("/")[2]
        self.role = f'w"{self.database}'
        self.admin = server.dsn(self.database, f"admin_{self.database}")
        self.watcher = server.dsn(self.database, self.role.replace('"', "%22"))

    def role_sql(self, **variables: str) -> str:
        """What psql says of config/role.sql, run by the administrator."""
        given = [f"--set={name}={value}" for name, value in {"role": self.role, **variables}.items()]
        done = subprocess.run(
            [_program(), "--no-psqlrc", "--quiet", *given, "--file", str(ROLE_SQL), "--dbname", self.admin],
            capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


@contextmanager
def managed(server: Server, database: str) -> Iterator[Managed]:
    """One with SCHEMA in it, and nothing granted to PUBLIC that a careful administrator would not."""
    made = Managed(server, database)
    admin = f"admin_{made.database}"
    sql(
        database,
        f"CREATE ROLE {admin} LOGIN CREATEROLE; GRANT pg_monitor TO {admin} WITH ADMIN OPTION;"
        f"ALTER DATABASE {made.database} OWNER TO {admin}; ALTER SCHEMA public OWNER TO {admin};"
        f"REVOKE ALL ON DATABASE {made.database} FROM PUBLIC",
    )
    try:
        sql(made.admin, SCHEMA)
        yield made
    finally:
        quoted = made.role.replace('"', '""')
        sql(
            database,
            f"REASSIGN OWNED BY {admin} TO postgres; DROP OWNED BY {admin} CASCADE;"
            f"""DO $do$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{made.role}') THEN
                DROP OWNED BY "{quoted}"; DROP ROLE "{quoted}"; END IF; END $do$;
            DROP ROLE {admin}""",
        )
