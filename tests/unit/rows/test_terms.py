from datetime import timedelta

import pytest

from tests.unit.rows.samples import START, Looks, table
from watchdog.rows.facts import Newest
from watchdog.rows.terms import Freshness, Needed, Terms, with_needs

NAME = ("public", "user_signals")
HOUR = timedelta(hours=1)


def fresh(hours: int, column: str = "at", **unit: str) -> Freshness:
    return Freshness(column=column, max_age=hours * HOUR, **unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(("own", "needed", "holds"), [(None, 5, 5), (9, 5, 9), (3, 5, 5), (3, None, 3)])
def test_the_stricter_of_both_bounds_holds(own: int | None, needed: int | None, holds: int) -> None:
    assert with_needs(Terms(min_rows=own), [Needed(component="a", min_rows=needed)]).min_rows == holds


def test_the_stricter_age_holds_with_the_unit_that_anyone_gave() -> None:
    need = Needed(component="a", freshness=fresh(3, unit="s"))
    assert with_needs(Terms(freshness=fresh(2)), [need]).freshness == fresh(2, unit="s")
    assert with_needs(Terms(freshness=fresh(4)), [need]).freshness == fresh(3, unit="s")
    assert with_needs(Terms(), []) == Terms()


@pytest.mark.parametrize("other", [fresh(3, "other"), fresh(3, unit="ms")])
def test_freshness_of_two_columns_or_units_is_refused(other: Freshness) -> None:
    with pytest.raises(ValueError, match="freshness is wanted of at"):
        with_needs(Terms(freshness=fresh(2, unit="s")), [Needed(component="a", freshness=other)])


def test_too_few_rows_name_the_components_that_need_more() -> None:
    needed = [Needed(component=name, min_rows=least) for name, least in (("b", 500), ("a", 900), ("c", 100))]
    looks = Looks(terms=with_needs(Terms(), needed))
    [finding] = looks(table(400), counts={NAME: 400}).findings
    assert finding.components == ("a", "b")
    assert finding.message.endswith("at least 900 are needed; by count; a, b rely on it")
    own = Looks(terms=with_needs(Terms(min_rows=500), needed[2:]))
    [finding] = own(table(400), counts={NAME: 400}).findings
    assert (finding.components, finding.message.endswith("by count")) == ((), True)


def test_old_data_names_the_components_that_rely_on_newer() -> None:
    needed = [Needed(component=name, freshness=fresh(hours)) for name, hours in (("a", 2), ("b", 8))]
    for newest, components in ((3, ("a",)), (9, ("a", "b"))):
        looks = Looks(terms=with_needs(Terms(), needed))
        [finding] = looks(table(), newest={NAME: Newest(at=START - newest * HOUR)}).findings
        assert finding.components == components
    [finding] = Looks(terms=with_needs(Terms(), needed))(table(), newest={NAME: Newest(empty=True)}).findings
    assert finding.components == ("a", "b")
    assert finding.message.endswith("old; a, b rely on it")
