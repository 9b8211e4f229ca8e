"""Several hosts in a DSN: the first that will do, whatever is wrong with those before it; if none, in words of each."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.test_daemon_down import deaf_server
from tests.servers.pool import Pool
from tests.servers.servers import Server, free_port
from watchdog.errors import UnreachableError
from watchdog.postgres.connection import Connection, Timeouts

IMPATIENT = Timeouts(connect=0.5, lock=1, statement=5)


@pytest.fixture
def standby(servers: Pool, server: Server) -> Iterator[Server]:
    primary = servers.private(server.major)
    made = servers.standby(primary)
    yield made
    made.stop()
    primary.stop()


def port_of(dsn: str) -> str:
    return dsn.rpartition("@")[2].partition("/")[0]


def answering(dsn: str, timeouts: Timeouts = IMPATIENT) -> int:
    """The port of the server behind it. Raises UnreachableError."""

    async def ask() -> int:
        connection = Connection(dsn, timeouts)
        try:
            async with connection.transaction() as transaction:
                return int(await transaction.fetchval("SHOW port"))
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_the_first_host_that_will_do_is_taken_also_behind_one_that_is_cut_off(
    database: str, server: Server, standby: Server
) -> None:
    there, nobody = port_of(database), f"127.0.0.1:{free_port()}"
    with deaf_server() as dsn:
        deaf = port_of(dsn)
        hosts = f"{deaf},{nobody},127.0.0.1:{standby.port},{there}"
        # To the deaf one alone goes all the time that one has.
        assert answering(f"postgresql://postgres@{hosts}/postgres?target_session_attrs=primary") == server.port
        assert answering(f"postgresql://postgres@{hosts}/postgres") == standby.port
        assert answering(f"postgresql://postgres@{hosts}/postgres?target_session_attrs=standby") == standby.port
        both = f"127.0.0.1:{standby.port},{there}"
        assert answering(f"postgresql://postgres@{both}/postgres?target_session_attrs=prefer-standby") == standby.port
        with pytest.raises(UnreachableError) as caught:
            answering(f"postgresql://postgres:hunter2@{deaf},{nobody},{there}/postgres?target_session_attrs=standby")
    whom = f"{deaf},{nobody},{there}/postgres as postgres"
    assert str(caught.value).startswith(f"cannot connect to {whom}: {deaf}: no answer in time; ")
    assert f"; {nobody}: [Errno 111] Connect call failed" in str(caught.value)
    assert str(caught.value).endswith(f"; {there} is none that target_session_attrs=standby takes")
    assert "hunter2" not in str(caught.value)


def test_a_host_that_refuses_the_role_is_not_passed_over(database: str) -> None:
    there = port_of(database)
    with pytest.raises(UnreachableError, match='role "nobody" does not exist'):
        answering(f"postgresql://nobody@127.0.0.1:{free_port()},{there}/postgres")


def test_one_host_that_is_no_primary_is_told_so(standby: Server) -> None:
    with pytest.raises(UnreachableError) as caught:
        answering(f"postgresql://postgres@127.0.0.1:{standby.port}/postgres?target_session_attrs=primary")
    assert str(caught.value).endswith(f"127.0.0.1:{standby.port} is none that target_session_attrs=primary takes")


def test_without_a_host_the_default_one_is_asked_at_the_port_that_is_given(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGUSER", "postgres")
    assert answering(f"postgresql://:{server.port}/postgres") == server.port
    assert answering(f"postgresql:///postgres?port={server.port}") == server.port
    monkeypatch.setenv("PGPORT", str(server.port))
    assert answering("postgresql:///postgres") == server.port
