"""Every query of every dashboard, asked of a real Prometheus that scrapes a real watchdog through the incident."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

from tests.acceptance import milo
from tests.acceptance.support import Daemon, Receiver, free_port, poll, watched, webhook
from tests.monitoring import promises
from tests.monitoring.boards import annotations, boards, panels, variables
from tests.monitoring.grafana import Grafana, Line
from tests.monitoring.scraping import EVERY, scraping
from tests.servers.query import rows, sql

SHOWN = 120  # seconds of each dashboard
CONTRACT = {
    "component": "milo-aggregator",
    "tables": {f"public.{table}": {"columns": {"token_group": {}}} for table in milo.TABLES},
}
LOSE = "DELETE FROM sealed_participants WHERE epoch > 30 * 3600"
MEND = "".join(f"ALTER TABLE {table} ADD COLUMN token_group {milo.SHOULD_BE};" for table in milo.TABLES) + milo.REFILL


@contextmanager
def incident(folder: Path, database: str) -> Iterator[tuple[Daemon, Grafana]]:
    """A watchdog, and a viewer of what Prometheus scrapes of it.

    It watches the aggregator's database and one that does not answer; one of its channels works, and one does not.
    """
    watcher = milo.made(database)
    [[role]] = rows(database, "SELECT current_database() || '_watcher'")
    sql(
        database,
        "CREATE SEQUENCE payout_ids MAXVALUE 100; SELECT setval('payout_ids', 42);"
        f"GRANT SELECT ON SEQUENCE payout_ids TO {role};"
        "CREATE INDEX ON sealed_epochs (published_at);"
        "UPDATE sealed_epochs SET published_at = now() - interval '5 minutes' WHERE epoch = 3600; ANALYZE",
    )
    (folder / "contract.yaml").write_text(yaml.safe_dump(CONTRACT))
    fresh = {"match": ["public.sealed_epochs"], "freshness": {"column": "published_at", "max_age": "1d"}}
    often = {"probe": "500ms", "schema": "1s", "rows": "1s"}
    patient = {"connect": "10s", "lock": "2s", "statement": "10s", "look": "20s"}
    production = watched(
        watcher, folder, every=often, timeouts=patient, contracts=["contract.yaml"], rows={"tables": [fresh]}
    )
    nowhere = f"127.0.0.1:{free_port()}"
    # That it does not answer is a finding after 2.5 intervals and 30 s: not while this test runs.
    seldom = {"probe": "1h", "schema": "1h", "rows": "1h"}
    staging = watched(f"postgresql://nobody@{nowhere}/milo", folder, "staging.eu", every=seldom)
    with (
        Receiver() as receiver,
        Daemon(
            folder,
            production,
            staging,
            channels={"ops": webhook(receiver.url("/ops")), "pager": webhook(f"http://{nowhere}/")},
        ) as daemon,
        scraping(folder, f"127.0.0.1:{daemon.port}") as prometheus,
    ):
        daemon.config["alerts"]["heartbeat"] = {"url": receiver.url("/beat"), "every": "1s"}
        daemon.start()
        with httpx.Client(base_url=prometheus, timeout=10) as http:
            yield daemon, Grafana(http, EVERY, SHOWN)


def value_in(stage: int, value: promises.Value3) -> promises.Value:
    return value[stage] if isinstance(value, tuple) else value


def broken(stage: int, where: str, promise: promises.Promise, shown: dict[str, Line], here: str) -> Iterator[str]:
    """What of a promise does not hold in a stage."""
    promised = {name.replace(promises.HERE, here): value_in(stage, value) for name, value in promise.items()}
    promised = {name: value for name, value in promised.items() if value is not promises.absent}
    optional = {name for name, value in promised.items() if value is promises.perhaps}
    for name in sorted(shown.keys() - promised.keys()):
        yield f"{where}: {name!r} was not promised: {shown[name]}"
    for name, value in promised.items():
        if name not in shown and name in optional:
            continue
        if name not in shown:
            yield f"{where}: {name!r} is not there"
        elif not (value(shown[name]) if callable(value) else abs(shown[name].last - value) < 1e-9):
            yield f"{where}: {name!r} shows {shown[name]}"


def all_broken(grafana: Grafana, stage: int, name: str) -> list[str]:
    """What of a dashboard's promises does not hold now."""
    at, board = time.time(), boards()[name]
    # One database by name, which must leave out the other; all of them elsewhere.
    given = {"database": ["production"]} if name == "database" else {}
    offered = grafana.choose(variables(board).values(), at, **given)
    if not offered["instance"]:
        return ["nothing was scraped yet"]
    [here] = offered["instance"]
    found: list[str] = []
    for panel in panels(board):
        promise = promises.PANELS[name][panel["title"]]
        found += broken(stage, f"{name}: {panel['title']}", promise, grafana.panel(panel, at), here)
    for mark in annotations(board):
        shown = {text: Line(*[count] * 4) for text, count in grafana.marks(mark, at).items()}
        found += broken(stage, f"{name}: {mark['name']}", promises.MARKS[mark["name"]], shown, here)
    return found


def kept(grafana: Grafana, stage: int, name: str) -> None:
    """Waits until every promise of a dashboard in a stage holds."""
    remarks: list[str] = []

    def hold() -> bool:
        remarks[:] = all_broken(grafana, stage, name)
        return not remarks

    poll(f"every promise of stage {stage} to hold", hold, lambda: "\n".join(remarks))


def test_every_panel_and_annotation_has_a_promise_and_no_promise_is_of_none() -> None:
    for name, board in boards().items():
        assert {panel["title"] for panel in panels(board)} == promises.PANELS[name].keys()
        assert {mark["name"] for mark in annotations(board)} == promises.MARKS.keys()


def test_every_panel_shows_what_it_promises_before_during_and_after_the_incident(tmp_path: Path, database: str) -> None:
    with incident(tmp_path, database) as (daemon, grafana):
        for stage, statements in enumerate(("", milo.DROP + LOSE, MEND)):
            if statements:
                sql(database, statements)
            for name in boards():
                kept(grafana, stage, name)
        offered = grafana.choose(variables(boards()["rows"]).values(), time.time(), database=["staging.eu"])
        assert offered["job"] == ["schema-watchdog"]
        assert offered["instance"] == [f"127.0.0.1:{daemon.port}"]
        assert offered["database"] == ["production", "staging.eu"]
        assert (offered["schema"], offered["table"]) == ([], [])
        # Choosing the one whose name is no plain word leaves out all others.
        [answers] = [panel for panel in panels(boards()["database"]) if panel["title"] == "Answers"]
        assert grafana.panel(answers, time.time()).keys() == {"staging.eu"}
