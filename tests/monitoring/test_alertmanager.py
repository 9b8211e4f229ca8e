"""The shipped Alertmanager: who hears of what, what is not told twice, and how it reads in Slack and PagerDuty."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.acceptance.alertmanager import Alertmanager
from tests.acceptance.support import Receiver, poll
from tests.conftest import required
from tests.monitoring.shipped import ALERTMANAGER, Json, alerts
from watchdog.alerts.told import Told
from watchdog.finding import Finding, Remedy, Severity
from watchdog.notify.alertmanager_alerts import ALIVE, DRIFT, NAMES, ROWS, Manner, alive
from watchdog.notify.alertmanager_alerts import alerts as pushed
from watchdog.wiring.database import utc_now

TEST = NAMES["test"]
DIRECT = sorted({DRIFT, *NAMES.values(), *ROWS.values()} - {TEST})
HOSTILE = 'it"s\n<!channel> *b* _i_ `c` ```f``` & <http://evil.example|x> http://evil.example/ {{ . }} $1 \u202e🙂'
SECRET = "T0/B0/hunter2-of-the-webhook"
KEY = "hunter2ofpagerduty0123456789abcd"


def sent(alertname: str, **labels: str) -> Json:
    """An alert as Prometheus would send it."""
    annotations = {"summary": f"{alertname} of {labels.get('database')}", "description": "Look at the page."}
    return {
        "labels": {"alertname": alertname, **labels},
        "annotations": annotations | {"runbook_url": f"https://runbooks.example.com/r.md#{alertname.lower()}"},
        "startsAt": utc_now().isoformat(),
        "endsAt": (utc_now() + timedelta(hours=1)).isoformat(),
    }


def told(finding: Finding, database: str = "production") -> list[Json]:
    """A finding as the watchdog itself sends it."""
    now = utc_now()
    one = Told(finding=finding, database=database, since=now, told_at=now, thread="t")
    manner = Manner(link="https://watchdog.example.com/", resend=timedelta(hours=1))
    found: list[Json] = [json.loads(msgspec.json.encode(each)) for each in pushed([one], now, manner)]
    return found


def dropped(name: str, severity: Severity = Severity.CRITICAL) -> Finding:
    remedy = Remedy(
        before_sql="",
        sql="ALTER TABLE public.orders ADD COLUMN \"a<b\" text DEFAULT '&';",
        verify_sql="SELECT 1",
        revert_sql="SELECT 2",
        safety="additive",
        lock="ACCESS EXCLUSIVE",
        rewrites_table=False,
    )
    return Finding(
        fingerprint="f6d25d50f824a64f",
        kind="column",
        identity=("public", "orders", name),
        change="missing",
        severity=severity,
        message=f"column public.orders.{name} is missing",
        remedy=remedy,
    )


def post(alertmanager: Alertmanager, alerts: Iterable[Json]) -> None:
    answer = httpx.post(f"{alertmanager.url}/api/v2/alerts", json=list(alerts))
    assert answer.status_code == 200, answer.text


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def shipped(folder: Path, receiver: Receiver, *, quick: bool) -> Alertmanager:
    """With the shipped configuration, its secrets and receivers those of the test, and waits of a second if `quick`."""
    text = ALERTMANAGER.read_text()
    (folder / "slack").write_text(receiver.url(f"/slack/{SECRET}"))
    (folder / "key").write_text(KEY)
    own = {
        "/run/secrets/slack_webhook_url": str(folder / "slack"),
        "/run/secrets/pagerduty_routing_key": str(folder / "key"),
        "http://dead-man.example.com/": receiver.url("/dead-man"),
        "templates/*.tmpl": str(ALERTMANAGER.parent / "templates" / "*.tmpl"),
        "\nglobal:\n": f"\nglobal:\n  pagerduty_url: {receiver.url('/pagerduty')}\n",
    }
    for theirs, ours in own.items():
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    if quick:
        text = re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", text)
    return Alertmanager(folder, text)


def test_amtool_takes_the_configuration() -> None:
    amtool = required("amtool", "apt-get install prometheus-alertmanager")
    checked = subprocess.run([amtool, "check-config", ALERTMANAGER], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert "1 templates" in checked.stdout


ROUTED = {
    **{name: {rule["labels"]["severity"]} for name, rule in alerts().items()},
    **{name: {severity.value for severity in Severity} for name in DIRECT},
    "SomebodyElses": {""},
}
RECEIVERS = {"critical": "on-call", "warning": "team", "info": "nobody", "": "team"}


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        *(
            ({"alertname": name, "severity": severity}, RECEIVERS[severity])
            for name, severities in ROUTED.items()
            for severity in sorted(severities)
        ),
        (alive(utc_now(), utc_now(), Manner()).labels, "dead-man"),
        ({"alertname": TEST, "severity": "info"}, "team"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.values()),
)
def test_each_kind_of_alert_is_routed_to_who_should_hear_of_it(labels: Mapping[str, str], receiver: str) -> None:
    amtool = required("amtool", "apt-get install prometheus-alertmanager")
    given = [f"{name}={value}" for name, value in labels.items()]
    command = [amtool, "config", "routes", "test", f"--config.file={ALERTMANAGER}", f"--verify.receivers={receiver}"]
    routed = subprocess.run([*command, *given], capture_output=True, text=True, check=False)
    assert routed.returncode == 0, routed.stdout + routed.stderr


def key(labels: Mapping[str, str]) -> str:
    """What alerts are told apart by below."""
    return " ".join(filter(None, (labels["alertname"].removeprefix("SchemaWatchdog"), labels.get("name"))))


def of_rule(*names: str) -> set[str]:
    assert {f"SchemaWatchdog{name}" for name in names} <= alerts().keys()
    return set(names)


ALL: list[dict[str, str]] = [
    *({"alertname": name, "severity": rule["labels"]["severity"]} for name, rule in alerts().items()),
    *(
        {"alertname": name, "severity": severity} | about
        for name in DIRECT
        for severity in ("critical", "warning")
        for about in ([{"name": "probe"}, {"name": "schema"}] if name == "CheckFailing" else [{}])
    ),
    {"alertname": ALIVE, "severity": "none"},
    {"alertname": TEST, "severity": "info"},
]
AWAY = of_rule("Down", "Absent")
# What inhibits, what is inhibited, and whether only by what is as bad.
INHIBITED: list[tuple[set[str], set[str], bool]] = [
    (AWAY, {key(each) for each in ALL} - AWAY - {"Alive", "Test"}, False),
    (of_rule("DatabaseDown"), of_rule("CheckStale", "Unverified", "RowsUnknown"), False),
    (of_rule("CheckStale"), of_rule("Unverified"), False),
    ({"SchemaDrift", "QueryFailing", "MigrationPending"}, of_rule("CriticalDrift", "DriftOpen"), True),
    (set(ROWS.values()), of_rule("RowLoss", "RowsSuspect"), True),
    ({"CheckFailing probe"}, of_rule("DatabaseDown", "CheckStale", "Unverified", "RowsUnknown"), False),
    ({"CheckFailing schema"}, of_rule("CheckStale", "Unverified"), False),
    ({"DeliveryFailing"}, of_rule("OutboxStuck", "DeadLetters", "DeliveriesFailing"), True),
    ({"StateFailing"}, of_rule("StateUnusable"), True),
]


def is_inhibited(target: Mapping[str, str], source: Mapping[str, str]) -> bool:
    return any(
        key(source) in sources
        and key(target) in targets
        and (not is_as_bad or source["severity"] == target["severity"])
        for sources, targets, is_as_bad in INHIBITED
    )


def test_what_is_told_already_is_not_told_again_and_all_else_is(tmp_path: Path, receiver: Receiver) -> None:
    """Each alert beside each other one, every pair of a watchdog of its own."""
    pairs = {
        f"{one}-{other}": (source, target)
        for one, source in enumerate(ALL)
        for other, target in enumerate(ALL)
        if source is not target
    }
    with shipped(tmp_path, receiver, quick=False) as alertmanager:
        post(
            alertmanager,
            (
                sent(**labels, watchdog=pair, database="production", role=role)
                for pair, both in pairs.items()
                for role, labels in zip(("source", "target"), both, strict=True)
            ),
        )
        shown = httpx.get(f"{alertmanager.url}/api/v2/alerts", timeout=30).json()
    assert len(shown) == 2 * len(pairs)
    targets = [each for each in shown if each["labels"]["role"] == "target"]
    inhibited = {each["labels"]["watchdog"] for each in targets if each["status"]["inhibitedBy"]}
    expected = {pair for pair, (source, target) in pairs.items() if is_inhibited(target, source)}
    assert {pair: pairs[pair] for pair in inhibited ^ expected} == {}


def test_nothing_is_inhibited_by_what_happens_elsewhere(tmp_path: Path, receiver: Receiver) -> None:
    with shipped(tmp_path, receiver, quick=False) as alertmanager:
        post(
            alertmanager,
            [
                sent("SchemaWatchdogDown", severity="critical", watchdog="eu", instance="w"),
                sent("SchemaWatchdogCriticalDrift", severity="critical", watchdog="us", database="shop"),
                sent("SchemaDrift", severity="critical", watchdog="us", database="production"),
                sent("SchemaWatchdogDriftOpen", severity="warning", watchdog="us", database="production"),
                sent("SchemaWatchdogCheckStale", severity="warning", watchdog="us", database="shop", check="rows"),
                sent("SchemaWatchdogDatabaseDown", severity="critical", watchdog="us", database="production"),
                sent("SchemaWatchdogUnverified", severity="warning", watchdog="us", database="shop", check="schema"),
            ],
        )
        shown = httpx.get(f"{alertmanager.url}/api/v2/alerts").json()
    assert [each["status"]["inhibitedBy"] for each in shown] == [[]] * 7


def test_people_are_told_in_slack_and_pagerduty_and_no_name_can_speak_for_itself(
    tmp_path: Path, receiver: Receiver
) -> None:
    slack, page = f"/slack/{SECRET}", "/pagerduty"
    hostile = told(dropped(HOSTILE))
    general = [sent("SchemaWatchdogCriticalDrift", severity="critical", database="production")]
    alive_now: Json = json.loads(msgspec.json.encode(alive(utc_now(), utc_now(), Manner(resend=timedelta(hours=1)))))
    with shipped(tmp_path, receiver, quick=True) as alertmanager:
        post(
            alertmanager,
            [
                *hostile,
                *general,
                sent("SchemaWatchdogDriftOpen", severity="warning", database=HOSTILE),
                sent("SchemaWatchdogRowsUnknown", severity="info", database="quiet"),
                alive_now,
            ],
        )
        received = receiver.received
        poll(
            "all to be told", lambda: len(received.get(slack, [])) == 2 and page in received and "/dead-man" in received
        )
        texts = [message["attachments"][0] for message in received[slack]]
        [critical] = [text for text in texts if text["color"] == "danger"]
        [warning] = [text for text in texts if text["color"] == "warning"]
        [event] = received[page]

        assert critical["title"] == "1 open in production"
        assert critical["text"].startswith('*critical* column public.orders.it"s')
        assert warning["text"].startswith("*warning* SchemaWatchdogDriftOpen of it\"s &lt;!channel&gt; *b* _i_ 'c' ")
        assert "```ALTER TABLE public.orders ADD COLUMN \"a&lt;b\" text DEFAULT '&amp;';```" in critical["text"]
        assert "<https://watchdog.example.com/|page>" in critical["text"]
        assert "<https://runbooks.example.com/r.md#schemawatchdogdriftopen|runbook>" in warning["text"]
        for text in texts:
            words = " ".join((text["title"], text["text"], text["fallback"]))
            assert set(re.findall(r"<[^>]*>", words)) <= {
                "<https://watchdog.example.com/|page>",
                "<https://runbooks.example.com/r.md#schemawatchdogdriftopen|runbook>",
            }
            assert "http://evil" not in words
            assert text["text"].count("`") in {0, 6}
            assert "\u202e" not in words

        assert (event["event_action"], event["routing_key"]) == ("trigger", KEY)
        assert event["payload"]["severity"] == "critical"
        assert event["payload"]["component"] == "production"
        assert event["payload"]["summary"].startswith('production: column public.orders.it"s')
        assert "ALTER TABLE public.orders" in event["payload"]["custom_details"]["firing"]
        assert event["client_url"] == "https://watchdog.example.com/"
        assert all("runbook_url" not in json.dumps(body) for body in received[page])
        assert set(received) == {slack, page, "/dead-man"}
        assert "quiet" not in json.dumps(received)

        over = utc_now().isoformat()
        post(alertmanager, [{**each, "endsAt": over} for each in (*hostile, *general, alive_now)])
        poll("its end", lambda: len(received[page]) == 2 and len(received[slack]) == 3)
        assert received[page][1]["event_action"] == "resolve"
        assert received[page][1]["dedup_key"] == event["dedup_key"]
        [end] = [each["attachments"][0] for each in received[slack] if each["attachments"][0]["color"] == "good"]
        assert "over: column public.orders" in end["text"]
        # A sign of life that ends is none.
        assert set(receiver.statuses("/dead-man")) == {"firing"}


def test_a_flood_of_alerts_is_cut_and_says_so(tmp_path: Path, receiver: Receiver) -> None:
    many = [
        each
        for number in range(40)
        for each in told(msgspec.structs.replace(dropped(f"c{number}"), fingerprint=f"{number:016x}"))
    ]

    def received(path: str) -> list[Json]:
        return receiver.received.get(path, [])

    with shipped(tmp_path, receiver, quick=True) as alertmanager:
        post(alertmanager, many)
        # The first ones may leave before the last ones have come.
        slack = poll("Slack", lambda: [each for each in received(f"/slack/{SECRET}") if "40 open" in str(each)])
        page = poll("PagerDuty", lambda: [each for each in received("/pagerduty") if "(40 are open)" in str(each)])
    text = slack[0]["attachments"][0]["text"]
    assert text.count("column public.orders") == 10
    assert text.endswith("Ten of 40 that are open are shown.\n")
    assert "ALTER TABLE" not in text
    assert page[0]["payload"]["custom_details"]["firing"].rstrip().endswith("Twenty of 40 are shown.")
