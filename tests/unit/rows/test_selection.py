import pytest

from watchdog.rows.selection import matches


@pytest.mark.parametrize(
    ("schema", "table", "patterns", "chosen"),
    [
        ("public", "sealed_epochs", ["public.sealed_*"], True),
        ("public", "user_mapping", ["public.sealed_*"], False),
        ("public", "user_mapping", ["public.sealed_*", "public.user_*"], True),
        ("app", "sealed_epochs", ["public.sealed_*"], False),
        ("public", "Sealed_epochs", ["public.sealed_*"], False),
        ("public", "sealed_epochs", [], False),
        ("public", 'a"b\n<script>%s{}🦀', ["public.a*"], True),
        ("public", "[x]", ["public.[[]x]"], True),
    ],
)
def test_a_table_is_chosen_by_its_full_name_as_it_is_stored(
    schema: str, table: str, patterns: list[str], *, chosen: bool
) -> None:
    assert matches(schema, table, patterns) is chosen
