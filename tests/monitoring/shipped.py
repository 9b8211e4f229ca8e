"""What is shipped for Prometheus and Alertmanager, as data."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "config" / "prometheus" / "prometheus.yml"
RULES = ROOT / "config" / "prometheus" / "rules.yml"
ALERTMANAGER = ROOT / "config" / "alertmanager" / "alertmanager.yml"
RUNBOOKS = ROOT / "docs" / "runbooks.md"
DOCS = ROOT / "docs" / "prometheus.md"
GOLDEN = ROOT / "tests" / "golden" / "metrics.txt"

Json = dict[str, Any]


def rules() -> list[Json]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def alerts() -> dict[str, Json]:
    """Name -> its rule."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def records() -> dict[str, str]:
    """Name -> its expression."""
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}
