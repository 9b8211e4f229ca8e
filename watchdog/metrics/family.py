"""Families of metrics as all of ours are named."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

PREFIX = "schema_watchdog_"


def gauge(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, documentation, labels=labels)


def counter(name: str, documentation: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(PREFIX + name, documentation, labels=labels)
