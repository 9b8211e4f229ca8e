from datetime import timedelta
from typing import Any

import pytest

from tests.unit.doctor.samples import NOON, only, said, wrong
from watchdog.doctor.examine import BOUNDS, mending
from watchdog.doctor.facts import Right, RoleSetting, SchemaSight, Table, Wanted
from watchdog.doctor.line import Level

ODD = 'W"; DROP'


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"role__superuser": True}, "w is a superuser"),
        ({"role__owned": 1200}, "w owns 1,200 of this database's relations, or is in a role that does"),
        ({"role__session_name": "login"}, "login logs in, and becomes w (ALTER ROLE ... SET role)"),
    ],
)
def test_of_somebody_elses_role_nothing_is_to_be_changed(changed: dict[str, Any], what: str) -> None:
    lines = said(
        **changed,
        role__monitor=False,
        role__connection_limit=-1,
        tables=[Table(schema="s", name="t", may_select=False)],
        rights=[Right(kind="TABLE", schema="s", name="t", may=("INSERT",), granted=("INSERT",))],
    )
    assert [line.what for line in lines if line.check == "role" and line.level == Level.WARNING] == [what]
    assert mending(lines) == ""


def test_what_it_may_do_beside_looking_is_taken_away() -> None:
    lines = wrong(
        role__name=ODD,
        role__session_name=ODD,
        role__attributes=("CREATEROLE", "CREATEDB"),
        role__powers=("pg_signal_backend",),
        role__monitor=False,
        rights=[
            Right(kind="TABLE", schema="s", name="Ord", may=("INSERT", "DELETE"), granted=("INSERT", "DELETE")),
            Right(kind="SEQUENCE", schema="s", name="q", may=("UPDATE",), granted=("UPDATE",)),
            Right(kind="SCHEMA", schema="s", may=("CREATE",), granted=("CREATE",)),
            Right(kind="DATABASE", schema="milo", may=("CREATE",), granted=("CREATE",)),
        ],
    )
    assert mending(lines).splitlines() == [
        *BOUNDS,
        "-- What is to be mended:",
        'ALTER ROLE "W""; DROP" NOCREATEROLE NOCREATEDB;',
        'REVOKE pg_signal_backend FROM "W""; DROP";',
        'REVOKE INSERT, DELETE ON TABLE s."Ord" FROM "W""; DROP";',
        'REVOKE UPDATE ON SEQUENCE s.q FROM "W""; DROP";',
        'REVOKE CREATE ON SCHEMA s FROM "W""; DROP";',
        'REVOKE CREATE ON DATABASE milo FROM "W""; DROP";',
        'GRANT pg_monitor TO "W""; DROP";',
    ]
    assert {line.level for line in lines} == {Level.WARNING}


def test_what_everybody_may_is_told_and_not_revoked_from_one() -> None:
    everybodys = only(rights=[Right(kind="SCHEMA", schema="public", may=("CREATE",))])
    assert (everybodys.level, everybodys.sql) == (Level.NOTE, ())
    by_group = only(rights=[Right(kind="TABLE", schema="s", name="t", may=("INSERT", "UPDATE"), granted=())])
    assert (by_group.level, by_group.sql) == (Level.WARNING, ())
    both = wrong(rights=[Right(kind="TABLE", schema="s", name="t", may=("INSERT", "UPDATE"), granted=("INSERT",))])
    assert [line.sql for line in both] == [("REVOKE INSERT ON TABLE s.t FROM w;",), ()]
    assert both[1].what == "as everybody, or by a group that it is in, it has UPDATE on table s.t"


def test_of_many_things_the_first_are_named() -> None:
    rights = [Right(kind="TABLE", schema="s", name=f"t{n}", may=("INSERT",), granted=("INSERT",)) for n in range(7)]
    assert only(rights=rights).what == (
        "w has INSERT on table s.t0; INSERT on table s.t1; INSERT on table s.t2; INSERT on table s.t3; "
        "INSERT on table s.t4; and more on 2 others"
    )


@pytest.mark.parametrize(
    ("days", "told"),
    [(None, ""), (15, ""), (13, "its password ends on 2025-11-30"), (-1, "its password ended on 2025-1")],
)
def test_a_password_that_ends_soon_is_told(days: int | None, told: str) -> None:
    lines = wrong(role__valid_until=None if days is None else NOON + timedelta(days=days))
    assert [line.what.startswith(told) for line in lines] == ([True] if told else [])


def test_how_many_connections_it_may_have_is_held_against_what_the_daemon_keeps() -> None:
    unlimited = only(role__connection_limit=-1)
    assert (unlimited.level, unlimited.sql) == (Level.NOTE, ("ALTER ROLE w CONNECTION LIMIT 5;",))
    few = only(Wanted(sessions=4), role__connection_limit=4)
    assert (few.level, few.sql) == (Level.WARNING, ("ALTER ROLE w CONNECTION LIMIT 6;",))
    assert wrong(Wanted(sessions=4), role__connection_limit=5) == []


@pytest.mark.parametrize(
    ("value", "disturbs"),
    [("500", True), ("999ms", True), ("1s", False), ("0", False), ("1min", False), ("junk", False)],
)
def test_only_a_limit_of_time_that_strikes_before_ours_is_set_disturbs(value: str, *, disturbs: bool) -> None:
    line = only(role_settings=[RoleSetting(of_role=True, of_database=True, name="statement_timeout", value=value)])
    if disturbs:
        assert line.what == f"statement_timeout is {value} for w"
        assert line.sql == ("ALTER ROLE w IN DATABASE milo RESET statement_timeout;",)
    else:
        assert (line.level, line.what) == (Level.NOTE, "set for the role or the database: statement_timeout")


def test_a_short_limit_of_the_database_is_told_and_is_not_ours_to_take_off() -> None:
    line = only(role_settings=[RoleSetting(of_role=False, of_database=True, name="transaction_timeout", value="5")])
    assert line.what == "transaction_timeout is 5 for the database milo"
    assert line.sql == ()


def test_offers_stand_below_what_is_to_be_mended_and_nothing_stands_twice() -> None:
    hidden = Table(schema="S", name="t", may_select=False)
    lines = wrong(
        role__monitor=False, tables=[hidden, hidden], schemas=[SchemaSight(schema="S", entered=False, sequences=("q",))]
    )
    assert mending(lines).splitlines() == [
        *BOUNDS,
        "-- What is to be mended:",
        "GRANT pg_monitor TO w;",
        "-- An offer, as nothing is wrong without it:",
        'GRANT USAGE ON SCHEMA "S" TO w;',
        'GRANT SELECT ON TABLE "S".t, "S".t TO w;',
        'GRANT SELECT ON SEQUENCE "S".q TO w;',
    ]
