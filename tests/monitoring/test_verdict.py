"""The verdict of the dashboards, asked of Prometheus in each case that it tells apart."""

import json
import subprocess
from pathlib import Path

import pytest

from tools.dashboards.parts import VERDICTS
from tools.dashboards.promql import verdict

# Severity of an open finding, age of the last look, what the page says -> the verdict.
CASES = {
    "all is verified": ("", 60, "ok", "as expected"),
    "a part is in doubt": ("", 60, "unverified", "not verified"),
    "a look is overdue": ("", 181, "unverified", "not verified"),
    "something is worth knowing": ("info", 60, "drift", "info"),
    "something is worth knowing, and old": ("info", 181, "drift", "not verified"),
    "something is odd, and old": ("warning", 181, "drift", "warning"),
    "something is broken, and old": ("critical", 181, "drift", "critical"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_the_worst_that_can_be_said_of_a_database(case: str, promtool: str, tmp_path: Path) -> None:
    severity, age, status, expected = CASES[case]
    given = 'job="schema-watchdog", instance="here", database="production"'
    series = {
        'check_interval_seconds{%s, check="rows"}': 60,
        'check_last_success_timestamp_seconds{%s, check="rows"}': 600 - age,
        **{f'database_status{{%s, status="{each}"}}': int(each == status) for each in ("ok", "drift", "unverified")},
        **{
            f'findings{{%s, kind="column", severity="{each}", state="open"}}': int(each == severity)
            for each in ("critical", "warning", "info")
        },
    }
    [number] = [number for number, (word, _) in VERDICTS.items() if word == expected]
    asked = verdict().replace("$job", ".*").replace("$instance", ".*").replace("$database", ".*")
    whole = {
        "tests": [
            {
                "interval": "15s",
                "input_series": [
                    {"series": "schema_watchdog_" + name % given, "values": f"{value}x60"}
                    for name, value in series.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": asked,
                        "eval_time": "600s",
                        "exp_samples": [{"labels": '{database="production"}', "value": number}],
                    }
                ],
            }
        ]
    }
    (tmp_path / "verdict.yml").write_text(json.dumps(whole))
    tested = subprocess.run(
        [promtool, "test", "rules", "verdict.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
