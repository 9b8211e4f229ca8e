"""The looks that commands make at a configured database, at its schema and at its rows."""

import asyncio
from pathlib import Path

from watchdog.check import verdict
from watchdog.config.settings import Config, Database
from watchdog.rows.judge import recount
from watchdog.status import CheckResult, joined
from watchdog.store.state import State
from watchdog.wiring import connect, connect_replica, rows_look, schema_look, utc_now


def state_file(config: Config) -> Path:
    return config.state / "watchdog.sqlite3"


async def look_at(database: Database, state_path: Path) -> CheckResult:
    """Look at the schema and then at the rows, as one result. Tables that were counted before are counted again.

    Without a state there is nothing that rows could have fallen from, but what is declared of them holds all the same.
    """
    connection, replica = connect(database), connect_replica(database)
    state = await State.open(state_path) if await asyncio.to_thread(state_path.exists) else None
    try:
        schema, _ = await verdict(database.name, "schema", schema_look(database, connection), utc_now)
        rows, _ = await verdict(
            database.name, "rows", rows_look(database, connection, replica, state, recount), utc_now
        )
    finally:
        await connection.close()
        if replica:
            await replica.close()
        if state:
            await state.close()
    return joined((schema, rows))
