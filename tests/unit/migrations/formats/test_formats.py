from watchdog.migrations.formats import FORMATS
from watchdog.sqltext import qualified


def test_each_format_reads_a_table_by_its_quoted_name_or_has_none() -> None:
    for each in FORMATS.values():
        if each.table is None:
            assert (each.name, each.select) == ("plain", "")
        else:
            name = qualified([part for part in each.table if part])
            assert f" FROM {name}" in each.select.format(table=name)


def test_each_format_says_what_its_table_does_not_tell() -> None:
    assert any("notes no checksums" in sentence for sentence in FORMATS["dbmate"].unknowable)
    assert any("in which order" in sentence for sentence in FORMATS["dbmate"].unknowable)
    assert FORMATS["sqlx"].unknowable == ()
    assert FORMATS["plain"].unknowable == FORMATS["plain"].limits != ()
