"""The dashboards are what the code makes, what Grafana's types allow, and whole: nothing in them leads nowhere."""

import itertools
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from grafana_foundation_sdk.models import units

from tests.conftest import missing_component, required
from tests.monitoring.boards import FOLDER, Json, annotations, boards, panels, used, variables
from tools.dashboards.__main__ import texts as made

UNITS = {value for value in vars(units).values() if isinstance(value, str)}
SHAPE = Path(__file__).parent / "dashboard.ts"
MODULES = Path(__file__).parents[1] / "servers" / "node_modules"
STRICT = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"]

every_board = pytest.mark.parametrize("board", boards().values(), ids=boards())


def test_the_files_are_what_the_code_makes() -> None:
    written = {file.name: file.read_text() for file in (FOLDER / "dashboards").iterdir()}
    assert written == dict(made()), "run: make dashboards"


def _first(board: Json, sort: str) -> Json:
    found: Json = next(panel for panel in board["panels"] if panel["type"] == sort)
    return found


def _spoilt(where: Callable[[Json], Json], key: str, value: object) -> Json:
    board = boards()["overview"]
    where(board)[key] = value
    return board


# What is spoilt on purpose -> what the compiler must say of it.
SPOILT = {
    "board": (_spoilt(lambda b: b, "refesh", "1m"), "'\"refesh\"' does not exist"),
    "variable": (_spoilt(lambda b: b["templating"]["list"][1], "mult", True), "'\"mult\"' does not exist"),
    "mark": (_spoilt(lambda b: annotations(b)[0], "iconColour", "red"), "'\"iconColour\"' does not exist"),
    "type": (_spoilt(lambda b: _first(b, "stat"), "type", "stats"), "does not exist"),
    "panel": (_spoilt(lambda b: _first(b, "stat"), "colour", 1), "'\"colour\"' does not exist"),
    "untitled": (_spoilt(lambda b: _first(b, "stat"), "title", None), "Type 'null' is not assignable"),
    "options": (_spoilt(lambda b: _first(b, "stat")["options"], "graphMod", "none"), "'\"graphMod\"' does not exist"),
    "enum": (_spoilt(lambda b: _first(b, "stat")["options"], "graphMode", "non"), "Type '\"non\"'"),
    "unit": (_spoilt(lambda b: _first(b, "stat")["fieldConfig"]["defaults"], "unit", 3), "Type 'number'"),
    "custom": (
        _spoilt(lambda b: _first(b, "timeseries")["fieldConfig"]["defaults"]["custom"], "drawStyle", "lines"),
        "Type '\"lines\"'",
    ),
    "query": (_spoilt(lambda b: _first(b, "table")["targets"][0], "exp", "up"), "'\"exp\"' does not exist"),
    "override": (
        _spoilt(lambda b: _first(b, "table")["fieldConfig"]["overrides"][0]["properties"][0], "id", "units"),
        "Type '\"units\"'",
    ),
    "grid": (_spoilt(lambda b: _first(b, "table")["gridPos"], "w", "24"), "Type 'string'"),
}


def test_grafanas_own_types_take_every_dashboard_and_none_that_is_spoilt(tmp_path: Path) -> None:
    node = required("node", "apt-get install -y --no-install-recommends nodejs")
    compiler = MODULES / "typescript" / "bin" / "tsc"
    if not (MODULES / "@grafana" / "schema").exists() or not compiler.exists():
        missing_component("@grafana/schema with typescript", "make setup-test (it needs npm)")
    (tmp_path / "node_modules").symlink_to(MODULES)
    (tmp_path / SHAPE.name).write_text(SHAPE.read_text())
    documents = boards() | {f"spoilt-{name}": board for name, (board, _) in SPOILT.items()}
    for name, board in documents.items():
        text = (
            f"import type {{ Board }} from './dashboard';\nexport const board: Board = {json.dumps(board, indent=1)};\n"
        )
        (tmp_path / f"{name}.ts").write_text(text)
    resolution = ["--module", "esnext", "--moduleResolution", "bundler"]
    files = [f"{name}.ts" for name in documents]
    done = subprocess.run(
        [node, str(compiler), *STRICT, *resolution, *files], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    said: dict[str, str] = {}
    for line in done.stdout.splitlines():
        file = re.match(r"([\w-]+)\.ts\(", line)
        said[file[1] if file else "elsewhere"] = line
    assert said.keys() == {f"spoilt-{name}" for name in SPOILT}, done.stdout[:4000]
    for name, (_, expected) in SPOILT.items():
        assert expected in said[f"spoilt-{name}"]


def test_uids_are_of_one_dashboard_each() -> None:
    uids = Counter(board["uid"] for board in boards().values())
    assert set(uids.values()) == {1}
    assert uids.keys() == {f"schema-watchdog-{name}" for name in boards()}


@every_board
def test_panels_have_a_number_a_title_a_unit_words_and_a_place_of_their_own(board: Json) -> None:
    assert set(Counter(panel["id"] for panel in board["panels"]).values()) == {1}
    assert set(Counter(panel["title"] for panel in board["panels"]).values()) == {1}
    for panel in panels(board):
        defaults = panel["fieldConfig"]["defaults"]
        assert all((panel["title"], panel["description"], defaults["unit"], defaults["noValue"])), panel["title"]
        columns = [
            each["value"]
            for column in panel["fieldConfig"]["overrides"]
            for each in column["properties"]
            if each["id"] == "unit"
        ]
        assert {defaults["unit"], *columns} <= UNITS, panel["title"]
        assert panel["targets"], panel["title"]
        assert all(target.get("legendFormat") or target.get("format") == "table" for target in panel["targets"])
        assert set(Counter(target["refId"] for target in panel["targets"]).values()) == {1}, panel["title"]
    taken = Counter(
        cell
        for place in (panel["gridPos"] for panel in board["panels"])
        for cell in itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        )
    )
    assert set(taken.values()) == {1}
    assert {x for x, _ in taken} == set(range(24))
    assert len(taken) == 24 * len({y for _, y in taken}), "no hole is left between panels"


@every_board
def test_every_variable_that_is_used_is_there_and_every_one_that_is_there_is_used(board: Json) -> None:
    given = variables(board)
    assert used(board) == given.keys()
    known: set[str] = set()
    for name, variable in given.items():
        assert used({key: value for key, value in variable.items() if key != "name"}) <= known, (
            "it hangs on a later one"
        )
        assert variable["label"]
        assert variable["description"]
        known.add(name)


@every_board
def test_every_link_leads_to_a_dashboard_that_is_there_and_keeps_what_is_chosen(board: Json) -> None:
    by_uid = {each["uid"]: each for each in boards().values()}
    [others] = board["links"]
    assert (others["type"], others["includeVars"], others["keepTime"]) == ("dashboards", True, True)
    assert all(set(others["tags"]) <= set(each["tags"]) for each in by_uid.values())
    for panel in panels(board):
        links = panel["fieldConfig"]["defaults"]["links"]
        assert "${page:raw}" in [link["url"] for link in links], panel["title"]
        for url in {link["url"] for link in links} - {"${page:raw}"}:
            uid = re.match(r"/d/([\w-]+)\?", url)
            assert uid is not None, url
            assert uid[1] in by_uid, url
            assert "${__url_time_range}" in url
            assert set(re.findall(r"\$\{(\w+):queryparam\}", url)) == {"datasource", "job", "instance", "page"}
            assert set(re.findall(r"var-(\w+)=", url)) <= variables(by_uid[uid[1]]).keys()


def test_provisioning_names_the_data_source_and_the_folder_of_the_dashboards() -> None:
    [source] = yaml.safe_load((FOLDER / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    [provider] = yaml.safe_load((FOLDER / "provisioning/dashboards/schema-watchdog.yml").read_text())["providers"]
    assert (source["type"], source["url"], source["isDefault"]) == ("prometheus", "${PROMETHEUS_URL}", True)
    assert (provider["type"], provider["options"]["path"]) == ("file", "/etc/grafana/dashboards/schema-watchdog")
    for board in boards().values():
        assert variables(board)["datasource"]["query"] == source["type"]
