import asyncio
from datetime import UTC, datetime

import pytest

from watchdog.errors import UnreachableError
from watchdog.look.seen import Look, Seen, in_turn
from watchdog.schema.snapshot import Server

NOW = datetime(2025, 11, 17, tzinfo=UTC)
SEEN = Seen(server=Server(version_num=180006, in_recovery=False))


def looking(name: str, made: list[str], seconds: float = 0, error: Exception | None = None) -> Look:
    async def look(_: datetime) -> Seen:
        await asyncio.sleep(seconds)
        made.append(name)
        if error:
            raise error
        return SEEN

    return look


@pytest.mark.parametrize("error", [None, UnreachableError("away")])
def test_the_second_waits_for_the_first_to_be_made_once_whatever_came_of_it(error: Exception | None) -> None:
    made: list[str] = []

    async def run() -> list[object]:
        schema, queries = in_turn(looking("schema", made, 0.05, error), looking("queries", made))
        both = await asyncio.gather(queries(NOW), schema(NOW), return_exceptions=True)
        await queries(NOW)
        return list(both)

    assert asyncio.run(run()) == [SEEN, error or SEEN]
    assert made == ["schema", "queries", "queries"]
