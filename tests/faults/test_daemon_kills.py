"""kill -9 at random moments of a busy run: all that was found is told, its end too, and hardly anything twice."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.acceptance.support import Daemon, Json, Receiver, watched, watcher_of, webhook
from tests.servers.query import sql

# In the gate a few; KILLS=200 for a long run.
KILLS = int(os.environ.get("KILLS", "6"))
# A column comes and goes twice at most: what does so more often flaps, and its ends are held.
TABLES, COLUMNS, LIVES = 20, 40, 2
GONE_AT_ONCE = 12
LONGEST_LIFE_SECONDS = 4.0


Column = tuple[str, str]


class Churn:
    """Columns that go, until that was told, and come back, of many tables."""

    def __init__(self, dsn: str, receiver: Receiver) -> None:
        self._dsn = dsn
        self._receiver = receiver
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.gone: set[Column] = set()
        self.lives: Counter[Column] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        chance = random.Random(7)  # noqa: S311 a case, not a secret
        every = [(f"t{table}", f"c{column}") for table in range(TABLES) for column in range(COLUMNS)]
        while not self._over.wait(0.05):
            told = last_told(self._receiver)
            for column in [column for column in self.gone if told.get(column) == "firing"]:
                self._alter(column, "ADD COLUMN {} int")
                self.gone.discard(column)
            column = chance.choice(every)
            if (
                len(self.gone) < GONE_AT_ONCE
                and column not in self.gone
                and self.lives[column] < LIVES
                and told.get(column, "resolved") == "resolved"
            ):
                self._alter(column, "DROP COLUMN {}")
                self.gone.add(column)
                self.lives[column] += 1

    def _alter(self, column: Column, how: str) -> None:
        sql(self._dsn, f"ALTER TABLE {column[0]} {how.format(column[1])}")

    def end(self) -> None:
        """All columns are back, once it was told that they are gone."""
        self._over.set()
        self._thread.join()
        for column in self.gone:
            self._alter(column, "ADD COLUMN {} int")


def bodies(receiver: Receiver) -> list[Json]:
    return [body for body in receiver.received.get("/ops", []) if body["database"] == "production"]


def told(receiver: Receiver) -> Iterator[tuple[str, Column, str]]:
    """Each finding of each message that came: the message's id, the column and the status."""
    for body in bodies(receiver):
        for finding in body["findings"]:
            _, table, column = finding["identity"]
            yield body["id"], (table, column), body["status"]


def last_told(receiver: Receiver) -> dict[Column, str]:
    return {column: status for _, column, status in told(receiver)}


@pytest.mark.timeout(180 + 10 * KILLS)
def test_killed_at_random_moments_it_tells_every_beginning_and_every_end_and_repeats_one_message_a_kill_at_most(
    tmp_path: Path, database: str
) -> None:
    columns = ", ".join(f"c{number} int" for number in range(COLUMNS))
    sql(database, "".join(f"CREATE TABLE t{number} (id int, {columns});" for number in range(TABLES)))
    chance = random.Random(11)  # noqa: S311 a case, not a secret
    with (
        Receiver() as receiver,
        Daemon(
            tmp_path,
            watched(
                watcher_of(database),
                tmp_path,
                every={"probe": "1s", "schema": "200ms", "rows": "5s"},
                # A column that was put back stands at another place.
                compare={"order": False, "roles": False, "settings": False, "privileges": False},
            ),
            channels={"ops": webhook(receiver.url("/ops"))},
        ) as daemon,
    ):
        daemon.start()
        daemon.until_checked()
        assert daemon.stop() == 0
        with Churn(database, receiver) as churn:
            for _ in range(KILLS):
                daemon.launch()
                time.sleep(chance.uniform(0.3, LONGEST_LIFE_SECONDS))
                daemon.kill9()
            churn.end()
        daemon.start()
        # What went right before the end and came back before anybody looked was never found.
        daemon.until("the last ends", lambda: "firing" not in last_told(receiver).values() and not daemon.findings())
        assert daemon.stop() == 0
    ids = Counter(body["id"] for body in bodies(receiver))
    doubled = sum(count - 1 for count in ids.values())
    lives, heard = sum(churn.lives.values()), list(dict.fromkeys(told(receiver)))
    print(f"kills {KILLS}, findings {lives}, messages {len(ids)}, doubled {doubled}")  # noqa: T201 for a long run
    assert doubled <= KILLS
    assert lives >= KILLS
    for column, times in churn.lives.items():
        statuses = [status for _, each, status in heard if each == column]
        # A beginning, its end, the next beginning: none is missing, and none comes out of turn.
        assert statuses == ["firing", "resolved"] * (len(statuses) // 2), (column, statuses)
        assert len(statuses) // 2 == times or column in churn.gone, (column, statuses)
