"""Memory that is freed goes back to the system where the C library is glibc, which by itself keeps much of it."""

import ctypes
import gc
from collections.abc import Callable

# As mallopt(3) has it: what is as large as this is asked of the system by itself, and goes back when it is freed. Until
# it is set, glibc raises it to the largest that was ever freed.
_MMAP_THRESHOLD, _LARGE_BYTES = -3, 128 * 1024
# After so many new objects garbage is looked for: a look at a schema makes hundreds of thousands, and hardly any.
_YOUNG = 10_000


def keep_little() -> None:
    """Keep little of what is freed from now on, and look for garbage often; what is there by now is none."""
    if set_option := _function("mallopt"):
        set_option(_MMAP_THRESHOLD, _LARGE_BYTES)
    gc.freeze()
    gc.set_threshold(_YOUNG)


def give_back(*, much: bool) -> None:
    """Give back what was freed until now. After `much`, also what Python keeps: only a full collection empties that."""
    if much:
        gc.collect()
    if trim := _function("malloc_trim"):
        trim(0)


def _function(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None)
