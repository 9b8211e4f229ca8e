"""What a name of a program stands for at a place in it, as far as that can be told without running it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from watchdog.queries.sources.tree import Syntax


class Scope(NamedTuple):
    """The bytes of a source in which names that are declared there hold. Scopes lie within each other or apart."""

    start: int
    end: int


class Meaning(NamedTuple):
    """What a name may stand for.

    Attributes:
        values: the expressions that are given to it.
        known: nothing else is: it is no parameter, and is not imported.
        extended: something is added to it afterwards.
    """

    values: tuple[Syntax, ...] = ()
    known: bool = False
    extended: bool = False

    @property
    def constant(self) -> Syntax | None:
        return self.values[0] if self.known and not self.extended and len(self.values) == 1 else None


class Scopes:
    """The names of one source, looked for when the first is asked for: most sources need none of them."""

    def __init__(self, fill: "Callable[[Scopes], None]") -> None:
        """`fill` declares all names, and tells of places in rising order."""
        self._names: dict[str, _Name] = defaultdict(_Name)
        self._fill: Callable[[Scopes], None] | None = fill

    def declare(self, name: str, scope: Scope, *values: Syntax | None) -> None:
        """`name` holds in `scope`. A value is None where it is known only when it runs; there may be none yet."""
        self._names[name].declared.setdefault(scope, []).extend(values)

    def assign(self, name: str, at: int, value: Syntax | None) -> None:
        """`name`, wherever it was declared, is given another value."""
        self._names[name].assigned.append((at, value))

    def extend(self, name: str, at: int) -> None:
        """Something is added to what `name` stands for."""
        self._names[name].extended.append(at)

    def meaning(self, name: str, at: int) -> Meaning:
        """What `name` stands for at the byte `at`: what the smallest scope around it that declares it says."""
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)
        known = self._names.get(name)
        scope = known.scope_at(at) if known is not None else None
        if known is None or scope is None:
            return Meaning()
        first, last = (bisect_left(known.assigned, place, key=lambda given: given[0]) for place in scope)
        values = [*known.declared[scope], *(value for _, value in known.assigned[first:last])]
        given = tuple(value for value in values if value is not None)
        added = bisect_left(known.extended, scope.start) < bisect_left(known.extended, scope.end)
        return Meaning(values=given, known=len(given) == len(values), extended=added)


class _Name:
    """Where one name is declared, and what becomes of it."""

    def __init__(self) -> None:
        self.declared: dict[Scope, list[Syntax | None]] = {}
        self.assigned: list[tuple[int, Syntax | None]] = []
        self.extended: list[int] = []
        self._sorted: list[Scope] = []
        self._around: list[int] = []

    def scope_at(self, at: int) -> Scope | None:
        if len(self._sorted) != len(self.declared):
            self._sort()
        found = bisect_right(self._sorted, at, key=lambda scope: scope.start) - 1
        while found >= 0 and self._sorted[found].end <= at:
            found = self._around[found]
        return self._sorted[found] if found >= 0 else None

    def _sort(self) -> None:
        """Put the scopes in order, the outer before the inner, and note which is the next one around each."""
        self._sorted = sorted(self.declared, key=lambda scope: (scope.start, -scope.end))
        self._around = []
        open_ones: list[int] = []
        for place, scope in enumerate(self._sorted):
            while open_ones and self._sorted[open_ones[-1]].end <= scope.start:
                open_ones.pop()
            self._around.append(open_ones[-1] if open_ones else -1)
            open_ones.append(place)
