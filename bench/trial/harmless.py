"""Scenarios in which nothing is lost, though it may look so."""

import itertools
from collections.abc import Callable

from bench.trial.behaviour import (
    daily,
    following,
    growing,
    office_hours,
    queue,
    sessions,
    updated,
    weekly,
)
from bench.trial.losses import NIGHTLY, PURGE
from bench.trial.scenario import Register
from bench.trial.stage import Stage
from bench.trial.table import Table
from bench.trial.world import DAY, HOUR, MINUTE

harmless = Register(loses=False)

MIGRATION = {"every": DAY, "at": 10 * HOUR, "lasts": HOUR, "mutes": True, "reason": "the table is partitioned"}
DROPPED_DAILY = {"every": DAY, "at": 0.0, "lasts": HOUR, "partitions": 1, "reason": "eight days are kept"}


def mixed(stage: Stage) -> Table:
    """A little of everything, and the table that a scenario is about."""
    stage.table("countries", 250)
    stage.table("carts", round(daily(10_000, 30_000)(0)), following(daily(10_000, 30_000), 500))
    stage.table("jobs", 20, queue(50))
    stage.table("audit", 2_000_000, growing(2000), estimate_error=0.01)
    stage.world.create(("public", "imported"), 700)  # never analysed
    return stage.table("orders", 50_000, growing(20))


def daily_partitions(stage: Stage, table: str, per_day: int) -> None:
    """A partition a day, written until the next one comes; the oldest of nine goes then."""
    root = stage.partitioned(table, {f"{table}_{day}": per_day for day in range(-8, 0)})
    days = itertools.count()

    def turn() -> None:
        day = next(days)
        stage.behaviours.pop(("public", f"{table}_{day - 1}"), None)
        stage.behaviours["public", f"{table}_{day}"] = growing(per_day / 24)
        stage.world.create(("public", f"{table}_{day}"), root=root.name)
        stage.world.drop(stage.world.table(("public", f"{table}_{day - 8}")))

    stage.every(DAY, turn)


@harmless("nothing happens at all", days=7)
def _(stage: Stage) -> None:
    mixed(stage)


@harmless("statistics reset")
def _(stage: Stage) -> None:
    mixed(stage)
    stage.at(stage.event, stage.world.reset_statistics)


@harmless("statistics reset of one table")
def _(stage: Stage) -> None:
    table = mixed(stage)
    stage.at(stage.event, lambda: stage.world.reset_statistics_of(table))


@harmless("a backend crashes")
def _(stage: Stage) -> None:
    mixed(stage)
    stage.at(stage.event, stage.world.crash)


@harmless("the server crashes")
def _(stage: Stage) -> None:
    mixed(stage)
    stage.at(stage.event, lambda: stage.world.crash(of_postmaster=True))


@harmless("a clean restart")
def _(stage: Stage) -> None:
    mixed(stage)
    stage.at(stage.event, stage.world.restart)


@harmless("failover: the standby is promoted")
def _(stage: Stage) -> None:
    mixed(stage)
    stage.at(stage.event, stage.world.fail_over)


@harmless("the address leads to a standby for an hour")
def _(stage: Stage) -> None:
    mixed(stage)

    def switch(*, standby: bool) -> None:
        stage.world.standby = standby

    stage.at(stage.event, lambda: switch(standby=True))
    stage.at(stage.event + HOUR, lambda: switch(standby=False))


@harmless("VACUUM FULL")
def _(stage: Stage) -> None:
    table = mixed(stage)
    stage.at(stage.event, lambda: stage.world.vacuum_full(table))


@harmless("an ALTER TABLE that rewrites")
def _(stage: Stage) -> None:
    table = mixed(stage)
    stage.at(stage.event, lambda: stage.world.rewrite(table))


@harmless("a staging table filled and purged each hour, undeclared", days=7)
def _(stage: Stage) -> None:
    table = stage.table("staging", 0, growing(20_000))
    stage.every(HOUR, lambda: stage.world.write(table, deleted=table.rows), first=HOUR)


@harmless("a staging table truncated each hour, undeclared", days=7)
def _(stage: Stage) -> None:
    table = stage.table("staging", 0, growing(20_000))
    stage.every(HOUR, lambda: stage.world.truncate(table), first=HOUR)


@harmless("a daily season that swings threefold", days=7)
def _(stage: Stage) -> None:
    stage.table("carts", round(daily(10_000, 30_000)(0)), following(daily(10_000, 30_000), 500))


@harmless("a table that halves each weekend", days=7)
def _(stage: Stage) -> None:
    stage.table("visits", 20_000, following(weekly(20_000, 10_000), 200))


@harmless("a table that grows in office hours only", days=7)
def _(stage: Stage) -> None:
    stage.table("tickets", 5000, office_hours(40))


@harmless("retention each hour, declared", days=3, declared={"metrics": {"retention": [PURGE]}})
def _(stage: Stage) -> None:
    table = stage.table("metrics", 27_000, growing(3000))
    stage.every(HOUR, lambda: stage.world.write(table, deleted=table.rows // 10), first=HOUR)


@harmless("retention each night, declared", days=3, declared={"metrics": {"retention": [NIGHTLY]}})
def _(stage: Stage) -> None:
    table = stage.table("metrics", 30_000, growing(600))
    stage.daily(3.0, lambda: stage.world.write(table, deleted=table.rows // 3))


@harmless("partitions dropped each night, declared", days=7, declared={"measured": {"retention": [DROPPED_DAILY]}})
def _(stage: Stage) -> None:
    daily_partitions(stage, "measured", 24_000)


@harmless("a rollback that only looks like a loss")
def _(stage: Stage) -> None:
    table = mixed(stage)
    stage.at(stage.event, lambda: stage.world.roll_back(table, deleted=table.rows))


@harmless("a bulk load that is rolled back")
def _(stage: Stage) -> None:
    table = mixed(stage)
    stage.at(stage.event, lambda: stage.world.roll_back(table, inserted=200_000))


@harmless("a bulk load that is deleted again")
def _(stage: Stage) -> None:
    table = mixed(stage)
    stage.at(stage.event, lambda: stage.world.write(table, inserted=200_000))
    stage.at(stage.event + 15 * MINUTE, lambda: stage.world.write(table, deleted=200_000))


@harmless("TRUNCATE and COPY FREEZE of as many rows, in one transaction")
def _(stage: Stage) -> None:
    table = stage.table("catalog", 30_000)
    stage.at(stage.event, lambda: stage.world.truncate(table, 30_000))
    stage.daily(2.0, lambda: stage.world.truncate(table, 30_000 + stage.rng.randint(-300, 300)))


@harmless("TRUNCATE and reload, its counts come after the next look")
def _(stage: Stage) -> None:
    table = stage.table("catalog", 30_000, updated(20))

    def act() -> None:
        stage.world.delay = 9.0
        stage.world.truncate(table, 30_000)
        stage.world.delay = 0.0

    stage.at(stage.event - stage.event % MINUTE + 55, act)


@harmless("a load whose counts come after an ANALYZE, so that they count twice")
def _(stage: Stage) -> None:
    table = stage.table("orders", 10_000, updated(50))

    def act() -> None:
        stage.world.delay = 8.0
        stage.world.write(table, inserted=40_000)
        stage.world.delay = 0.0

    stage.at(stage.event, act)
    stage.at(stage.event + 3, lambda: stage.world.analyze(table))
    stage.at(stage.event + 2 * HOUR, lambda: stage.world.analyze(table))


@harmless("estimates of a bloated table that jump by 15 %", days=7)
def _(stage: Stage) -> None:
    table = stage.table("inventory", 4_000_000, updated(300_000), estimate_error=0.08)
    stage.every(6 * HOUR, lambda: stage.world.analyze(table), first=HOUR)


@harmless("estimates of a bloated table that jump by 15 %, a crash between them", days=2)
def _(stage: Stage) -> None:
    table = stage.table("inventory", 4_000_000, updated(300_000), estimate_error=0.08)
    stage.every(6 * HOUR, lambda: stage.world.analyze(table), first=HOUR)
    stage.at(stage.event, stage.world.crash)


@harmless("constant tables", days=7)
def _(stage: Stage) -> None:
    for number, rows in enumerate((1, 7, 120, 5000, 900_000)):
        stage.table(f"constant_{number}", rows)


@harmless("empty tables", days=7)
def _(stage: Stage) -> None:
    for number in range(5):
        stage.world.create(("public", f"empty_{number}"))


@harmless("tables that only grow", days=7)
def _(stage: Stage) -> None:
    for number, per_hour in enumerate((0.2, 5, 300, 20_000)):
        stage.table(f"log_{number}", 1000, growing(per_hour))


@harmless("a job queue between none and 50 rows", days=7)
def _(stage: Stage) -> None:
    stage.table("jobs", 20, queue(50))


@harmless("a job queue between none and 800 rows", days=7)
def _(stage: Stage) -> None:
    stage.table("jobs", 400, queue(800, per_hour=50_000))


@harmless("a session table that is replaced many times a day", days=7)
def _(stage: Stage) -> None:
    stage.table("sessions", 5000, sessions(5000))


@harmless("a table that is updated all the time", days=7)
def _(stage: Stage) -> None:
    stage.table("balances", 20_000, updated(40_000))


def _migrated(name: str, *, steps: int, rename_first: bool) -> Callable[[Stage], None]:
    # While the application finds an empty table, its rows are gone, unless that was said beforehand.
    declared = {"orders": {"retention": [MIGRATION]}} if rename_first and steps > 1 else {}

    @harmless(name, days=1.5, declared=declared)
    def play(stage: Stage) -> None:
        old = stage.table("orders", 80_000, growing(20))
        new_name = "orders" if rename_first else "orders_new"
        copied = 0

        def begin() -> None:
            if rename_first:
                stage.world.rename(old, "orders_old")
                stage.behaviours.pop(("public", "orders"))
            root = stage.world.create(("public", new_name), relkind="p")
            for number in range(4):
                stage.world.create(("public", f"orders_{number}"), root=root.name)

        def copy() -> None:
            nonlocal copied
            part = min(old.rows - copied, -(-old.rows // steps))
            copied += part
            for number in range(4):
                rows = part // 4 + (number < part % 4)
                stage.world.write(stage.world.table(("public", f"orders_{number}")), inserted=rows)

        def finish() -> None:
            if not rename_first:
                copy()  # what came meanwhile
                stage.world.rename(old, "orders_old")
                stage.world.rename(stage.world.table(("public", "orders_new")), "orders")
            stage.behaviours["public", "orders_3"] = growing(20)

        pause = MINUTE if steps > 1 else 0
        stage.at(stage.event, begin)
        for step in range(steps):
            stage.at(stage.event + (step + 1) * pause, copy)
        stage.at(stage.event + (steps + 1) * pause, finish)
        stage.at(stage.event + DAY, lambda: stage.world.drop(old))

    return play


_migrated("migration to partitions in one transaction", steps=1, rename_first=True)
_migrated("migration to partitions: renamed first, then copied in steps", steps=10, rename_first=True)
_migrated("migration to partitions: copied in steps, then swapped", steps=10, rename_first=False)


@harmless("blue and green tables are swapped by renaming", days=1.5)
def _(stage: Stage) -> None:
    current = stage.table("products", 40_000)

    def swap() -> None:
        nonlocal current
        new = stage.world.table(("public", "products_new"))
        stage.world.rename(current, "products_old")
        stage.world.rename(new, "products")
        current = new

    def load() -> None:
        stage.world.create(("public", "products_new"), 40_100)

    for day in (0, 1):
        start = stage.event + day * DAY
        stage.at(start, load)
        stage.at(start + 10 * MINUTE, swap)
        stage.at(start + HOUR, lambda: stage.world.drop(stage.world.table(("public", "products_old"))))


@harmless("the watchdog is down for six hours while the season falls", hour=16.0, days=1)
def _(stage: Stage) -> None:
    stage.table("carts", round(daily(10_000, 30_000)(0)), following(daily(10_000, 30_000), 500))
    stage.blind(stage.event, stage.event + 6 * HOUR)
