import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.queries.sources.found import reasons, sql, unread
from watchdog.queries.sources.readers import RECORDED
from watchdog.queries.statement import Statement

ROWS = [
    {"query": "SELECT a FROM t WHERE b = $1", "calls": 12, "queryid": -7},
    {"query": "BEGIN", "calls": 100},
    {"query": "/* app */ select ? from t where c @> '{}'", "calls": "3", "query_id": "8"},
]
FOUND = (
    Statement(sql="SELECT a FROM t WHERE b = $1", calls=12, query_id=-7, recorded=True),
    Statement(sql="select ? from t where c @> '{}'", calls=3, query_id=8, recorded=True),
)


def test_an_export_of_the_statistics_is_read_as_lines_as_an_array_and_as_a_table() -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS) + "\n\n"
    assert RECORDED[".jsonl"](lines, "a").statements == RECORDED[".ndjson"](lines, "a").statements == FOUND
    assert RECORDED[".json"](json.dumps(ROWS), "a").statements == FOUND
    table = "queryid,query,calls\n-7,SELECT a FROM t WHERE b = $1,12\n,BEGIN,100\n"
    table += "8,\"/* app */ select ? from t where c @> '{}'\",3\n"
    assert RECORDED[".csv"](table, "a").statements == FOUND
    for reader, text in ((".jsonl", lines), (".json", json.dumps(ROWS)), (".csv", table)):
        assert RECORDED[reader](text, "a").unread == ()


def test_plain_statements_end_with_a_semicolon() -> None:
    harvest = RECORDED[".txt"]("SELECT 1;\nSET a = b;\nfrobnicate;\nSELECT\n2; SELECT 'cut", "a.txt")
    assert sql(harvest) == ["SELECT 1", "SELECT\n2"]
    assert all(each.recorded and each.locations == () for each in harvest.statements)
    assert [line for line, _ in unread(harvest)] == [3, 5]
    assert reasons(harvest)[1].startswith("it was cut off when it was recorded")


def test_what_another_role_sent_is_told_once() -> None:
    rows = [json.dumps({"query": "<insufficient privilege>"})] * 3
    assert unread(RECORDED[".jsonl"]("\n".join(["", *rows]), "a")) == [
        (2, "3 statements of other roles are hidden from the role that exported this: it needs pg_read_all_stats")
    ]


@pytest.mark.parametrize(
    ("suffix", "text", "line", "words"),
    [
        (".jsonl", '{"query": "SELECT 1"}\nnothing', 2, "no JSON object"),
        (".jsonl", '{"sql": "SELECT 1"}', 1, "missing required field `query`"),
        (".jsonl", '{"query": 1}', 1, "row of pg_stat_statements"),
        (".jsonl", '{"query": "SELECT 1", "calls": "many"}', 1, "row of pg_stat_statements"),
        (".jsonl", "[" * 100_000, 1, "no JSON object"),
        (".json", '{"name": "package"}', 1, "no JSON array"),
        (".json", "[" * 100_000, 1, "no JSON array"),
        (".json", "[1]", 1, "row of pg_stat_statements"),
        (".csv", "a,b\n1,2\n", 1, "no column `query`"),
        (".csv", "", 1, "no column `query`"),
        (".csv", "calls\n1", 1, "no column `query`"),
        (".csv", 'query\n"SELECT ' + "a" * 200_000 + '"', 2, "no CSV from here on"),
        (".csv", "query,calls\nSELECT 1,many", 2, "row of pg_stat_statements"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_line(suffix: str, text: str, line: int, words: str) -> None:
    [(place, reason)] = unread(RECORDED[suffix](text, "a"))
    assert (place, words in reason) == (line, True), reason


@given(st.sampled_from(sorted(RECORDED)), st.text())
def test_reading_never_fails(suffix: str, text: str) -> None:
    RECORDED[suffix](text, "a")
    RECORDED[suffix](f"query\nSELECT {text}", "a")
    RECORDED[suffix](json.dumps([{"query": text}]), "a")
