from datetime import timedelta
from typing import Any

import pytest

from tests.unit.doctor.samples import NOON, only, said, wrong
from watchdog.doctor.examine import exit_code, unreachable
from watchdog.doctor.facts import Asked, Reach
from watchdog.doctor.line import Level
from watchdog.doctor.way import verified

PLAIN = {"channel__version": "", "channel__cipher": "", "channel__server_tls": False, "channel__verified": False}


def test_of_a_sound_database_every_line_is_ok() -> None:
    lines = said()
    assert {line.level for line in lines} == {Level.OK}
    assert exit_code(lines) == 0
    assert [line.check for line in lines] == [
        "dsn", "tls", "pooler", "role", "role", "rows", "sequences", "statements", "version", "settings", "replica",
        "connections", "clock",
    ]  # fmt: skip
    assert [line for line in lines if line.why or line.do or line.sql] == []


def test_of_a_dsn_that_cannot_be_taken_apart_no_more_is_said_than_is_known() -> None:
    unclear: dict[str, Any] = {
        "asked__to": "",
        "asked__password_from": None,
        "asked__mode": "prefer",
        "channel__verified": False,
    }
    where, advice, trust = said(**unclear)[:3]
    assert where.what == "leads where cannot be told for sure"
    assert advice.do.startswith("write special characters in it percent-encoded")
    assert trust.what.endswith("; whether the certificate was verified cannot be told of this DSN")
    assert [line.what for line in wrong(**{**unclear, **PLAIN})][1:] == ["nothing is encrypted"]


@pytest.mark.parametrize(
    ("changed", "level", "what"),
    [
        ({**PLAIN, "asked__mode": "prefer"}, Level.WARNING, "nothing is encrypted; sslmode=prefer goes without it and"),
        ({**PLAIN, "asked__mode": "disable"}, Level.WARNING, "nothing is encrypted"),
        (
            {"channel__verified": False, "asked__mode": "require"},
            Level.WARNING,
            "TLSv1.3, TLS_AES_256_GCM_SHA384; nobody verified who answers (sslmode=require)",
        ),
        (
            {"channel__verified": False, "asked__mode": "require", "asked__local": True},
            Level.NOTE,
            "TLSv1.3, TLS_AES_256_GCM_SHA384; nobody verified who answers (sslmode=require)",
        ),
        (
            {"asked__mode": "verify-ca"},
            Level.NOTE,
            "TLSv1.3, TLS_AES_256_GCM_SHA384; verified by config/ca.crt, but not its name (sslmode=verify-ca)",
        ),
        (
            {"channel__certificate_until": NOON + timedelta(days=13)},
            Level.WARNING,
            "the server's certificate ends on 2025-11-30 12:00 UTC",
        ),
        (
            {**PLAIN, "channel__server_tls": True, "asked__local": True},
            Level.NOTE,
            "this end has no TLS, and the server's end has TLS, with something in between",
        ),
        (
            {"channel__server_tls": False},
            Level.NOTE,
            "this end has TLS, and the server's end has none: it ends somewhere in between",
        ),
    ],
)
def test_what_of_tls_is_not_as_it_should_be_is_told(changed: dict[str, object], level: Level, what: str) -> None:
    line = only(**changed)
    assert (line.check, line.level) == ("tls", level)
    assert line.what.startswith(what)
    assert line.why


def test_what_never_leaves_the_machine_needs_no_tls() -> None:
    assert wrong(**PLAIN, asked__local=True, asked__mode="prefer") == []


def test_the_authorities_of_the_system_are_called_so() -> None:
    [line] = [line for line in said(asked__root="system") if line.check == "tls"]
    assert line.what.endswith("were verified by the authorities that the system trusts")


def test_require_verifies_where_there_is_a_file_of_authorities() -> None:
    assert [verified(mode, root) for mode in ("prefer", "require", "verify-ca") for root in ("", "ca.crt")] == [
        False, False, False, True, True, True,
    ]  # fmt: skip


def test_who_lends_sessions_is_found_out_by_the_session_that_answers() -> None:
    lent = only(channel__announced_pid=99, channel__pids=(7, 7, 7), channel__shared=True)
    moved = only(channel__announced_pid=99, channel__pids=(7, 8), channel__shared=None)
    kept = only(channel__announced_pid=99, channel__pids=(7, 7), channel__shared=False)
    untold = only(channel__announced_pid=99, channel__pids=(7,), channel__shared=None)
    assert {line.level for line in (lent, moved, kept, untold)} == {Level.NOTE}
    assert lent.what == moved.what == "there is one, such as PgBouncer, that lends a session for a transaction"
    assert kept.what.endswith("for a whole connection, as far as two clients could tell")
    assert untold.what.endswith("for a whole connection")


@pytest.mark.parametrize(
    ("seconds", "told"), [(5.4, ""), (-4.6, ""), (8, "the server's is 8 s ahead"), (-60, "behind")]
)
def test_clocks_that_are_apart_are_told(seconds: float, told: str) -> None:
    lines = wrong(clock=NOON + timedelta(seconds=seconds + 0.5))
    assert [told in line.what for line in lines] == ([True] if told else [])


def test_clocks_cannot_be_told_apart_by_less_than_half_the_time_that_asking_took() -> None:
    slow = {"answered_at": NOON + timedelta(seconds=60)}
    assert wrong(clock=NOON + timedelta(seconds=64), **slow) == []
    assert only(clock=NOON + timedelta(seconds=66), **slow).check == "clock"


def test_what_of_a_connection_string_comes_to_nothing_is_named() -> None:
    needless, unknown = wrong(asked__needless=("connect_timeout",), asked__unknown=("pgbouncer",))
    assert needless.what == "nothing is made of connect_timeout"
    assert unknown.what.startswith("libpq knows no pgbouncer: ")


def test_how_far_a_host_was_reached_is_told_with_why_there_is_no_connection() -> None:
    hosts = [
        Reach(host="nowhere", port=5432, words="Name or service not known"),
        Reach(host="silent", port=1, addresses=("10.0.0.1", "10.0.0.2"), words="no answer in time"),
        Reach(host="there", port=5432, addresses=("10.0.0.3",), answers=True),
    ]
    lines = unreachable(Asked(to=" to x"), "cannot connect to x: no", hosts)
    assert [(line.check, line.level, line.what) for line in lines[1:]] == [
        ("dns", Level.FAULT, "nowhere has no address: Name or service not known"),
        ("network", Level.FAULT, "nobody takes connections at silent:1 (10.0.0.1, 10.0.0.2): no answer in time"),
        ("network", Level.OK, "somebody takes connections at there:5432 (10.0.0.3)"),
        ("connection", Level.FAULT, "cannot connect to x: no"),
    ]
    assert exit_code(lines) == 3
