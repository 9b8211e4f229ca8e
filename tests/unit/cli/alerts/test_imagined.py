import pytest

from tests.unit.alerts.samples import NOON
from watchdog.alerts.route import ASKED
from watchdog.cli.alerts.common import matchers
from watchdog.cli.alerts.explain import imagined
from watchdog.config.load import parse
from watchdog.errors import UsageError

CONFIG = parse("databases: [{name: production, dsn: postgresql://h, baseline: b}]", "f.yaml", {})


def test_an_imagined_alert_answers_what_was_said_of_it() -> None:
    values = {
        "severity": "warning", "kind": "index", "change": "changed", "schema": "app", "name": "app.orders.by_day",
        "component": "api", "origin": "out-of-band", "database": "staging", "check": "queries",
    }  # fmt: skip
    one = imagined(CONFIG, values, NOON)
    assert {name: ASKED[name](one) for name in values} == {name: (value,) for name, value in values.items()}


def test_what_is_not_said_is_that_of_a_missing_table_of_the_first_database() -> None:
    one = imagined(CONFIG, {"schema": "app"}, NOON)
    assert (one.database, one.check, one.finding.kind, one.finding.identity, one.finding.severity) == (
        "production", "schema", "relation", ("app", "example"), "critical",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"fingerprint": "abcd"}, "give it without --match"),
        ({"schema": "app", "name": "public.t"}, "are not of one alert"),
    ],
)
def test_what_no_alert_can_be_is_refused(values: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        imagined(CONFIG, values, NOON)


def test_matchers_are_names_with_patterns() -> None:
    assert matchers(["name=a*", "kind=index", "name=b=c"]) == {"kind": ("index",), "name": ("a*", "b=c")}
    for wrong in ("name", "name=", "=x", "colour=red"):
        with pytest.raises(UsageError):
            matchers([wrong])
