"""Statistics of measurements: pure."""

import math
import random
from collections.abc import Sequence
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that a `share` (0 to 1) of the values does not exceed. Raises ValueError when there are none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def paired_ratio(values: Sequence[float], references: Sequence[float]) -> float:
    """The median of the rounds' ratios: a round's two values were taken one after the other."""
    return median(value / other for value, other in zip(values, references, strict=False))


def interval(
    values: Sequence[float], references: Sequence[float], *, draws: int = 10_000, seed: int = 1, share: float = 0.95
) -> tuple[float, float]:
    """The bootstrap interval that holds a `share` of `paired_ratio`, over pairs of rounds drawn anew."""
    pairs = [value / other for value, other in zip(values, references, strict=True)]
    chance = random.Random(seed)
    ratios = [median(chance.choices(pairs, k=len(pairs))) for _ in range(draws)]
    return percentile(ratios, (1 - share) / 2), percentile(ratios, (1 + share) / 2)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """What one more of the first costs of the second, by least squares; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0
