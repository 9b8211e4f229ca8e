import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.address import connection_string, hosts, mistakes, mode, parameters, unknown


@pytest.mark.parametrize(
    ("dsn", "values"),
    [
        (
            "postgresql://ada:p%40:w@db.example:6432/milo?sslmode=require",
            {"user": "ada", "password": "p@:w", "host": "db.example", "port": "6432", "dbname": "milo",
             "sslmode": "require"},
        ),
        ("postgres://[::1]:5/x", {"host": "::1", "port": "5", "dbname": "x"}),
        ("postgres://[fe80::1%25eth0]/x", {"host": "fe80::1%eth0", "dbname": "x"}),
        ("postgresql://h1:1,h2:2/x", {"host": "h1,h2", "port": "1,2", "dbname": "x"}),
        ("postgresql://%2Frun%2Fpg/x", {"host": "/run/pg", "dbname": "x"}),
        # As libpq has it, and asyncpg has not.
        ("postgresql://h:1/x?host=y&dbname=z", {"host": "y", "port": "1", "dbname": "z"}),
        ("postgresql://?passfile=/a+b", {"passfile": "/a+b"}),
        ("postgresql://h?ssl=true", {"host": "h", "sslmode": "require"}),
        # As asyncpg calls it.
        ("postgresql://h?database=x", {"host": "h", "dbname": "x"}),
        ("postgresql://h?sslmode=", {"host": "h"}),
        ("postgresql://", {}),
    ],
)  # fmt: skip
def test_a_connection_string_is_read_as_libpq_reads_it(dsn: str, values: dict[str, str]) -> None:
    assert parameters(dsn) == values
    assert parameters(connection_string(values)) == values


@pytest.mark.parametrize("dsn", ["postgresql://u:a/b@h/d", "postgresql://u:p@p@h/d", "postgresql://u:a#b@h", "host=h"])
def test_what_cannot_be_taken_apart_for_sure_is_not_guessed_at(dsn: str) -> None:
    assert parameters(dsn) is None


@given(st.dictionaries(st.sampled_from(["user", "password", "dbname", "sslrootcert", "options"]), st.text(min_size=1)))
def test_any_value_comes_through_a_connection_string_unchanged(values: dict[str, str]) -> None:
    assert parameters(connection_string(values)) == values


def test_hosts_have_a_port_each_or_one_for_all() -> None:
    assert hosts({}) == ()
    assert hosts({"host": "a"}) == (("a", 5432),)
    assert hosts({"host": "a,b", "port": "6000"}) == (("a", 6000), ("b", 6000))
    assert hosts({"host": "a,b", "port": "6000,"}) == (("a", 6000), ("b", 5432))


@pytest.mark.parametrize(
    ("query", "place", "told"),
    [
        ("sslmode=hunter2", "sslmode", "must be one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("port=1,2", "port", "2 ports for 1 hosts"),
        ("port=hunter2", "port", "a port is a number"),
        (
            "channel_binding=require",
            "channel_binding",
            "leave it out, or set it to disable or prefer; sslmode=verify-f",
        ),
        ("require_auth=hunter2", "require_auth", "leave it out; sslmode=verify-full"),
        ("hostaddr=hunter2", "hostaddr", "give the name or the address as host"),
        ("scram_client_key=hunter2", "scram_client_key", "(leave it out)"),
        ("sslrootcert=system&sslmode=require", "sslmode", "goes with verify-full only"),
        ("sslnegotiation=direct", "sslnegotiation", "direct goes with sslmode=require"),
        ("sslrootcert=hunter2%00", "sslrootcert", "holds a NUL"),
        ("host=hunter2%00", "host", "holds a NUL"),
        ("ssl_min_protocol_version=SSLv3", "ssl_min_protocol_version", "must be one of TLSv1.2, TLSv1.3"),
    ],
)
def test_a_promise_that_would_not_be_kept_is_refused_without_its_value(query: str, place: str, told: str) -> None:
    [(name, wrong)] = mistakes(parameters(f"postgresql://h/x?{query}") or {})
    assert name == place
    assert told in wrong
    assert "hunter2" not in wrong


@pytest.mark.parametrize(
    "query",
    [
        "channel_binding=prefer", "gssencmode=disable", "connect_timeout=3", "keepalives_idle=5", "sslcertmode=allow",
        "sslrootcert=system", "sslrootcert=system&sslmode=verify-full", "sslnegotiation=direct&sslmode=require",
        "target_session_attrs=read-write", "replication=false", "application_name=x",
    ],
)  # fmt: skip
def test_what_asks_for_nothing_that_is_not_done_anyway_is_no_mistake(query: str) -> None:
    values = parameters(f"postgresql://h/x?{query}") or {}
    assert list(mistakes(values)) == []
    assert unknown(values) == ()


def test_the_authorities_of_the_system_verify_in_full_and_nothing_else_does_by_itself() -> None:
    assert mode({"sslrootcert": "system"}) == "verify-full"
    assert mode({"sslrootcert": "ca.crt"}) == "prefer"


def test_another_drivers_parameters_are_none_of_libpqs() -> None:
    assert unknown(parameters("postgresql://h/x?pgbouncer=true&schema=public&sslmode=require") or {}) == (
        "pgbouncer",
        "schema",
    )
