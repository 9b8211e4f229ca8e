"""Prometheus' rules, evaluated by Prometheus' own tool: each fires when it should, and not when it should not."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.monitoring.shipped import DOCS, GOLDEN, PROMETHEUS, ROOT, RULES, Json, alerts, records, rules
from watchdog.look.own import LATE
from watchdog.metrics import exported
from watchdog.schema.state import MUCH_USED_PERCENT
from watchdog.status import StatusBoard, patience
from watchdog.wiring.database import utc_now

CASES = sorted((Path(__file__).parent / "rules").glob("*.yml"))
NAME = re.compile(r"\b(?:\w+:)?(?:schema_watchdog_\w+|process_\w+)(?::\w+)?\b")
SELECTOR = re.compile(r"\b(schema_watchdog_\w+)\{([^}]*)\}")
# What Prometheus adds to each series.
OF_SCRAPE = {"job", "instance"}


def cases(path: Path) -> list[Json]:
    found: list[Json] = yaml.safe_load(path.read_text())["tests"]
    return found


def series() -> Mapping[str, Mapping[str, set[str]]]:
    """Every exported name -> its labels -> the values that the golden text has of them."""
    found: dict[str, dict[str, set[str]]] = {}
    families = [*text_string_to_metric_families(GOLDEN.read_text()), *exported(StatusBoard(), (), utc_now).collect()]
    for sample in (sample for family in families for sample in family.samples):
        labels = found.setdefault(sample.name, {})
        for name, value in sample.labels.items():
            labels.setdefault(name, set()).add(value)
    return found


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def test_prometheus_takes_the_configuration_and_the_rules(promtool: str) -> None:
    checked = subprocess.run([promtool, "check", "config", PROMETHEUS], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert f"{len(rules())} rules found" in checked.stdout


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_rules_fire_and_are_quiet_as_their_cases_say(promtool: str, path: Path, tmp_path: Path) -> None:
    whole = {"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": cases(path)}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(whole))
    tested = subprocess.run(
        [promtool, "test", "rules", tmp_path / "tests.yml"], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_nothing_fires_where_nothing_was_scraped_yet(promtool: str, tmp_path: Path) -> None:
    quiet = [{"alertname": name, "eval_time": f"{minute}m", "exp_alerts": []} for name in alerts() for minute in (0, 2)]
    case = {"interval": "1m", "input_series": [], "alert_rule_test": quiet}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": [case]}))
    tested = subprocess.run(
        [promtool, "test", "rules", tmp_path / "tests.yml"], capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    asked = [asked for path in CASES for case in cases(path) for asked in case.get("alert_rule_test", [])]
    assert {each["alertname"] for each in asked if each["exp_alerts"]} == set(alerts())
    assert {each["alertname"] for each in asked if not each["exp_alerts"]} == set(alerts())


@pytest.mark.parametrize("name", alerts())
def test_each_alert_says_how_bad_it_is_what_is_wrong_what_to_look_at_and_where_to_read_on(name: str) -> None:
    alert = alerts()[name]
    assert name.startswith("SchemaWatchdog")
    assert alert["labels"].keys() == {"severity"}
    assert alert["labels"]["severity"] in {"critical", "warning", "info"}
    told = alert["annotations"]
    assert told.keys() == {"summary", "description", "runbook_url"}
    assert told["runbook_url"] == f"{{{{ $externalLabels.runbooks }}}}#{name.lower()}"
    assert len(told["description"]) > 100


def test_the_docs_list_each_alert_with_its_severity() -> None:
    told = re.findall(r"^\| `(SchemaWatchdog\w+)` \| (critical|warning|info) \|", DOCS.read_text(), flags=re.MULTILINE)
    assert told == [(name, rule["labels"]["severity"]) for name, rule in alerts().items()]


def test_whatever_a_rule_names_is_exported_with_the_labels_that_it_asks_for() -> None:
    known = series()
    for rule in rules():
        for name in NAME.findall(rule["expr"]):
            assert name in known or name in records(), (rule, name)
        for name, matchers in SELECTOR.findall(rule["expr"]):
            for label, operator, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', matchers):
                if label not in OF_SCRAPE and name in known:
                    # The golden text is of a database whose statements are not looked at.
                    values = known[name][label] | ({"queries"} if label == "check" else set())
                    assert value in values, (rule, label, operator, value)


def test_each_recorded_series_is_used_by_an_alert() -> None:
    used = {name for alert in alerts().values() for name in NAME.findall(alert["expr"])}
    assert set(records()) <= used


def test_the_rules_have_the_patience_of_the_watchdog_itself() -> None:
    stale = " ".join(alerts()["SchemaWatchdogCheckStale"]["expr"].split())
    assert "> 2.5 * schema_watchdog_check_interval_seconds + 30 +" in stale
    assert patience(300).total_seconds() == 2.5 * 300 + 30
    assert alerts()["SchemaWatchdogOutboxStuck"]["expr"].endswith("> 15 * 60")
    assert LATE.total_seconds() == 15 * 60
    full = alerts()["SchemaWatchdogSequenceNearEnd"]["expr"]
    assert set(re.findall(r">= (\S+)", full)) == {str(MUCH_USED_PERCENT / 100)}


def test_what_was_found_stands_until_it_is_known_that_the_watchdog_is_down() -> None:
    down = max(seconds(alerts()[f"SchemaWatchdog{name}"]["for"]) for name in ("Down", "Absent"))
    kept = {
        name: seconds(span)
        for name, rule in alerts().items()
        for span in re.findall(r"max_over_time\([^\[]*\[(\w+)\]", rule["expr"])
    }
    assert len(kept) == 6
    assert min(kept.values()) > down + 60


def test_the_job_that_the_rules_know_is_the_one_that_is_scraped() -> None:
    [scraped] = yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"]
    named = {job for rule in rules() for job in re.findall(r'job="([^"]*)"', rule["expr"])}
    assert named == {scraped["job_name"]}
    [target] = scraped["static_configs"][0]["targets"]
    assert f"listen: {target}" in (ROOT / "config" / "watchdog.yaml").read_text()
