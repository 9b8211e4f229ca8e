"""Every part, in the order of the document."""

from collections.abc import Sequence
from typing import Any

from bench.parts.latency import LATENCY
from bench.parts.part import Part
from bench.parts.peers import PEERS
from bench.parts.probe import PROBE

PARTS: Sequence[Part[Any]] = (PEERS, PROBE, LATENCY)
