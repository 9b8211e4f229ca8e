"""Which of the two formats a client would rather have. Pure.

prometheus_client's own choice takes the first that it knows, whatever its weight, and fails at a version that is none.
"""

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def prefers_openmetrics(accept: str) -> bool:
    """Whether an Accept header (RFC 9110, 12.5.1) weighs OpenMetrics 1.0.0 no less than Prometheus' text format."""
    weight = _weight(accept, "application/openmetrics-text", {"", "1.0.0"})
    return weight > 0 and weight >= _weight(accept, "text/plain", {"", "0.0.4", "1.0.0"})


def _weight(accept: str, media_type: str, versions: set[str]) -> float:
    """The heaviest of what names the type in one of the versions; 0 where nothing does."""
    weights = [0.0]
    for each in accept.lower().split(","):
        name, *more = (part.strip() for part in each.split(";"))
        given = {key.strip(): value.strip(' "') for key, _, value in (part.partition("=") for part in more)}
        if name == media_type and given.get("version", "") in versions:
            weights.append(_number(given.get("q", "1")))
    return max(weights)


def _number(quality: str) -> float:
    try:
        weight = float(quality)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
