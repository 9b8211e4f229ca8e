"""How long checks took, in buckets as Prometheus takes them. Pure."""

import bisect

import msgspec

DURATION_BUCKETS_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Histogram(msgspec.Struct, frozen=True):
    """Counts per bucket of DURATION_BUCKETS_SECONDS (not cumulative, the last above them all); the sum in seconds."""

    counts: tuple[int, ...] = (0,) * (len(DURATION_BUCKETS_SECONDS) + 1)
    total_seconds: float = 0.0

    def observe(self, seconds: float) -> "Histogram":
        bucket = bisect.bisect_left(DURATION_BUCKETS_SECONDS, seconds)
        counts = tuple(count + (index == bucket) for index, count in enumerate(self.counts))
        return Histogram(counts, self.total_seconds + seconds)
