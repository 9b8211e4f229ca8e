from pathlib import Path

import pytest

from watchdog.queries.sources import javascript, python
from watchdog.queries.sources.walk import places

AGGREGATOR = Path(__file__).parents[3] / "acceptance" / "aggregator" / "src"
SAMPLE = """
const COLUMNS = 'a, b', BASE = `SELECT ${COLUMNS}`, DEEP = BASE + ' FROM t';
const label = 'Select one', a = 'Update t Set a = 1', b = "\\n  -- why\\n select a, b from t";
f(`${DEEP} WHERE b = $1`, `(SELECT 1)`, `/* c */ WITH x AS (SELECT 1) SELECT * FROM x`);
pool.query(given); db.any(`${given} b`); db.one('VALUES (1)'); db.query('TABLE t');
class A { base = 'SELECT a'; f() { return pool.query(`${this.base} FROM t`); } }
"""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("f('SELECT a')", True),
        ("f(`\n  -- why\n  select a`)", True),
        ("f('-- why\\nselect a')", True),
        ("f(`/* c */ WITH a AS`)", True),
        ("f(`${a} SELECT b`)", True),
        ("pool.query(x)", True),
        ("const select = selected.values; update(x); // select", False),
        ("f('Select a file')", False),
        ("select", False),
        ("", False),
    ],
)
def test_a_source_is_looked_at_only_where_a_text_may_begin_like_a_statement(source: str, found: bool) -> None:
    assert bool(places(source)) is found


def test_nothing_is_passed_over_that_looking_everywhere_would_find(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [SAMPLE, *(path.read_text() for path in sorted(AGGREGATOR.glob("*.ts")))]
    found = [javascript.read_typescript(source, "a.ts") for source in sources]
    assert [len(each.statements) for each in found] == [6, 9, 2, 0]
    ours = [python.read(path.read_text(), path.name) for path in sorted(Path(python.__file__).parent.glob("*.py"))]
    for module in (javascript, python):
        monkeypatch.setattr(module, "places", lambda source: range(len(source.encode()) + 1))
    assert [javascript.read_typescript(source, "a.ts") for source in sources] == found
    paths = sorted(Path(python.__file__).parent.glob("*.py"))
    assert [python.read(path.read_text(), path.name) for path in paths] == ours
