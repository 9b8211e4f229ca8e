"""A database with which nothing is wrong, to be varied."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from watchdog.doctor.examine import examined
from watchdog.doctor.facts import Asked, Channel, Facts, Role, SchemaSight, Statements, Table, Wanted
from watchdog.doctor.line import Level, Line

NOON = datetime(2025, 11, 17, 12, tzinfo=UTC)
SOUND = Facts(
    asked=Asked(
        to=" to db.example:5432/milo as w",
        mode="verify-full",
        root="config/ca.crt",
        password_from="/run/secrets/db",
    ),
    channel=Channel(
        version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", server_tls=True, verified=True, announced_pid=7, pids=(7,)
    ),
    version_num=180001,
    database="milo",
    asked_at=NOON,
    clock=NOON + timedelta(seconds=0.5),
    answered_at=NOON + timedelta(seconds=1),
    used=10,
    role=Role(name="w", session_name="w", connection_limit=5),
    settings={
        "track_counts": "on",
        "autovacuum": "on",
        "max_connections": "100",
        "superuser_reserved_connections": "3",
    },
    tables=(Table(schema="public", name="orders", may_select=True),),
    schemas=(SchemaSight(schema="public", entered=True),),
    statements=Statements(schema="public"),
)


def said(wanted: Wanted = Wanted(), now: datetime = NOON, **changed: Any) -> tuple[Line, ...]:  # noqa: ANN401, B008 facts
    """All lines, of the sound database with other facts; those that are named `role_...` are of its role, and so on."""
    facts = SOUND
    for name in ("role", "channel", "asked"):
        parts = {key.removeprefix(f"{name}__"): changed.pop(key) for key in [*changed] if key.startswith(f"{name}__")}
        facts = msgspec.structs.replace(facts, **{name: msgspec.structs.replace(getattr(facts, name), **parts)})
    return examined(msgspec.structs.replace(facts, **changed), wanted, now)


def wrong(*arguments: Any, **changed: Any) -> list[Line]:  # noqa: ANN401 facts
    """The lines that are not ok."""
    return [line for line in said(*arguments, **changed) if line.level != Level.OK]


def only(*arguments: Any, **changed: Any) -> Line:  # noqa: ANN401 facts
    """The one line that is not ok."""
    (line,) = wrong(*arguments, **changed)
    return line
