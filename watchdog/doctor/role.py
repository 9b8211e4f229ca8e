"""The role: too much, too little, limits, and settings of its own."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from watchdog.doctor.facts import Facts, Right, RoleSetting, Wanted
from watchdog.doctor.line import Level, Line, named, ok
from watchdog.sqltext import display_name, qualified, quote_ident

SOON = timedelta(days=14)
CONNECTIONS = 5
# A limit of time shorter than that, in ms, strikes before a look has set its own.
_SHORT = 1000
# Values that may be shown.
SHOWN = ("statement_timeout", "transaction_timeout", "lock_timeout", "idle_session_timeout", "log_statement")
_UNITS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def is_ours(facts: Facts) -> bool:
    """Whether the role is the watchdog's alone, as far as one can tell: nothing is to be changed on anybody else's."""
    role = facts.role
    return not role.superuser and not role.owned and role.name == role.session_name


def rights(facts: Facts) -> Iterator[Line]:
    """What it may do beside looking, and what it may not see for want of pg_monitor."""
    role, name = facts.role, quote_ident(facts.role.name)
    if not is_ours(facts):
        yield _somebody_else(facts)
        return
    found = [*_powers(facts, name), *_changes(facts.rights, name, role.name)]
    if not role.monitor:
        found.append(
            Line(
                check="role",
                level=Level.WARNING,
                what=f"{display_name((role.name,))} is not in pg_monitor",
                why="some settings are hidden, and what other sessions run, so that a migration in flight is not known "
                "for one, and what pg_stat_statements has recorded",
                do="grant it: it reads no rows",
                sql=(f"GRANT pg_monitor TO {name};",),
            )
        )
    if all(line.level == Level.NOTE for line in found):
        yield ok("role", f"{display_name((role.name,))} may see all that pg_monitor sees, and change nothing")
    yield from found


def _somebody_else(facts: Facts) -> Line:
    role = facts.role
    shown = display_name((role.name,))
    if role.superuser:
        what = f"{shown} is a superuser"
    elif role.owned:
        what = f"{shown} owns {role.owned:,} of this database's relations, or is in a role that does"
    else:
        what = f"{display_name((role.session_name,))} logs in, and becomes {shown} (ALTER ROLE ... SET role)"
    return Line(
        check="role",
        level=Level.WARNING,
        what=what,
        why="the watchdog has nothing to change, and what its role cannot change nobody can change by it",
        do="make a role of its own: psql -f config/role.sql; then see doctor again with that role",
    )


def _powers(facts: Facts, name: str) -> Iterator[Line]:
    role = facts.role
    if role.attributes:
        without = " ".join(f"NO{attribute}" for attribute in role.attributes)
        yield Line(
            check="role",
            level=Level.WARNING,
            what=f"{display_name((role.name,))} has {', '.join(role.attributes)}",
            why="the watchdog needs none of them",
            do="take them away",
            sql=(f"ALTER ROLE {name} {without};",),
        )
    if role.powers:
        yield Line(
            check="role",
            level=Level.WARNING,
            what=f"{display_name((role.name,))} is in {', '.join(role.powers)}",
            why="the watchdog needs none of them",
            do="take it out, or out of the group that is in them",
            sql=tuple(f"REVOKE {power} FROM {name};" for power in role.powers),
        )


def _changes(rights: Sequence[Right], name: str, role: str) -> Iterator[Line]:
    granted = [right for right in rights if right.granted]
    if granted:
        yield Line(
            check="role",
            level=Level.WARNING,
            what=f"{display_name((role,))} has {_described(granted, lambda right: right.granted)}",
            why="the watchdog changes nothing",
            do="take these privileges away",
            sql=tuple(statement for right in granted for statement in _taken(right, name)),
        )
    rest = [right for right in rights if _not_granted(right)]
    if made := [right for right in rest if right.kind == "SCHEMA"]:
        yield Line(
            check="role",
            level=Level.NOTE,
            what=f"everybody, or a group that it is in, may make objects in {named(map(_named, made), 'schema')}",
            why="before PostgreSQL 15 that is the default of the schema public",
            do="REVOKE CREATE ON SCHEMA ... FROM PUBLIC, once whoever makes tables there has CREATE by name",
        )
    if others := [right for right in rest if right.kind != "SCHEMA"]:
        yield Line(
            check="role",
            level=Level.WARNING,
            what=f"as everybody, or by a group that it is in, it has {_described(others, _not_granted)}",
            why="the watchdog changes nothing",
            do="take it out of that group, or see what is granted to PUBLIC (\\dp in psql)",
        )


def _not_granted(right: Right) -> tuple[str, ...]:
    return tuple(privilege for privilege in right.may if privilege not in right.granted)


def _described(rights: Sequence[Right], privileges: Callable[[Right], tuple[str, ...]], most: int = 5) -> str:
    """`INSERT, DELETE on table public.orders; CREATE on schema public`; of many only the first."""
    said = [f"{', '.join(privileges(each))} on {each.kind.lower()} {display_name(_named(each))}" for each in rights]
    more = [f"and more on {len(said) - most:,} others"] if len(said) > most else []
    return "; ".join([*said[:most], *more])


def _taken(right: Right, name: str) -> Iterator[str]:
    yield f"REVOKE {', '.join(right.granted)} ON {_object(right)} FROM {name};"
    if right.kind == "SEQUENCE" and "USAGE" in right.granted:
        # By which it saw how full it is.
        yield f"GRANT SELECT ON {_object(right)} TO {name};"


def _named(right: Right) -> tuple[str, ...]:
    return (right.schema, right.name) if right.name else (right.schema,)


def _object(right: Right) -> str:
    return f"{right.kind} {qualified(_named(right))}"


def limits(facts: Facts, wanted: Wanted, now: datetime) -> Iterator[Line]:
    """For how long it may log in, and how often at once."""
    role, name = facts.role, quote_ident(facts.role.name)
    if role.valid_until and role.valid_until - now < SOON:
        yield Line(
            check="role",
            level=Level.WARNING,
            what=f"its password {'ended' if role.valid_until <= now else 'ends'} on {role.valid_until:%Y-%m-%d} (UTC)",
            why="after that it cannot log in with it, and nothing is watched",
            do=f"give it a new one: \\password {name} in psql, and ALTER ROLE {name} VALID UNTIL '...'",
        )
    limit = role.connection_limit
    change = f"ALTER ROLE {name} CONNECTION LIMIT {max(CONNECTIONS, wanted.sessions + 2)};"
    if role.superuser:
        return
    if limit == -1:
        yield Line(
            check="role",
            level=Level.NOTE,
            what="it may have any number of connections",
            why="with a limit nothing that it does can use up those that the application needs",
            sql=(change,) if is_ours(facts) else (),
        )
    elif limit <= wanted.sessions:
        yield Line(
            check="role",
            level=Level.WARNING,
            what=f"it may have {limit} connections at once, and the daemon keeps {wanted.sessions}",
            why="no command can look beside the daemon",
            sql=(change,),
        )
    else:
        yield ok("role", f"it may have {limit} connections at once, and has {facts.role_used} now")


def settings(facts: Facts) -> Iterator[Line]:
    """What is set for the role or the database: each look sets what matters by itself, and some cannot be."""
    of_ours = [setting for setting in facts.role_settings if setting.of_role]
    short = [each for each in facts.role_settings if 0 < _milliseconds(each) < _SHORT]
    if short:
        yield Line(
            check="settings",
            level=Level.WARNING,
            what=f"{', '.join(f'{each.name} is {each.value}' for each in short)} for {_whose(short[0], facts)}",
            why="it may end a session before a look has set its own bound",
            do="take it off, or make it 1 s or more",
            sql=tuple(_reset(each, facts) for each in short if each.of_role),
        )
    rest = [each.name for each in facts.role_settings if each not in short]
    if rest:
        yield Line(
            check="settings",
            level=Level.NOTE,
            what=f"set for the role or the database: {', '.join(sorted(set(rest)))}",
            why="they change no look, as each sets what matters by itself; but they hide the server's own values of "
            "these, which are not watched then",
            do="RESET what is set for the role, where the server's own value is to be watched" if of_ours else "",
        )


def _whose(setting: RoleSetting, facts: Facts) -> str:
    return display_name((facts.role.name,)) if setting.of_role else f"the database {display_name((facts.database,))}"


def _reset(setting: RoleSetting, facts: Facts) -> str:
    within = f" IN DATABASE {quote_ident(facts.database)}" if setting.of_database else ""
    return f"ALTER ROLE {quote_ident(facts.role.name)}{within} RESET {setting.name};"


def _milliseconds(setting: RoleSetting) -> float:
    """0 where it is no limit of time, or none."""
    if not setting.name.endswith("_timeout") or setting.value is None:
        return 0
    number = setting.value.strip().rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = setting.value.strip()[len(number) :].strip() or "ms"
    try:
        return float(number) * _UNITS.get(unit, 0)
    except ValueError:
        return 0
