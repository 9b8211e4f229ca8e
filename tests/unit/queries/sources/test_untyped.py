import time

import pytest

from tests.unit.queries.sources.found import reasons, sql
from watchdog.queries.sources.javascript import read_tsx, read_typescript
from watchdog.queries.sources.untyped import untyped

STATEMENT = "`select a from t where b = ${b}`"


@pytest.mark.parametrize(
    "source",
    [
        "const f = async (b) => await sql<Row[]>@",
        "const f = b => c => sql<{ id: number; of: Map<string, () => void> }[]>@",
        "const f = cache(async (b: string): Promise<R[]> => sql<R[]>@)",
        "const f = c ? sql<R[]>@ : sql<R[]>@",
        "const f = c ?? await sql<R[]>@",
        "y = sql<R[]>@",
        "function* f() { yield sql<R[]>@ }",
        "const f = { a: [sql<R[]>@, 1] }",
        "const f = (await sql<Pick<\n  R, 'a'\n>[]>\n  @)[0]",
        "const f = await db.sql<R>@.execute(db)",
        "const f = await (sql<R[]>@)",
        "const f = sql<R[]>@ as any",
        "const f = () => prisma.$queryRaw<R[]>@",
        "const f = <b>(g: b) => sql<b[]>@",
    ],
)
def test_a_tag_with_arguments_of_types_is_a_tag_wherever_it_stands(source: str) -> None:
    for read in (read_typescript, read_tsx):
        found = read(source.replace("@", STATEMENT), "a")
        assert set(sql(found)) == {"select a from t where b = $1"}
        assert "parser" not in str(reasons(found))


@pytest.mark.parametrize(
    "source",
    ["const a = `<b>x</b>`", "f(a > `x`, b<`x`, 'c<d>`')", "sql`a<b>`", ">`", "a < b >`x`", "a =>`x`", "x<() =>`y`"],
)
def test_what_is_no_tag_with_arguments_of_types_is_left_as_it_is(source: str) -> None:
    assert untyped(source, "typescript") == source


def test_the_line_of_a_statement_is_the_one_in_the_file() -> None:
    found = read_typescript(f"type A = sql<\n  é\n>;\nconst f = () => sql<{{\n  é: string;\n}}[]>{STATEMENT}", "a.ts")
    assert [place.line for each in found.statements for place in each.locations] == [4]


def test_a_hundred_thousand_templates_behind_comparisons_take_no_time() -> None:
    started = time.process_time()
    untyped("a > `x`;" * 100_000, "typescript")
    assert time.process_time() - started < 20
