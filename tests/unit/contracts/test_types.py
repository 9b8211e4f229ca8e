import pytest

from watchdog.contracts.types import BUILT_IN, type_name


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("int8", "bigint"),
        ("BIGINT", "bigint"),
        ("bigserial", "bigint"),
        ("varchar(10)", "character varying(10)"),
        ("character  varying ( 10 )", "character varying(10)"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamptz(3)[]", "timestamp(3) with time zone[]"),
        ("timestamp (3) without time zone", "timestamp(3) without time zone"),
        ("time", "time without time zone"),
        ("decimal", "numeric"),
        ("decimal(8)", "numeric(8,0)"),
        ("numeric(8, -2)", "numeric(8,-2)"),
        ("float", "double precision"),
        ("float(24)", "real"),
        ("float(25)", "double precision"),
        ("char", "character(1)"),
        ("bpchar", "bpchar"),
        ("bpchar(5)", "character(5)"),
        ("bit", "bit(1)"),
        ("varbit(3)", "bit varying(3)"),
        ('"char"', '"char"'),
        ("int[][3]", "integer[]"),
        ("integer ARRAY[4]", "integer[]"),
        ("interval day to second(3)", "interval day to second(3)"),
        ("Public.Mood", "public.mood"),
        ('public."My ""type"""(3)[]', 'public."My ""type"""(3)[]'),
        ('"public"."mood"', "public.mood"),
        ("pg_catalog.int8", "bigint"),
    ],
)
def test_a_type_is_called_as_the_server_prints_it(written: str, printed: str) -> None:
    assert type_name(written) == printed
    assert type_name(printed) == printed


@pytest.mark.parametrize("name", sorted(BUILT_IN - {"bit", "character"}))
def test_what_the_server_prints_stays_as_it_is(name: str) -> None:
    assert type_name(name) == name


@pytest.mark.parametrize("written", ["", "bigitn", '"Mood"', "a.b.c", "text; drop", "int --", "text[", "(3)", "a.b)"])
def test_what_is_no_type_or_needs_its_schema_is_refused_and_says_so(written: str) -> None:
    with pytest.raises(ValueError, match="say the schema too"):
        type_name(written)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("varchar(10)", "character varying"),
        ("char", "character"),
        ("bpchar", "character"),
        ("bit(3)[]", "bit[]"),
        ("numeric(8,2)", "numeric"),
        ("timestamptz(3)", "timestamp with time zone"),
        ("interval day to second(3)", "interval"),
    ],
)
def test_an_argument_has_no_length(written: str, printed: str) -> None:
    assert type_name(written, modifiers=False) == printed
