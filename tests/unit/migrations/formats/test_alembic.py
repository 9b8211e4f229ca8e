import io
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from watchdog.errors import MigrationsError
from watchdog.migrations.formats.alembic import applied, parse
from watchdog.migrations.migration import Migration

INDEX = "with op.get_context().autocommit_block():\n        op.execute('CREATE INDEX CONCURRENTLY i ON t (c)')"
FUNCTION = 'op.execute("""CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\nRETURN 1;\nEND $$""")'
# revision: what it follows, what it depends on, what it does
GRAPH: dict[str, tuple[str | tuple[str, ...] | None, str | None, str]] = {
    "aaa": (None, None, "op.execute('CREATE TABLE t (c int)')"),
    "bbb": ("aaa", None, INDEX),
    "ccc": ("aaa", None, "op.execute('SELECT 3')"),
    "ddd": (("bbb", "ccc"), None, FUNCTION),
    "eee": (None, None, "op.execute('SELECT 5')"),
    "fff": ("ddd", "eee", "op.execute('SELECT 6')"),
}
ENVIRONMENT = """
from alembic import context
context.configure(dialect_name="postgresql", literal_binds=True, transaction_per_migration={each})
with context.begin_transaction():
    context.run_migrations()
"""
REVISION = """
from alembic import op
revision = {revision!r}
down_revision = {follows!r}
depends_on = {depends!r}
def upgrade():
    {does}
"""


def printed(folder: Path, revisions: str = "heads", *, each: bool = False) -> str:
    """What the real Alembic prints for GRAPH."""
    (folder / "versions").mkdir(exist_ok=True)
    (folder / "env.py").write_text(ENVIRONMENT.format(each=each), encoding="utf-8")
    for revision, (follows, depends, does) in GRAPH.items():
        text = REVISION.format(revision=revision, follows=follows, depends=depends, does=does)
        (folder / "versions" / f"{revision}_x.py").write_text(text, encoding="utf-8")
    output = io.StringIO()
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, revisions, sql=True)
    return output.getvalue()


def heads(*versions: str, of: tuple[Migration, ...]) -> set[str]:
    return {each.version for each in applied([{"version_num": version} for version in versions], of)}


@pytest.mark.parametrize("each", [False, True])
def test_the_steps_that_alembic_prints_are_taken_apart(tmp_path: Path, *, each: bool) -> None:
    text = printed(tmp_path, each=each)
    steps = {step.version: step for step in parse({"all.sql": text})}
    assert steps.keys() == GRAPH.keys()
    assert {step.version: set(step.parents) for step in steps.values()} == {
        "aaa": set(),
        "bbb": {"aaa"},
        "ccc": {"aaa"},
        "ddd": {"bbb", "ccc"},
        "eee": set(),
        "fff": {"ddd", "eee"},
    }
    assert [step.version for step in steps.values() if not step.transactional] == ["bbb"]
    assert "RETURN 1;\nEND $$;" in steps["ddd"].sql
    assert "BEGIN;" not in steps["ddd"].sql
    for step in steps.values():
        assert "alembic_version" not in step.sql
        assert text.split("\n")[step.line - 1].startswith("-- Running upgrade")
        for line, whole in zip(step.sql.split("\n"), text.split("\n"), strict=False):
            assert line in ("", whole)


def test_one_file_a_step_in_any_order_is_the_same_graph(tmp_path: Path) -> None:
    text = printed(tmp_path)
    _, *steps = text.split("-- Running ")
    files = {f"{9 - number}.sql": f"-- Running {step}" for number, step in enumerate(steps)}
    order = [step.version for step in parse(files)]
    assert sorted(order) == sorted(GRAPH)
    for step in parse(files):
        assert all(order.index(parent) < order.index(step.version) for parent in step.parents)


def test_what_the_heads_follow_is_applied_also_by_a_dependency(tmp_path: Path) -> None:
    steps = parse({"all.sql": printed(tmp_path)})
    assert heads("fff", of=steps) == GRAPH.keys()
    assert heads("bbb", "eee", of=steps) == {"aaa", "bbb", "eee"}
    assert heads(of=steps) == set()


@pytest.mark.parametrize(("moved", "merged"), [("a", "b"), ("b", "a")])
def test_a_dependency_shows_in_whichever_row_it_is_taken_from(moved: str, merged: str) -> None:
    [step] = parse(
        {
            "c.sql": "-- Running upgrade a -> c\n"
            f"DELETE FROM s.v WHERE s.v.version_num = '{merged}';\n"
            f"UPDATE s.v SET version_num='c' WHERE s.v.version_num = '{moved}';\n"
        }
    )
    assert set(step.parents) == {"a", "b"}
    assert step.sql.split("\n")[1:] == ["", "", ""]


def test_a_history_that_begins_later_knows_what_it_begins_after(tmp_path: Path) -> None:
    steps = parse({"some.sql": printed(tmp_path, "aaa:ccc")})
    assert heads("aaa", of=steps) == {"aaa"}
    assert heads("ccc", of=steps) == {"aaa", "ccc"}


def test_a_head_that_no_step_knows_ends_the_look(tmp_path: Path) -> None:
    steps = parse({"all.sql": printed(tmp_path)})
    with pytest.raises(MigrationsError, match=r"at revision zzz, and no file has a step .* print the SQL anew"):
        heads("bbb", "zzz", of=steps)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {"a.sql": "CREATE TABLE t();"},
            "a.sql: no `-- Running upgrade` in it: give what `alembic upgrade head --sql`",
        ),
        ({"a.sql": "BEGIN;\n\n-- Running downgrade a -> \n"}, "a.sql, line 3: this step goes down"),
        ({"a.sql": "-- Running upgrade  -> a\n-- Running upgrade  -> a\n"}, "a.sql, line 2: version a is also that of"),
        ({"a.sql": "-- Running upgrade b -> a\n-- Running upgrade a -> b\n"}, "follow each other in a ring"),
        ({"a_x.py": "revision = 'a'\n"}, r"a_x.py: a migration in Python .*`alembic upgrade head --sql >"),
        ({}, "no migrations of alembic"),
    ],
)
def test_a_mistake_is_named_with_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(MigrationsError, match=says):
        parse(files)
