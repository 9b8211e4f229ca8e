from datetime import timedelta

from watchdog.config.contract import parse
from watchdog.contracts.needs import needs
from watchdog.rows.terms import Freshness, Needed

TEXT = """\
component: {name}
tables:
  public.sealed_epochs: {{min_rows: {least}, freshness: {{column: sealed_at, max_age: 2h}}}}
  public.other: {{columns: {{a: text}}}}
"""


def test_what_components_need_of_rows_is_known_by_table_and_by_component() -> None:
    contracts = [parse(TEXT.format(name=name, least=least), "f") for name, least in (("a", 1), ("b", 2))]
    fresh = Freshness(column="sealed_at", max_age=timedelta(hours=2))
    assert needs(contracts) == {
        ("public", "sealed_epochs"): (
            Needed(component="a", min_rows=1, freshness=fresh),
            Needed(component="b", min_rows=2, freshness=fresh),
        )
    }
    assert needs([]) == {}
