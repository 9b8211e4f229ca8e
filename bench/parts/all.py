"""Every part, in the order of the document."""

from collections.abc import Sequence
from typing import Any

from bench.parts.altered import ALTERED
from bench.parts.daemon import DAEMON
from bench.parts.latency import LATENCY
from bench.parts.load import LOAD
from bench.parts.part import Part
from bench.parts.peers import PEERS
from bench.parts.probe import PROBE

PARTS: Sequence[Part[Any]] = (PEERS, PROBE, ALTERED, LATENCY, LOAD, DAEMON)
