import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.queries.sources.split import parts

ATOMIC = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 2 END FROM t; END"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("", []),
        (" ; ;\n", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' || \";\" /* ; */ -- ;\n; SELECT 2", ["SELECT ';' || \";\"", "SELECT 2"]),
        ("SELECT E'\\';'; SELECT 2", ["SELECT E'\\';'", "SELECT 2"]),
        ("DO $$ BEGIN; END $$; SELECT $a$ ; $$ ; $a$", ["DO $$ BEGIN; END $$", "SELECT $a$ ; $$ ; $a$"]),
        ("-- first\n/* and /* inner */ second */ SELECT 1 -- last\n;", ["SELECT 1"]),
        ("SELECT 1 /* inside */ + 2", ["SELECT 1 /* inside */ + 2"]),
        (f"{ATOMIC}; SELECT 2", [ATOMIC, "SELECT 2"]),
        (f"{ATOMIC.replace('CREATE', 'CREATE OR REPLACE')}; SELECT 2", None),
        ("BEGIN; SELECT 1; END;", ["BEGIN", "SELECT 1", "END"]),
        ("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3", None),
        ("\\set a 1\nSELECT 1;\n\\echo ';'\n", ["\\set a 1", "SELECT 1", "\\echo ';'"]),
        ("SELECT 1 \\gset\nSELECT 2;", ["SELECT 1", "\\gset", "SELECT 2"]),
        ("COPY t FROM stdin;\n1\tit's; not\n\\.\nSELECT 1;", ["COPY t FROM stdin", "SELECT 1"]),
        ("COPY t FROM 'file'; SELECT 1", ["COPY t FROM 'file'", "SELECT 1"]),
    ],
)
def test_a_script_is_cut_where_psql_cuts_it(script: str, found: list[str] | None) -> None:
    said = [part.sql for part in parts(script)]
    assert all(part.closed for part in parts(script))
    assert said == found if found is not None else len(said) == 2


@pytest.mark.parametrize(
    "script",
    [
        "SELECT 'a",
        "SELECT 'a''",
        'SELECT "a',
        "SELECT $$a",
        "SELECT $b$a$$",
        "SELECT (1",
        "SELECT 1 /* a",
        "/* a",
        "'",
        ATOMIC.removesuffix("; END"),
    ],
)
def test_what_is_not_closed_is_said_to_be_open(script: str) -> None:
    assert [part.closed for part in parts(script)][-1:] == [False]


@given(st.lists(st.sampled_from(["SELECT 1", "';'", '";"', "$$;$$", "$a$;$$;$a$", "(a; b)", "/*;*/", "--;\n", "x"])))
def test_no_semicolon_in_what_the_server_takes_whole_cuts(pieces: list[str]) -> None:
    assert len(list(parts("SELECT " + " ".join(pieces) + "; SELECT 2;"))) == 2


@given(st.text(alphabet="a'\"$;/*-\\() \nE"))
def test_any_text_is_cut_and_each_part_stands_where_it_is_said_to(script: str) -> None:
    for part in parts(script):
        assert part.sql
        assert script.startswith(part.sql, part.start)
