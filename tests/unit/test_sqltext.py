import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.sqltext import (
    KEYWORDS,
    display_name,
    how_many,
    name_parts,
    names_in,
    printable,
    qualified,
    quote_ident,
    quote_literal,
    visible,
)


def test_the_names_in_a_statement_are_its_dotted_ones() -> None:
    statement = """SELECT t.a, 1.5, nextval('public."My ""seq"') FROM public.t JOIN "A.b".c.d ON now() = x"""
    assert names_in(statement) == [("t", "a"), ("public", 'My "seq'), ("public", "t"), ("A.b", "c", "d")]


ANY = st.text("ab1_AZ\"'\\\n\r\t\x00\x1b\x85\u2028\u202e é🦊%{}<>.$;-", max_size=12)


@pytest.mark.parametrize("name", ["a", "_", "_1", "token_group", "a1", "sequence", "x" * 63])
def test_a_plain_name_stays_bare(name: str) -> None:
    assert quote_ident(name) == name


@pytest.mark.parametrize(
    "name", ["", "A", "1st", "a b", "a.b", "a$b", "ä", "🦊", "user", "order", "a\n", "²", "--", "<script>", "%s", "{}"]
)
def test_any_other_name_is_put_in_quotes(name: str) -> None:
    assert quote_ident(name) == f'"{name}"'


def test_a_quote_in_a_name_is_doubled() -> None:
    assert quote_ident('a"; DROP TABLE x; --') == '"a""; DROP TABLE x; --"'
    assert quote_ident('"') == '""""'


@given(ANY)
def test_no_name_ends_its_own_quotes(name: str) -> None:
    written = quote_ident(name)
    if written != name:
        assert written[0] == written[-1] == '"'
        assert written[1:-1].replace('""', "").count('"') == 0
        assert written[1:-1].replace('""', '"') == name


def test_keywords_are_lower_case_words_that_would_else_be_bare() -> None:
    assert all(word.isidentifier() and word == word.lower() for word in KEYWORDS)
    assert {"user", "table", "order", "select", "int", "values"} <= KEYWORDS


def test_each_part_of_a_name_is_quoted_by_itself() -> None:
    assert qualified(("public", "user", "a.b")) == 'public."user"."a.b"'


@given(ANY)
def test_no_text_ends_its_own_literal(text: str) -> None:
    written = quote_literal(text).removeprefix(" E")
    assert written[0] == written[-1] == "'"
    assert "'" not in written[1:-1].replace("''", "")


def test_a_backslash_makes_a_literal_that_says_so() -> None:
    assert quote_literal("it's") == "'it''s'"
    assert quote_literal("a\\b") == " E'a\\\\b'"
    assert quote_literal("\\'") == " E'\\\\'''"


@given(ANY)
def test_what_is_visible_is_one_line_without_control_characters(text: str) -> None:
    assert visible(text).isprintable()
    assert len(visible(text).splitlines()) <= 1
    if text.isprintable():
        assert visible(text) == text


def test_what_does_not_print_is_shown_by_its_code_point() -> None:
    assert visible("a\nb\x1b[31m\u202e\u2028") == "a\\u000ab\\u001b[31m\\u202e\\u2028"


def test_a_statement_whose_names_do_not_print_names_the_same_in_another_way() -> None:
    assert printable('GRANT SELECT ON "a""\\\x1b", "b\\", c TO "d\U000e0001"') == (
        'GRANT SELECT ON U&"a""\\\\\\+00001b", "b\\", c TO U&"d\\+0e0001"'
    )


def test_a_displayed_name_is_quoted_and_on_one_line() -> None:
    assert display_name(("public", 'Or"der\ns')) == 'public."Or""der\\u000as"'


def test_one_thing_is_singular() -> None:
    assert (how_many(1, "finding"), how_many(0, "finding"), how_many(1230, "finding")) == (
        "1 finding",
        "0 findings",
        "1,230 findings",
    )


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("public.t", ("public", "t")),
        ('"a.b"."c ""d"', ("a.b", 'c "d')),
        ("a.b.c", ("a", "b", "c")),
        ("t", ()),
        ("public.T", ()),
        ("public.t x", ()),
        ("public. t", ()),
        ("", ()),
    ],
)
def test_a_dotted_name_has_parts_and_what_is_none_has_not(name: str, parts: tuple[str, ...]) -> None:
    assert name_parts(name) == parts
