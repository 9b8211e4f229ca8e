"""Scenarios in which rows are lost."""

from collections.abc import Callable

from bench.trial.behaviour import daily, following, growing, sessions, updated, weekly
from bench.trial.scenario import Register
from bench.trial.stage import Stage
from bench.trial.table import Table
from bench.trial.world import DAY, HOUR, MINUTE

loss = Register(loses=True)

SEASON = daily(10_000, 30_000)
PURGE = {"every": HOUR, "at": 0.0, "lasts": 10 * MINUTE, "percent": 15, "reason": "hourly purge"}
NIGHTLY = {"every": DAY, "at": 3 * HOUR, "lasts": HOUR, "percent": 40, "reason": "nightly purge"}

KINDS: dict[str, Callable[[Stage], Table]] = {
    "constant": lambda stage: stage.table("countries", 10_000),
    "growing": lambda stage: stage.table("orders", 50_000, growing(200)),
    "daily-seasonal": lambda stage: stage.table("carts", round(SEASON(0)), following(SEASON, 500)),
    "large": lambda stage: stage.table("events", 20_000_000, growing(20_000)),
}


def _truncated(kind: str) -> None:
    @loss(f"TRUNCATE of a {kind} table")
    def play(stage: Stage) -> None:
        table = KINDS[kind](stage)
        stage.at(stage.event, lambda: stage.truncate(table))


def _deleted(kind: str, share: float) -> None:
    @loss(f"DELETE of {share:.0%} of a {kind} table".replace("%", " %"))
    def play(stage: Stage) -> None:
        table = KINDS[kind](stage)
        stage.at(stage.event, lambda: stage.delete(table, share))


def _bleeding(words: str, kind: str, share: float, period: float, days: float) -> None:
    @loss(f"slow bleeding of a {kind} table, {words}", days=days)
    def play(stage: Stage) -> None:
        table = KINDS[kind](stage)

        def begin() -> None:
            whole = table.rows
            stage.every(
                period,
                lambda: stage.delete(table, share * whole / max(table.rows, 1), anew=False, of=whole),
                first=stage.event,
                until=stage.event + 0.5 / share * period,
            )

        stage.at(stage.event - 1, begin)


for each in KINDS:
    _truncated(each)
    for part in (0.05, 0.2, 0.3, 0.5, 1.0):
        _deleted(each, part)
_bleeding("15 % a look", "constant", 0.15, MINUTE, 0.5)
_bleeding("15 % a look", "growing", 0.15, MINUTE, 0.5)
_bleeding("5 % an hour", "constant", 0.05, HOUR, 1)
_bleeding("5 % an hour", "growing", 0.05, HOUR, 1)
_bleeding("1 % an hour", "constant", 0.01, HOUR, 3)
_bleeding("1 % an hour", "growing", 0.01, HOUR, 3)
_bleeding("0.3 % an hour", "constant", 0.003, HOUR, 7)


@loss("dropped and recreated, empty")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))

    def act() -> None:
        stage.lose(table.name, table.rows, of=table.rows)
        stage.world.drop(table)
        stage.world.create(table.name)

    stage.at(stage.event, act)


@loss("dropped, recreated minutes later and half reloaded")
def _(stage: Stage) -> None:
    table = stage.table("prices", 50_000)
    rows = table.rows
    stage.at(stage.event - 5 * MINUTE, lambda: stage.world.drop(table))

    def act() -> None:
        stage.lose(table.name, rows // 2, of=rows)
        stage.world.create(table.name, rows // 2)

    stage.at(stage.event, act)


def _quarters(stage: Stage) -> Table:
    root = stage.partitioned("invoices", {f"invoices_q{number}": 25_000 for number in (1, 2, 3, 4)})
    stage.behaviours["public", "invoices_q4"] = growing(20)
    return root


def _quarter_lost(name: str, leaf: str, act: Callable[[Stage, Table], None]) -> None:
    @loss(name)
    def play(stage: Stage) -> None:
        root = _quarters(stage)
        one = stage.world.table(("public", leaf))

        def happen() -> None:
            stage.lose(root.name, one.rows, of=sum(each.rows for each in stage.world.leaves_of(root)))
            act(stage, one)

        stage.at(stage.event, happen)


_quarter_lost("a partition is detached", "invoices_q1", lambda stage, leaf: stage.world.detach(leaf))
_quarter_lost("a partition is dropped, undeclared", "invoices_q2", lambda stage, leaf: stage.world.drop(leaf))
_quarter_lost("TRUNCATE of one partition of four", "invoices_q3", lambda stage, leaf: stage.world.truncate(leaf))


@loss("restore from a backup of ten days ago")
def _(stage: Stage) -> None:
    table = stage.table("orders", 20_000, growing(300))
    stage.table("countries", 250)

    def back_up() -> None:
        backup = stage.world.snapshot()

        def act() -> None:
            stage.lose(table.name, stage.world.table(table.name).rows - backup[table.name].rows, of=table.rows)
            stage.world.restore(backup)

        stage.at(stage.event, act)

    stage.at(stage.event - 10 * DAY, back_up)


@loss("restore of a dump of ten days ago into the same cluster")
def _(stage: Stage) -> None:
    table = stage.table("orders", 20_000, growing(300))

    def dump() -> None:
        dumped = table.rows

        def act() -> None:
            stage.lose(table.name, table.rows - dumped, of=table.rows)
            stage.world.drop(table)
            stage.world.create(table.name, dumped)

        stage.at(stage.event, act)

    stage.at(stage.event - 10 * DAY, dump)


@loss("failover to a replica that was ten days behind")
def _(stage: Stage) -> None:
    table = stage.table("orders", 20_000, growing(300))

    def fall_behind() -> None:
        replica = stage.world.snapshot()

        def act() -> None:
            stage.lose(table.name, table.rows - replica[table.name].rows, of=table.rows)
            stage.world.tables = dict(replica)
            stage.world.fail_over()

        stage.at(stage.event, act)

    stage.at(stage.event - 10 * DAY, fall_behind)


@loss("retention deletes more than it may", hour=10.0, declared={"metrics": {"retention": [PURGE]}})
def _(stage: Stage) -> None:
    table = stage.table("metrics", 27_000, growing(3000))

    def purge() -> None:
        if stage.world.now == stage.event:
            stage.delete(table, 0.6)
        else:
            stage.world.write(table, deleted=table.rows // 10)

    stage.every(HOUR, purge, first=HOUR)


@loss("loss in the retention window of another table", hour=3.005, declared={"metrics": {"retention": [NIGHTLY]}})
def _(stage: Stage) -> None:
    metrics = stage.table("metrics", 30_000, growing(600))
    other = stage.table("orders", 50_000, growing(20))
    stage.daily(3.0, lambda: stage.world.write(metrics, deleted=metrics.rows // 3))
    stage.at(stage.event, lambda: stage.delete(other, 0.4))


@loss("DELETE of 30 % in a seasonal trough", hour=3.1)
def _(stage: Stage) -> None:
    table = KINDS["daily-seasonal"](stage)
    stage.at(stage.event, lambda: stage.delete(table, 0.3))


@loss("DELETE of half in a seasonal trough", hour=3.1)
def _(stage: Stage) -> None:
    table = KINDS["daily-seasonal"](stage)
    stage.at(stage.event, lambda: stage.delete(table, 0.5))


@loss("DELETE of 30 % while the season falls anyway", hour=21.1)
def _(stage: Stage) -> None:
    table = KINDS["daily-seasonal"](stage)
    stage.at(stage.event, lambda: stage.delete(table, 0.3))


@loss("DELETE of 30 % of a table that halves each weekend", hour=12.4)
def _(stage: Stage) -> None:
    table = stage.table("visits", 20_000, following(weekly(20_000, 10_000), 200))
    stage.at(stage.event, lambda: stage.delete(table, 0.3))


@loss("DELETE of half of a table whose rows live an hour")
def _(stage: Stage) -> None:
    table = stage.table("sessions", 5000, sessions(5000))
    stage.at(stage.event, lambda: stage.delete(table, 0.5))


@loss("DELETE of half, a minute after a statistics reset")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.at(stage.event - 70, stage.world.reset_statistics)
    stage.at(stage.event, lambda: stage.delete(table, 0.5))


@loss("DELETE of half between the same two looks as a statistics reset")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.at(stage.event, lambda: stage.delete(table, 0.5))
    stage.at(stage.event + 5, stage.world.reset_statistics)


@loss("DELETE of half between the same two looks as a crash")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.at(stage.event, lambda: stage.delete(table, 0.5))
    stage.at(stage.event + 5, stage.world.crash)


@loss("TRUNCATE between the same two looks as a crash")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.at(stage.event, lambda: stage.truncate(table))
    stage.at(stage.event + 5, lambda: stage.world.crash(of_postmaster=True))


@loss("a crash empties an unlogged table")
def _(stage: Stage) -> None:
    table = stage.table("cache", 50_000, updated(500), unlogged=True)

    def act() -> None:
        stage.lose(table.name, table.rows, of=table.rows)
        stage.world.crash()

    stage.at(stage.event, act)


@loss("TRUNCATE and reload with fewer rows, in one transaction")
def _(stage: Stage) -> None:
    table = stage.table("catalog", 30_000, updated(50))
    stage.daily(2.0, lambda: stage.world.truncate(table, 30_000))
    stage.at(stage.event, lambda: stage.truncate(table, reloaded=18_000))


@loss("DELETE of 30 %, its counts come after the next look")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))

    def act() -> None:
        stage.world.delay = 9.0
        stage.delete(table, 0.3)
        stage.world.delay = 0.0

    stage.at(stage.event - stage.event % MINUTE + 55, act)


@loss("TRUNCATE, its counts come after the next look")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))

    def act() -> None:
        stage.world.delay = 9.0
        stage.truncate(table)
        stage.world.delay = 0.0

    stage.at(stage.event - stage.event % MINUTE + 55, act)


@loss("DELETE of 30 %, then VACUUM FULL, between two looks")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.at(stage.event, lambda: stage.delete(table, 0.3))
    stage.at(stage.event + 5, lambda: stage.world.vacuum_full(table))


@loss("DELETE of 40 % in twenty transactions within a minute")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))

    def begin() -> None:
        whole = table.rows
        for second in range(20):
            stage.at(stage.event + second, lambda: stage.delete(table, 0.02 * whole / table.rows, anew=False, of=whole))

    stage.at(stage.event - 1, begin)


@loss("DELETE of half while the watchdog is down")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.blind(stage.event - HOUR, stage.event + 5 * HOUR)
    stage.at(stage.event, lambda: stage.delete(table, 0.5))


@loss("the last 40 rows of a small table are deleted")
def _(stage: Stage) -> None:
    table = stage.table("settings", 40)
    stage.at(stage.event, lambda: stage.delete(table, 1.0))


@loss("TRUNCATE, seen on a standby")
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.world.standby = True
    stage.at(stage.event, lambda: stage.truncate(table))


@loss(
    "DELETE of half, seen on a standby",
    goal=False,
    why="a standby counts nothing: VACUUM on the primary or a periodic count must tell",
)
def _(stage: Stage) -> None:
    table = stage.table("orders", 50_000, growing(20))
    stage.world.standby = True
    stage.at(stage.event, lambda: stage.delete(table, 0.5))
