"""What says where the server is, beside TLS: services, password files, several hosts; as libpq has it, or told."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.postgres.looks import BRISK
from tests.postgres.test_connection import SECRET, failure, impostor
from tests.servers import libpq
from tests.servers.pool import Pool
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.opening import ParameterError, settle
from watchdog.schema.snapshot import Server as Facts

PASSWORD = "p:w\\x %y#"


@pytest.fixture(scope="module")
def primary(servers: Pool, server: Server) -> Iterator[Server]:
    made = servers.private(server.major)
    (made.data / "pg_hba.conf").write_text(
        "host all ada all scram-sha-256\nhost all all all trust\nhost replication all all trust\n"
    )
    quoted = PASSWORD.replace("\\", "\\\\")
    sql(made.dsn(), f"CREATE ROLE ada LOGIN PASSWORD E'{quoted}'; SELECT pg_reload_conf()")
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def facts(dsn: str, timeouts: Timeouts = BRISK) -> Facts:
    async def ask() -> Facts:
        connection = Connection(dsn, timeouts)
        try:
            return await connection.server()
        finally:
            await connection.close()

    return asyncio.run(ask())


def both_connect(dsn: str, home: Path, environment: Mapping[str, str] = {}) -> None:
    assert facts(dsn).database == "postgres"
    assert libpq.tried([(dsn, {"HOME": str(home), **environment})]) == [""]


def test_a_password_file_is_read_as_libpq_reads_it(
    primary: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / ".pgpass"
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"# ada\nlocalhost:1:*:ada:wrong\n127.0.0.1:{primary.port}:postgres:ada:{escaped}\n*:*:*:*:wrong\n")
    file.chmod(0o600)
    dsn = primary.dsn(user="ada")
    both_connect(dsn, home)
    elsewhere = file.rename(home / "else+where")
    assert "password authentication failed" in str(failure(dsn))
    both_connect(f"{dsn}?passfile={elsewhere}", home)
    monkeypatch.setenv("PGPASSFILE", str(elsewhere))
    both_connect(dsn, home, {"PGPASSFILE": str(elsewhere)})
    elsewhere.chmod(0o640)
    told = str(failure(dsn))
    assert f"(the password file {elsewhere} is not used, as others may read it: chmod 600 {elsewhere})" in told
    assert libpq.tried([(dsn, {"PGPASSFILE": str(elsewhere)})]) != [""]
    # Another password comes before the file's.
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    both_connect(dsn, home, {"PGPASSWORD": PASSWORD})


def test_a_service_says_what_the_connection_string_does_not(
    primary: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".pg_service.conf").write_text(
        f"# of ours\n[other]\nhost=nowhere\n[prod]\nhost=127.0.0.1\n  port={primary.port}\nuser=ada\nhost=second\n"
        f"password={PASSWORD}\n  # and\ndbname=postgres\nconnect_timeout=3\nsslmode=prefer\n[third]\nnonsense\n"
    )
    both_connect("postgresql://?service=prod", home)
    monkeypatch.setenv("PGSERVICE", "prod")
    both_connect("postgresql://", home, {"PGSERVICE": "prod"})
    monkeypatch.setenv("PGSERVICE", "lost")
    told = str(failure(f"postgresql://u:{SECRET}@h/x"))
    assert f"there is no service lost in {home}/.pg_service.conf" in told
    assert SECRET not in told
    assert libpq.tried([("postgresql://", {"HOME": str(home), "PGSERVICE": "lost"})]) != [""]
    (home / ".pg_service.conf").write_text(f"[lost]\nhost=h\npassword={SECRET}\nchannel_binding=require\n")
    told = str(failure("postgresql://"))
    assert "channel_binding (the service lost): the watchdog cannot do what it asks for (leave it out" in told
    (home / ".pg_service.conf").write_text(f"[lost]\n{SECRET}\n")
    told = str(failure("postgresql://"))
    assert "the service file" in told
    assert SECRET not in told


@pytest.mark.parametrize(
    "query",
    [
        "connect_timeout=3", "keepalives=1&keepalives_idle=30", "gssencmode=prefer", "channel_binding=prefer",
        "application_name=x", "sslcertmode=allow", "client_encoding=LATIN1", "options=-cstatement_timeout%3D9s",
        "ssl=true&sslmode=prefer", "load_balance_hosts=random",
    ],
)  # fmt: skip
def test_a_connection_string_made_for_libpq_is_taken(primary: Server, home: Path, query: str) -> None:
    both_connect(f"{primary.dsn()}?{query}", home)


def test_a_connection_string_made_for_another_driver_is_told_what_is_not_of_libpq(primary: Server) -> None:
    told = str(failure(f"{primary.dsn()}?schema=public"))
    assert 'unrecognized configuration parameter "schema" (libpq knows no schema in a DSN' in told
    assert libpq.tried([(f"{primary.dsn()}?schema=public", {})]) != [""]


def test_a_promise_that_cannot_be_kept_is_refused_before_anybody_is_asked() -> None:
    told = str(failure(f"postgresql://u:{SECRET}@127.0.0.1:1/x?channel_binding=require"))
    assert "channel_binding (in the DSN): the watchdog cannot do what it asks for" in told
    assert SECRET not in told


def test_of_several_hosts_the_first_of_use_is_taken(servers: Pool, primary: Server, home: Path) -> None:
    standby = servers.standby(primary)

    def lead(*ports: int, want: str = "any") -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        return f"postgresql://postgres@{hosts}/postgres?target_session_attrs={want}"

    here, there = primary.port, standby.port
    standbys = {
        "any": True, "primary": False, "read-write": False, "standby": True, "read-only": True, "prefer-standby": True,
    }  # fmt: skip
    try:
        # What does not answer is left after its own time, not after that of all.
        with impostor(None) as silent:
            for want, is_standby in standbys.items():
                dsn = lead(silent, 1, there, here, want=want)
                assert facts(dsn, Timeouts(connect=0.5)).in_recovery is is_standby, want
        assert facts(lead(here, there, want="prefer-standby")).in_recovery
        assert not facts(lead(here, want="prefer-standby")).in_recovery
        assert libpq.tried([(lead(1, here, want="prefer-standby"), {"HOME": str(home)})]) == [""]
        told = str(failure(lead(1, here, want="standby")))
        assert "127.0.0.1:1: " in told
        assert told.endswith(f"; 127.0.0.1:{here} is none that target_session_attrs=standby takes")
    finally:
        standby.stop()


def test_of_several_hosts_each_has_its_own_password(primary: Server, home: Path) -> None:
    file = home / ".pgpass"
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    file.write_text(f"*:1:*:ada:wrong\n*:{primary.port}:*:ada:{escaped}\n")
    file.chmod(0o600)
    both_connect(f"postgresql://ada@127.0.0.1:1,127.0.0.1:{primary.port}/postgres", home)


def test_whoever_has_no_home_folder_is_in_need_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    # As for the user of a container that /etc/passwd does not know.
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    settled = settle("postgresql://ada@h/db?sslmode=require", {})
    assert settled is not None
    assert settled.password_from == ""
    with pytest.raises(ParameterError, match="no service nobody"):
        settle("postgresql://ada@h/db?service=nobody", {})
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ParameterError, match="whoever runs this has no name"):
        settle("postgresql://h/db", {})
