"""The gate: a question that costs the server next to nothing, and tells whether its catalogs may have changed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import asyncpg
import msgspec

from watchdog.errors import CaptureError
from watchdog.postgres.connection import Connection, identify
from watchdog.postgres.queries import query
from watchdog.schema.gate import FIRST_MAJOR_THAT_FLUSHES, Mark, distrust
from watchdog.schema.snapshot import Server


class _Met(msgspec.Struct, frozen=True):
    """A server as long as it is not started anew: who it is, its catalogs by oid, and which of them may be read."""

    started_at: datetime
    server: Server
    database: int
    catalogs: Mapping[int, str]
    readable: Sequence[str]


class Gate:
    """Reads the mark of a database. Asking is all it does: what moved is for the caller to see.

    The counters of the catalogs are one question without a buffer or a lock. Where they cannot be trusted
    (`schema.gate.distrust`) the mark is made of the rows' xmin instead, which goes through all catalogs: not while
    nobody commits anything, and not while `may_read_rows` says no; until then the mark is the last one.
    """

    def __init__(self, connection: Connection, may_read_rows: Callable[[], bool] = lambda: True) -> None:
        self._connection = connection
        self._may_read_rows = may_read_rows
        self._met: _Met | None = None
        self._last: tuple[str, Mark] | None = None

    async def read(self) -> tuple[Server, Mark]:
        """The server that answered, and the mark.

        Raises:
            UnreachableError: no connection, or the server cancelled even this.
            CaptureError: the catalogs could not be gone through.
        """
        met = self._met or await self._meet()
        row = await self._ask(met)
        if (row["started_at"], row["in_recovery"]) != (met.started_at, met.server.in_recovery):
            # Another server, or the same after a restart or a promotion.
            met = await self._meet()
            row = await self._ask(met)
        server = met.server
        why = distrust(server.major, in_recovery=row["in_recovery"], is_counting=row["counting"])
        return server, await self._by_rows(met, why, row) if why else _by_counters(met, row)

    async def _ask(self, met: _Met) -> asyncpg.Record:
        if met.server.in_recovery or met.server.major < FIRST_MAJOR_THAT_FLUSHES:
            return await self._connection.row(query("pulse"))
        oids = f"{{{','.join(map(str, met.catalogs))}}}"
        return await self._connection.row(query("gate"), oids, met.database)

    async def _meet(self) -> _Met:
        self._last = None
        async with self._connection.transaction() as transaction:
            server = await identify(transaction)
            catalogs = await transaction.fetch(query("catalogs"))
            pulse = await transaction.fetchrow(query("pulse"))
        self._met = _Met(
            started_at=pulse["started_at"],
            server=server,
            database=catalogs[0]["database"],
            catalogs={row["oid"]: row["name"] for row in catalogs},
            readable=[row["name"] for row in catalogs if row["may_read"]],
        )
        return self._met

    async def _by_rows(self, met: _Met, why: str, pulse: asyncpg.Record) -> Mark:
        if self._last is not None and (pulse["snapshot"] == self._last[0] or not self._may_read_rows()):
            return self._last[1]
        texts = " union all ".join(_ROWS.format(name=name) for name in met.readable)
        try:
            async with self._connection.transaction() as transaction:
                rows = await transaction.fetch(texts)
        except asyncpg.PostgresError as error:
            raise CaptureError(f"the catalogs could not be gone through for what changed: {error}") from error
        catalogs = {row["name"]: (row["rows"], row["hash"]) for row in rows}
        self._last = pulse["snapshot"], Mark(epoch=(met.started_at,), catalogs=catalogs, distrust=why)
        return self._last[1]


# An updated row has another xmin, and a deleted one is not counted.
_ROWS = (
    "select '{name}' as name, count(*) as rows, coalesce(sum(hashtext(xmin::text)), 0)::int8 as hash"
    " from pg_catalog.{name}"
)


def _by_counters(met: _Met, row: asyncpg.Record) -> Mark:
    counts = zip(*(map(int, row[what][1:-1].split(",")) for what in ("inserted", "updated", "deleted")), strict=True)
    return Mark(epoch=(met.started_at, row["since"]), catalogs=dict(zip(met.catalogs.values(), counts, strict=True)))
