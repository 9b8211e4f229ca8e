"""What Grafana does between a dashboard and Prometheus, as its Prometheus data source does it.

Variables become regular expressions, intervals follow from the range and the width, legends are filled in, a value over
time is reduced to its last one. Rules: packages/grafana-prometheus and pkg/promlib of Grafana 11.6.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import httpx

from tests.monitoring.boards import VARIABLE, Json

WIDTH = 1000  # points that a panel has room for


class Line(NamedTuple):
    """What a series amounts to in the range that is shown; of an instant query all four are its one value."""

    last: float
    highest: float
    lowest: float
    total: float


class Grafana:
    """A viewer of dashboards with one choice of values.

    Args:
        http: asks Prometheus.
        scraped_every: seconds, as the data source says it.
        shown: seconds of the range, up to now.
    """

    def __init__(self, http: httpx.Client, scraped_every: int, shown: int) -> None:
        self._http = http
        self._scraped_every, self._shown = scraped_every, shown
        self.chosen: dict[str, Sequence[str]] = {}

    def ask(self, path: str, parameters: Mapping[str, str | float]) -> list[Json]:
        answer = (
            self._http.post(path, data=parameters) if "query" in parameters else self._http.get(path, params=parameters)
        )
        assert answer.status_code == 200, f"{parameters.get('query')}: {answer.text}"
        data = answer.json()["data"]
        found: list[Json] = data["result"] if isinstance(data, dict) else data
        return found

    def substituted(self, text: str) -> str:
        """With `$name` replaced; what is unknown fails."""
        step = max(self._scraped_every, math.ceil(self._shown / WIDTH))
        rate = max(step + self._scraped_every, 4 * self._scraped_every)
        own = {"__interval": f"{step}s", "__rate_interval": f"{rate}s", "__range": f"{self._shown}s"}
        return VARIABLE.sub(lambda found: own.get(name := found[1] or found[2]) or _pattern(self.chosen[name]), text)

    def values_of(self, variable: Json, at: float) -> list[str]:
        """What a query variable offers: the values of `label_values(metric, label)`."""
        found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert found is not None, variable["query"]
        matching: dict[str, str | float] = {"match[]": self.substituted(found[1]), "start": at - self._shown, "end": at}
        return [str(value) for value in self.ask(f"/api/v1/label/{found[2]}/values", matching)]

    def choose(self, variables: Iterable[Json], at: float, **given: Sequence[str]) -> dict[str, list[str]]:
        """Chooses these values, and of all other variables all that they offer, which is returned, in order."""
        self.chosen = {}
        offered: dict[str, list[str]] = {}
        for variable in variables:
            if variable["type"] == "query":
                name = variable["name"]
                offered[name] = self.values_of(variable, at)
                self.chosen[name] = given.get(name, offered[name])
        return offered

    def panel(self, panel: Json, at: float) -> dict[str, Line]:
        """A series' or a cell's name -> what it shows; two of one name cannot be told apart and fail."""
        shown: dict[str, Line] = {}
        for target in panel["targets"]:
            for labels, values in self._asked(target, at):
                name = _cell(panel, target, labels) if target.get("format") == "table" else _legend(target, labels)
                numbers = [value for value in values if not math.isnan(value)]
                assert name not in shown, f"{panel['title']}: two series are called {name!r}"
                if numbers:
                    shown[name] = Line(numbers[-1], max(numbers), min(numbers), sum(numbers))
        return shown

    def marks(self, annotation: Json, at: float) -> dict[str, int]:
        """The texts of an annotation in the range -> how many of it there are; neighbours are one stretch."""
        found: dict[str, int] = {}
        for series in self._range(annotation["target"]["expr"], at):
            times = [int(time) for time, value in series["values"] if float(value) > 0]
            if annotation["useValueForTime"]:
                times = [int(float(value)) // 1000 for _, value in series["values"]]
                times = [time for time in times if at - self._shown <= time <= at]
            stretches = sum(1 for before, time in zip([-math.inf, *times], times, strict=False) if time > before + 1)
            if stretches:
                found[_filled(annotation["textFormat"], series["metric"])] = stretches
        return found

    def _asked(self, target: Json, at: float) -> list[tuple[Mapping[str, str], list[float]]]:
        if target["instant"]:
            found = self.ask("/api/v1/query", {"query": self.substituted(target["expr"]), "time": at})
            return [(series["metric"], [float(series["value"][1])]) for series in found]
        return [
            (series["metric"], [float(value) for _, value in series["values"]])
            for series in self._range(target["expr"], at)
        ]

    def _range(self, expr: str, at: float) -> list[Json]:
        step = max(self._scraped_every, math.ceil(self._shown / WIDTH))
        end = math.floor(at / step) * step
        start = math.floor((at - self._shown) / step) * step
        return self.ask(
            "/api/v1/query_range", {"query": self.substituted(expr), "start": start, "end": end, "step": step}
        )


def _pattern(values: Sequence[str]) -> str:
    """Chosen values as a regular expression inside a quoted string of PromQL."""
    escaped = [re.sub(r"([\\'^$.|?*+()\[\]{}])", r"\\\\\1", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _filled(text: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels[found[1]], text)


def _legend(target: Json, labels: Mapping[str, str]) -> str:
    return _filled(target["legendFormat"], labels)


def _cell(panel: Json, target: Json, labels: Mapping[str, str]) -> str:
    """The column's title, and the labels of the row in the order of the columns."""
    [shape] = [each["options"] for each in panel["transformations"] if each["id"] == "organize"]
    column = f"Value #{target['refId']}"
    keys = [key for key in shape["indexByName"] if key in labels]
    assert len(keys) == len(labels), f"{panel['title']}: no column for {labels}"
    return " ".join([shape["renameByName"][column], *(labels[key] for key in keys)])
