"""Names and literals, as the server itself writes and reads them."""

import random
import string

import pytest

from tests.servers.query import rows
from watchdog.sqltext import KEYWORDS, qualified, quote_ident, quote_literal

HOSTILE = (
    'quo"te', "new\nline", "tab\t", "back\\slash", "back`tick", "<script>alert(1)</script>", "🦊", "%s", "{}", "$1",
    "--", "/*", ";", " ", "a b", "ä", "A", "1st", "_", "_1", "a$b", "public.orders", "'", "''", "\x1b[31m", "\u202e",
    "\u00a0", "user", "USER", "token_group", "x" * 63, '"', '""',
)  # fmt: skip
_DICE = random.Random(20251117)  # noqa: S311 names, not secrets
_LETTERS = string.ascii_letters + string.digits + "_\"'\\\n\t .;-$%{}<>&é🦊"
NAMES = [*HOSTILE, *("".join(_DICE.choices(_LETTERS, k=_DICE.randint(1, 15))) for _ in range(200))]


@pytest.mark.all_majors
def test_names_are_quoted_as_the_server_quotes_them(database: str) -> None:
    found = rows(database, "SELECT name, quote_ident(name) FROM unnest($1::text[]) name", NAMES)
    assert found == [(name, quote_ident(name)) for name in NAMES]


@pytest.mark.all_majors
def test_every_word_that_the_server_would_quote_is_quoted(database: str, major: int) -> None:
    found = rows(database, "SELECT word, quote_ident(word), catcode <> 'U' FROM pg_get_keywords()")
    quoted = {str(word) for word, written, _ in found if written != word}
    assert quoted == {str(word) for word, _, special in found if special}
    assert quoted <= KEYWORDS
    # A word of a later major is quoted too: that is harmless, and the SQL survives an upgrade.
    assert quoted == KEYWORDS if major == 18 else len(KEYWORDS - quoted) < 40
    assert [quote_ident(word) for word in sorted(quoted)] == [f'"{word}"' for word in sorted(quoted)]


@pytest.mark.all_majors
@pytest.mark.parametrize("standard", ["on", "off"])
def test_a_literal_reads_as_the_text_that_was_written(database: str, standard: str) -> None:
    texts = [name for name in NAMES if name]
    written = ", ".join(quote_literal(text) for text in texts)
    options = f"{database}?options=-c%20standard_conforming_strings%3D{standard}%20-c%20escape_string_warning%3Doff"
    [(read,)] = rows(options, f"SELECT ARRAY[{written}]::text[]")
    assert read == texts


@pytest.mark.all_majors
def test_a_quoted_name_names_the_same_object(database: str) -> None:
    names = [name for name in NAMES if len(name.encode()) <= 63]
    columns = ", ".join(f"1 AS {quote_ident(name)}" for name in names)
    [(keys,)] = rows(database, f"SELECT array(SELECT jsonb_object_keys(to_jsonb(t))) FROM (SELECT {columns}) t")
    assert set(keys) == set(names)  # type: ignore[call-overload]
    assert qualified(("public", 'a"b')) == 'public."a""b"'
