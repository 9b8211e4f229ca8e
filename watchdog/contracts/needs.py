"""What contracts need of tables' rows: it is the look at the rows that sees it."""

from collections.abc import Mapping, Sequence

from watchdog.contracts.contract import Contract, Name
from watchdog.rows.terms import Needed


def needs(contracts: Sequence[Contract]) -> Mapping[Name, tuple[Needed, ...]]:
    """By table, what each component needs; of those alone that any needs rows of."""
    found: dict[Name, tuple[Needed, ...]] = {}
    for contract in contracts:
        for need in contract.relations:
            if need.min_rows is not None or need.freshness is not None:
                one = Needed(component=contract.component, min_rows=need.min_rows, freshness=need.freshness)
                found[need.name] = (*found.get(need.name, ()), one)
    return found
