"""The whole station of real parts, through the incident: PostgreSQL, the watchdog under pm2, Prometheus, Alertmanager.

Two Alertmanagers on the shipped configuration each page a receiver of their own. `direct` hears the watchdog itself
and Prometheus' rules, as docs/prometheus.md has it; `ruled` hears the rules alone, as where the watchdog's own word is
lost.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from tests.acceptance import milo
from tests.acceptance.alertmanager import Alertmanager
from tests.acceptance.support import Daemon, Json, Receiver, poll, watched, watcher_of
from tests.monitoring.alertmanager import shipped as alertmanager_for
from tests.monitoring.prometheus import Prometheus
from tests.monitoring.prometheus import shipped as prometheus_for
from tests.operating.supervised import Pm2, beside, documented
from tests.servers.query import sql

PAGES = "/pagerduty"
RULE = "SchemaWatchdogCriticalDrift"
# In which a message that is under way arrives.
LAST_WORD_SECONDS = 2.0


class Step(msgspec.Struct, frozen=True):
    """What happened so many seconds after its cause."""

    words: str
    seconds: float


class Replay(msgspec.Struct, frozen=True):
    """How the incident went.

    Attributes:
        broken, mended: the steps after columns were dropped, and after the SQL of the findings was run.
        remedy: that SQL.
        pages: receiver -> the events that PagerDuty would have had, oldest first.
    """

    broken: Sequence[Step]
    mended: Sequence[Step]
    remedy: str
    pages: Mapping[str, Sequence[Json]]


def replay(dsn: str, folder: Path, say: Callable[[str], None], *, quick: bool, patience: float) -> Replay:
    """Drop what the aggregator needs, until people are paged; mend it, until they hear that it is over.

    Args:
        dsn: an empty database, by its superuser.
        folder: for what the parts keep.
        say: told of each step when it happens.
        quick: with waits of a second, not those that are shipped.
        patience: seconds that a way from the cause to the last step may take.
    """
    milo.make(dsn)
    every = {"probe": "5s", "schema": "15s", "rows": "60s"}
    config = watched(watcher_of(dsn), folder) | ({} if quick else {"every": every})
    with Receiver() as direct, Receiver() as ruled:
        first, second = (
            alertmanager_for(folder / "direct", direct, quick=quick),
            alertmanager_for(folder / "ruled", ruled, quick=quick),
        )
        with (
            first,
            second,
            Daemon(folder, config, channels={"alertmanager": {"type": "alertmanager", "urls": [first.url]}}) as daemon,
            Prometheus(folder, prometheus_for(at(daemon), at(first), at(second), quick=quick)) as prometheus,
            Pm2(folder, **beside(folder, documented(), daemon)) as pm2,
        ):
            daemon.write()
            pm2.done("start", "ecosystem.config.js")
            poll("a first verdict", lambda: daemon.status("/readyz") == 200 and daemon.report()["status"] == "ok")
            say("all is running and well")

            def fires(alertmanager: Alertmanager, name: str) -> bool:
                return bool(alertmanager.alerts(name))

            def rule_is(state: str) -> bool:
                return [rule["state"] for rule in prometheus.rules() if rule["name"] == RULE] == [state]

            def paged(receiver: Receiver, action: str) -> bool:
                return action in _actions(receiver)

            sql(dsn, milo.DROP)
            broken = _seen(
                {
                    "the watchdog has found it": lambda: len(daemon.findings()) == len(milo.TABLES),
                    "the watchdog has told Alertmanager": lambda: fires(first, "SchemaDrift"),
                    "PagerDuty is called, by the watchdog's own word": lambda: paged(direct, "trigger"),
                    "Prometheus' rule fires": lambda: rule_is("firing"),
                    "Prometheus has told Alertmanager": lambda: fires(second, RULE),
                    "PagerDuty is called, by the rule alone": lambda: paged(ruled, "trigger"),
                },
                say,
                patience,
            )
            remedy = "\n".join(finding["remedy"]["sql"] for finding in daemon.findings())
            sql(dsn, remedy)
            mended = _seen(
                {
                    "the watchdog finds nothing any more": lambda: daemon.report()["status"] == "ok",
                    "PagerDuty hears that it is over, by the watchdog's own word": lambda: paged(direct, "resolve"),
                    "Prometheus' rule is quiet": lambda: rule_is("inactive"),
                    "PagerDuty hears that it is over, by the rule alone": lambda: paged(ruled, "resolve"),
                },
                say,
                patience,
            )
            # The watchdog's word that it is over comes before the rule's, whose alert may page once more in between.
            for _ in range(2):
                poll(
                    "the last word to be that it is over",
                    lambda: (
                        not any(fires(each, RULE) for each in (first, second))
                        and all(_actions(each)[-1:] == ["resolve"] for each in (direct, ruled))
                    ),
                    seconds=patience,
                )
                time.sleep(LAST_WORD_SECONDS)
            # Before the parts end, one after the other, which is an incident of its own.
            pages = {"direct": list(direct.received[PAGES]), "ruled": list(ruled.received[PAGES])}
    return Replay(broken, mended, remedy, pages)


def at(part: Daemon | Alertmanager) -> str:
    return f"127.0.0.1:{part.port}"


def _actions(receiver: Receiver) -> list[str]:
    return [event["event_action"] for event in receiver.received.get(PAGES, [])]


def _seen(awaited: Mapping[str, Callable[[], bool]], say: Callable[[str], None], patience: float) -> Sequence[Step]:
    """When each was first true, in seconds from now, in the order in which they became so."""
    began = time.monotonic()
    steps: dict[str, float] = {}

    def all_seen() -> bool:
        for words, holds in awaited.items():
            if words not in steps and holds():
                steps[words] = time.monotonic() - began
                say(f"{steps[words]:6.1f} s  {words}")
        return len(steps) == len(awaited)

    poll("every step", all_seen, lambda: f"lacking: {awaited.keys() - steps.keys()}", patience)
    return [Step(words, seconds) for words, seconds in steps.items()]
