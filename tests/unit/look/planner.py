"""A server that is played: it takes statements as it is told to."""

from collections.abc import Collection, Sequence

from watchdog.queries.plan import PLANS, Plan
from watchdog.queries.statement import Statement
from watchdog.schema.snapshot import Server

SERVER = Server(version_num=180006, in_recovery=False)


class Planner:
    """Plans everything but what it is told to refuse, and counts what it is asked."""

    def __init__(self) -> None:
        self.refuses: dict[str, Plan] = {}
        self.recorded_: list[Statement] = []
        self.beyond = ""
        self.asked: list[list[str]] = []
        self.asked_for_relations = 0

    async def server(self) -> Server:
        return SERVER

    async def recorded(self) -> tuple[Sequence[Statement], str]:
        return self.recorded_, self.beyond

    async def plan(self, statements: Sequence[str]) -> Sequence[Plan]:
        self.asked.append(list(statements))
        return [self.refuses.get(each, PLANS) for each in statements]

    async def relations(self) -> Collection[tuple[str, str]]:
        self.asked_for_relations += 1
        return {("public", "orders")}
