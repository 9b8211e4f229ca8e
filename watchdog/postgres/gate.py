"""The gate: a question that costs the server next to nothing, and tells whether its catalogs may have changed."""

from collections.abc import Callable, Sequence
from datetime import datetime

import asyncpg
import msgspec

from watchdog.errors import UnreachableError
from watchdog.postgres.complaint import words
from watchdog.postgres.connection import Connection, identify
from watchdog.postgres.queries import query
from watchdog.schema.gate import Mark, distrust
from watchdog.schema.snapshot import Server


class _Met(msgspec.Struct, frozen=True):
    """A server as long as it is not started anew, or counts again what it did not count before.

    Attributes:
        state: since when it runs, whether it is a standby, whether it counts.
        distrust: why its counters cannot be trusted; empty where they can.
        question: what it is asked.
        catalogs: by name, in the order of the answer.
        readable: those whose rows may be gone through.
    """

    state: tuple[datetime, bool, bool]
    distrust: str
    server: Server
    question: str
    catalogs: Sequence[str]
    readable: Sequence[str]


class Gate:
    """Reads the mark of a database. Asking is all it does: what moved is for the caller to see.

    The counters of the catalogs are one question without a buffer or a lock. Where they cannot be trusted
    (`schema.gate.distrust`) the mark is made of the rows' xmin instead, which goes through all catalogs: not while
    nobody commits anything, and not while `may_read_rows` says no; until then the mark is the last one. A mark that
    could not be made says nothing of any other.
    """

    def __init__(self, connection: Connection, may_read_rows: Callable[[], bool] = lambda: True) -> None:
        self._connection = connection
        self._may_read_rows = may_read_rows
        self._met: _Met | None = None
        self._last: tuple[str, Mark] | None = None

    async def read(self, *, at_any_price: bool = False) -> tuple[Server, Mark]:
        """The server that answered, and the mark; `at_any_price` the rows are read whenever they may have moved.

        Raises:
            UnreachableError: no connection, or the server answers nothing of use even to this.
        """
        try:
            return await self._read(at_any_price=at_any_price)
        except asyncpg.PostgresError as error:
            self._met = None  # what this role may ask may be another thing by now
            raise UnreachableError(f"the server does not say how it is: {words(error)}") from error
        except (LookupError, TypeError, ValueError):
            raise UnreachableError("it does not say how it is; is it PostgreSQL?") from None

    async def _read(self, *, at_any_price: bool) -> tuple[Server, Mark]:
        met = self._met or await self._meet()
        row = await self._connection.row(met.question)
        if _state(row) != met.state:
            # Another server, or the same after a restart or a promotion.
            met = await self._meet()
            row = await self._connection.row(met.question)
        return met.server, (
            await self._by_rows(met, row, at_any_price=at_any_price) if met.distrust else _by_counters(met, row)
        )

    async def _meet(self) -> _Met:
        self._last = None
        async with self._connection.transaction() as transaction:
            server = await identify(transaction)
            catalogs = await transaction.fetch(query("catalogs"))
            pulse = await transaction.fetchrow(query("pulse"))
        state = _state(pulse)
        why = distrust(server.major, in_recovery=state[1], is_counting=state[2], may_ask=catalogs[0]["may_count"])
        self._met = _Met(
            state=state,
            distrust=why,
            server=server,
            question=query("pulse") if why else _counters(catalogs),
            catalogs=[row["name"] for row in catalogs],
            readable=[row["name"] for row in catalogs if row["may_read"]],
        )
        return self._met

    async def _by_rows(self, met: _Met, pulse: asyncpg.Record, *, at_any_price: bool) -> Mark:
        unknown = Mark(epoch=(None,), catalogs={}, distrust=met.distrust)
        snapshot, last = self._last or ("", unknown)
        if pulse["snapshot"] == snapshot or not (at_any_price or self._may_read_rows()):
            return last
        texts = " union all ".join(_ROWS.format(name=name) for name in met.readable)
        try:
            async with self._connection.transaction() as transaction:
                rows = await transaction.fetch(texts)
        except asyncpg.PostgresError as error:
            return msgspec.structs.replace(unknown, distrust=f"{met.distrust}, and they cannot be read: {words(error)}")
        catalogs = {row["name"]: (row["rows"], row["hash"]) for row in rows}
        self._last = pulse["snapshot"], Mark(epoch=met.state[:1], catalogs=catalogs, distrust=met.distrust)
        return self._last[1]


# An updated row has another xmin, and a deleted one is not counted.
_ROWS = (
    "select '{name}' as name, count(*) as rows, coalesce(sum(hashtext(xmin::text)), 0)::int8 as hash"
    " from pg_catalog.{name}"
)


def _state(row: asyncpg.Record) -> tuple[datetime, bool, bool]:
    return row["started_at"], row["in_recovery"], row["counting"]


def _counters(catalogs: Sequence[asyncpg.Record]) -> str:
    oids = f"'{{{','.join(str(row['oid']) for row in catalogs)}}}'"
    return query("gate").replace(":'catalogs'", oids).replace(":database", str(catalogs[0]["database"]))


def _by_counters(met: _Met, row: asyncpg.Record) -> Mark:
    counts = zip(*(map(int, row[what][1:-1].split(",")) for what in ("written", "deleted")), strict=True)
    return Mark(epoch=(*met.state[:1], row["since"]), catalogs=dict(zip(met.catalogs, counts, strict=True)))
