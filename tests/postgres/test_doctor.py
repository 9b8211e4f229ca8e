"""The doctor at real servers: what is wrong is told, what it prints mends it, and nothing else is touched."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.postgres.managed import ODD, Managed, managed
from tests.postgres.mending import psql, unsafe
from tests.postgres.test_connection import SECRET, impostor, stopped
from tests.postgres.test_pgbouncer import pooled  # noqa: F401 a fixture
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.secure import Secure
from tests.servers.servers import Server
from watchdog.doctor.examine import exit_code, mending
from watchdog.doctor.facts import Wanted
from watchdog.doctor.line import Level, Line
from watchdog.postgres.connection import Timeouts
from watchdog.wiring.database import utc_now
from watchdog.wiring.doctor import Patient, given, visit

BRISK = Timeouts(connect=1, lock=0.3, statement=3)


def seen(dsn: str, wanted: Wanted = Wanted(), **subject: object) -> Sequence[Line]:  # noqa: B008 frozen
    """What the doctor says of a database."""
    patient = given(dsn)
    patient = msgspec.structs.replace(
        patient, wanted=wanted, subject=msgspec.structs.replace(patient.subject, timeouts=BRISK, **subject)
    )
    return visited(patient)


@pytest.fixture
def through(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Starts a PgBouncer and gives the connection string through it."""
    start: Callable[[str], str] = request.getfixturevalue("pooled")
    return start


def visited(patient: Patient) -> Sequence[Line]:
    return asyncio.run(visit(patient, utc_now()))


def of(lines: Sequence[Line], check: str) -> list[tuple[Level, str]]:
    return [(line.level, line.what) for line in lines if line.check == check]


@pytest.fixture
def place(server: Server, database: str) -> Iterator[Managed]:
    with managed(server, database) as made:
        yield made


@pytest.mark.majors(13, 18)
def test_with_the_role_of_the_script_nothing_is_to_be_mended_and_nothing_to_be_offered(
    major: int, place: Managed
) -> None:
    everything = f"public,{ODD}"
    place.role_sql(count=everything, sequences=everything, migrations="public.schema_migrations", close_public="yes")
    lines = seen(place.watcher)
    told = {line.check: line.what for line in lines if line.level != Level.OK}
    # An end of life is the server's, and nobody asked for the extension.
    assert set(told) == {"statements", *(["version"] if major == 13 else [])}
    assert (exit_code(lines), mending(lines)) == (0, "")


@pytest.mark.majors(13, 18)
def test_what_the_doctor_prints_mends_what_it_found(place: Managed) -> None:
    role = place.role.replace('"', '""')
    psql(
        place.admin,
        f"""CREATE ROLE "{role}" LOGIN CONNECTION LIMIT 1 CREATEROLE;
        GRANT CONNECT ON DATABASE {place.database} TO "{role}";
        GRANT INSERT, DELETE ON "Lines" TO "{role}"; GRANT USAGE ON SEQUENCE orders_id_seq TO "{role}";
        GRANT UPDATE (note) ON orders TO "{role}"; GRANT CREATE ON SCHEMA "od""d $ché\\ma" TO "{role}";
        ALTER ROLE "{role}" SET statement_timeout = '900ms';
        CREATE TABLE "e\x1b[31m\\sc" (n integer)""",
    )
    psql(place.superuser, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    lines = seen(place.watcher, Wanted(migrations=True))
    assert exit_code(lines) == 1
    block = mending(lines)
    for told in ("NOCREATEROLE", "GRANT pg_monitor", 'INSERT ON TABLE public."Lines"', "RESET statement_timeout",
                 "CONNECTION LIMIT 5", "USAGE ON SEQUENCE public.orders_id_seq", "schema_migrations"):  # fmt: skip
        assert told in block, block
    assert unsafe(block, ()) == set()
    assert block.replace("\n", " ").isprintable()

    psql(place.admin, block)

    after = seen(place.watcher, Wanted(migrations=True))
    assert mending(after) == ""
    assert [line for line in after if line.level in (Level.WARNING, Level.FAULT)] == [
        line for line in after if "by a group" in line.what
    ]


@pytest.mark.majors(13, 18)
def test_a_privilege_of_a_column_is_found_and_whose_it_is(place: Managed) -> None:
    place.role_sql()
    role = place.role.replace('"', '""')
    psql(place.admin, f'GRANT UPDATE (note) ON orders TO "{role}"')
    lines = seen(place.watcher)
    assert "REVOKE UPDATE ON TABLE public.orders FROM" in mending(lines)
    psql(place.admin, mending(lines))
    assert exit_code(seen(place.watcher)) == 0


def test_nobody_waits_for_the_doctor_and_it_waits_for_nobody(place: Managed) -> None:
    place.role_sql(count="public")

    async def locked() -> Sequence[Line]:
        import asyncpg  # noqa: PLC0415

        holder = await asyncpg.connect(place.admin)
        async with holder.transaction():
            await holder.execute('LOCK TABLE orders, "Lines", schema_migrations IN ACCESS EXCLUSIVE MODE')
            patient = given(place.watcher)
            found = await visit(
                msgspec.structs.replace(patient, subject=msgspec.structs.replace(patient.subject, timeouts=BRISK)),
                utc_now(),
            )
        await holder.close()
        return found

    assert exit_code(asyncio.run(locked())) == 0


@pytest.mark.parametrize(
    ("settings", "lends"),
    [
        ("pool_mode = transaction", "for a transaction"),
        ("pool_mode = session", "for a whole connection, as far as two"),
    ],
)
def test_a_pooler_is_found_and_what_it_lends(
    through: Callable[[str], str],
    settings: str,
    lends: str,
) -> None:
    [(level, what)] = of(seen(through(settings)), "pooler")
    assert level == Level.NOTE
    assert lends in what


def test_a_pooler_without_a_second_session_is_found_all_the_same(through: Callable[[str], str]) -> None:
    [(_, what)] = of(seen(through("pool_mode = session\ndefault_pool_size = 1")), "pooler")
    assert what.endswith("lends a session for a whole connection")
    lines = seen(through("pool_mode = statement"))
    assert exit_code(lines) == 3
    assert "transaction blocks not allowed in statement pooling mode" in lines[-1].what


def test_a_standby_and_a_replica_are_told(servers: Pool, private_server: Callable[[Mapping[str, str]], Server]) -> None:
    primary = private_server({})
    standby = servers.standby(primary, {"hot_standby_feedback": "off"})
    try:
        assert (Level.WARNING, "this server is a standby") in of(seen(standby.dsn()), "replica")
        assert (Level.NOTE, "hot_standby_feedback is off") in of(seen(standby.dsn()), "replica")
        good = of(seen(primary.dsn(), replica=standby.dsn()), "replica")
        assert good == [
            (Level.OK, "this server is a primary"),
            (
                Level.OK,
                f"the replica that counts to 127.0.0.1:{standby.port}/postgres as postgres is a standby of this server",
            ),
        ]
        [_, (level, what)] = of(seen(primary.dsn(), replica=primary.dsn()), "replica")
        assert (level, "the replica is no standby" in what) == (Level.WARNING, True)
        sql(standby.dsn(), "SELECT pg_wal_replay_pause()")
        sql(primary.dsn(), "CREATE TABLE t ()")
        lagging = seen(primary.dsn(), replica=standby.dsn())
        assert "the replica lags" in of(lagging, "replica")[1][1]
    finally:
        standby.stop()


def test_what_is_not_there_or_no_postgresql_is_told_apart_and_keeps_the_secret(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    server = private_server({})
    (server.data / "pg_hba.conf").write_text("host all ada all scram-sha-256\nhost all all all trust\n")
    sql(server.dsn(), "CREATE ROLE ada LOGIN PASSWORD 'right'; SELECT pg_reload_conf()")
    rows(server.dsn(), "SELECT 1")
    place = f"127.0.0.1:{server.port}"
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])

    def told(dsn: str) -> str:
        lines = seen(dsn)
        text = "\n".join(f"{line.check} {line.level}: {line.what} {line.why} {line.do}" for line in lines)
        assert exit_code(lines) == 3, text
        assert SECRET not in text
        return text

    assert "dns fault: nowhere.invalid has no address" in told(f"postgresql://u:{SECRET}@nowhere.invalid/x")
    assert "network fault: nobody takes connections at 127.0.0.1:1 (127.0.0.1): Connect call failed" in told(
        f"postgresql://u:{SECRET}@127.0.0.1:1/x"
    ).replace("Connection refused", "Connect call failed")
    wrong = told(f"postgresql://ada:{SECRET}@{place}/postgres")
    assert f"network ok: somebody takes connections at {place}" in wrong
    assert 'password authentication failed for user "ada"' in wrong
    assert 'database "lost" does not exist' in told(f"postgresql://postgres:{SECRET}@{place}/lost")
    assert "channel_binding (in the DSN)" in told(f"postgresql://u:{SECRET}@{place}/x?channel_binding=require")
    with impostor(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "connection fault: cannot connect" in told(f"postgresql://u:{SECRET}@127.0.0.1:{port}/x")
    with stopped(postmaster):
        hanging = told(f"postgresql://postgres:{SECRET}@{place}/postgres")
    assert f"network ok: somebody takes connections at {place}" in hanging
    assert "no answer in time" in hanging


def test_tls_is_told_by_what_was_verified(servers: Pool, server: Server, tmp_path: Path) -> None:
    secure = Secure(servers, tmp_path, server.major)
    try:
        secure.show("right")
        full = of(seen(secure.dsn("sslmode=verify-full&sslrootcert={0}/ca.crt")), "tls")
        assert full == [
            (
                Level.OK,
                f"TLSv1.3, TLS_AES_256_GCM_SHA384; the certificate and its name were verified by {tmp_path}/ca.crt",
            )
        ]
        for query, what in (
            ("sslmode=require&sslrootcert={0}/ca.crt", "but not its name (sslmode=require)"),
            ("sslmode=prefer", "nobody verified who answers (sslmode=prefer)"),
        ):
            [(level, told)] = of(seen(secure.dsn(query)), "tls")
            assert level == Level.NOTE
            assert told.endswith(what)
    finally:
        secure.server.stop()


def test_recorded_statements_are_told_to_be_lacking_unloaded_and_there(
    private_server: Callable[[Mapping[str, str]], Server],
) -> None:
    bare = private_server({})
    assert "is not in this database" in of(seen(bare.dsn()), "statements")[0][1]
    sql(bare.dsn(), "CREATE EXTENSION pg_stat_statements")
    lines = seen(bare.dsn(), Wanted(statements=True))
    [(level, what)] = of(lines, "statements")
    assert (level, "shared_preload_libraries" in what) == (Level.WARNING, True)
    with (bare.data / "postgresql.conf").open("a") as file:
        file.write("shared_preload_libraries = 'pg_stat_statements'\n")
    bare.restart()
    sql(bare.dsn(), "CREATE ROLE w LOGIN")
    assert of(seen(bare.dsn()), "statements") == [(Level.OK, "pg_stat_statements is there and can be read")]
    assert of(seen(bare.dsn(user="w")), "statements")[0][1] == "pg_stat_statements shows it no statement of others"
