"""The machine that is measured on, in words."""

import os
import platform
import time
from pathlib import Path

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine at one moment.

    Attributes:
        memory: bytes.
        load: how many processes wanted a processor, on average over the last minute.
        at: when, UTC.
    """

    model: str
    cores: int
    memory: int
    system: str
    python: str
    load: float
    at: str


def machine() -> Machine:
    return Machine(
        model=_model(),
        cores=os.cpu_count() or 1,
        memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
        at=time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
    )


def _model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
