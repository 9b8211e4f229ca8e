"""What is read from a source, as plain pairs: the line, and the statement or the reason."""

from watchdog.queries.statement import Harvest


def statements(harvest: Harvest) -> list[tuple[int, str]]:
    return [(place.line, each.sql) for each in harvest.statements for place in each.locations]


def unread(harvest: Harvest) -> list[tuple[int, str]]:
    return [(each.location.line, each.reason) for each in harvest.unread]


def sql(harvest: Harvest) -> list[str]:
    return [each.sql for each in harvest.statements]


def reasons(harvest: Harvest) -> list[str]:
    return [each.reason for each in harvest.unread]
