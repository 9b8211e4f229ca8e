"""The comment, read by a CommonMark parser as GitHub's reads it."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.unit.alerts.samples import add_column, finding
from tests.unit.cli.formats.samples import HOSTILE_REPORT, MISSING, REPORTS, verdict
from watchdog.cli.formats.markdown import COMMENT_UNITS, MARKER, code, comment, fenced
from watchdog.cli.text import remedy_text
from watchdog.finding import Severity
from watchdog.sqltext import visible

OURS = ["<!-- schema-watchdog -->\n", "<details>\n<summary>What the verdict covers</summary>\n", "</details>"]


def tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_the_first_line_is_the_mark_by_which_a_bot_finds_its_comment() -> None:
    assert comment(REPORTS).split("\n")[0] == MARKER == "<!-- schema-watchdog -->"


def test_the_verdicts_stand_on_top_and_open_findings_before_those_that_are_borne_the_worst_first() -> None:
    text = comment(REPORTS)
    assert text.index("- `archive`: no drift") < text.index("**critical** in `production`")
    order = ["**critical** in", "**warning** in `production`", "**warning** in `shop`", "**critical** (accepted)"]
    assert sorted(order, key=text.index) == order
    assert "- `production`: **drift**, 1 critical, 1 warning (PostgreSQL 18.6)\n" in text


def test_one_database_is_not_named_with_each_finding() -> None:
    assert "\n**critical**: `column" in comment([verdict(MISSING)])


def test_hostile_text_stands_in_code_alone() -> None:
    text = comment([HOSTILE_REPORT])
    assert [token.content for token in tokens(text) if token.type.startswith("html")] == OURS
    assert {token.type for token in tokens(text)} & {"link_open", "image", "table_open"} == set()
    plain = " ".join(token.content for token in tokens(text) if token.type == "text")
    for word in ("smuggled", "@org", "evil", "script", "🦊", "four"):
        assert word not in plain, word


@given(text=st.text())
def test_any_text_is_one_span_of_code_with_all_that_it_holds(text: str) -> None:
    [inline] = [token for token in MarkdownIt("commonmark").parse(f"- **x**: {code(text)} end") if token.children]
    spans = [child.content for child in inline.children or () if child.type == "code_inline"]
    shown = visible(text)[:999].rstrip()
    assert len(spans) == 1
    assert spans[0].startswith(shown) or not shown


@pytest.mark.parametrize("text", ["`a`", "`a", "a`", " a", "a ", " a ", "``", "a `` b ` c", "` a `"])
def test_backticks_and_spaces_at_the_ends_stay_in_the_code(text: str) -> None:
    [inline] = [token for token in MarkdownIt("commonmark").parse(f"x {code(text)} y") if token.children]
    assert [child.content for child in inline.children or ()] == ["x ", text, " y"]


@example("```")
@example("a\n````\nb ```")
@given(sql=st.text(st.sampled_from("`~ a\n")))
def test_no_sql_ends_its_block(sql: str) -> None:
    [block] = MarkdownIt("commonmark").parse(fenced(sql))
    assert (block.type, block.info, block.content) == ("fence", "sql", sql + "\n")


def test_the_sql_is_whole_in_its_block() -> None:
    assert MISSING.remedy is not None
    [block] = [token for token in tokens(comment([verdict(MISSING)])) if token.type == "fence"]
    assert block.content == remedy_text(MISSING.remedy) + "\n"


def test_a_long_comment_is_cut_at_a_whole_finding_and_says_how_many_more() -> None:
    many = [
        msgspec.structs.replace(
            finding("public", f"t{number}", severity=Severity.WARNING, remedy=add_column(f"t{number}")),
            message="🦊" * 900,
        )
        for number in range(1000)
    ]
    text = comment([verdict(*many, MISSING)])
    assert units(text) <= COMMENT_UNITS
    assert units(text) > COMMENT_UNITS - 5000
    shown = text.count("**warning**: ") + text.count("**critical**: ")
    assert f"**And {1001 - shown} more findings: `schema-watchdog check` shows all.**" in text
    assert text.index("token_group is missing") < text.index("**warning**: ")
    assert text.count("```sql") * 2 == text.count("```")
    assert text.endswith("</details>")


@pytest.mark.parametrize("size", range(500, 560))
def test_what_says_how_many_more_has_room_too(size: int) -> None:
    long = msgspec.structs.replace(MISSING, message="m" * size)
    assert units(comment([verdict(*[long] * 100)])) <= COMMENT_UNITS


@pytest.mark.parametrize("count", [1, 2000])
def test_neither_many_databases_nor_long_reasons_make_it_too_long(count: int) -> None:
    failed = verdict(status="unverified", reason="no connection " * 200)
    text = comment([failed] * count)
    assert units(text) <= COMMENT_UNITS
    assert "**could not be verified**" in text
    assert ("more databases" in text) == (count > 1)


def test_sql_of_great_length_is_left_out_whole_and_said_where_it_is() -> None:
    remedy = msgspec.structs.replace(add_column("t"), sql="SELECT 1;\n" * 5000)
    text = comment([verdict(msgspec.structs.replace(MISSING, remedy=remedy))])
    assert "SELECT 1" not in text
    assert "`schema-watchdog plan`" in text
