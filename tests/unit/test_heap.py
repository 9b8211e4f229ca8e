import ctypes
import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from watchdog import heap

# Of many blocks only a few stay, each between those that are freed.
PROGRAM = """
import sys
from watchdog import heap

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

before = resident()
few = [bytes(8000) if number % 100 else bytes(600) for number in range(8000)]
few = few[::100]
if "give_back" in sys.argv:
    heap.give_back(much=True)
print(resident() - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="it is not glibc")
def test_what_is_freed_goes_back_to_the_system() -> None:
    def kept(*calls: str) -> int:
        root = str(Path(__file__).parents[2])
        run = [sys.executable, "-c", PROGRAM, *calls]
        env = os.environ | {"PYTHONPATH": root}
        return int(subprocess.run(run, env=env, capture_output=True, check=True, text=True).stdout)

    assert kept("give_back") < kept() / 5


@pytest.mark.parametrize("much", [True, False])
def test_garbage_is_looked_for_only_where_much_was_freed(*, much: bool) -> None:
    class Node:
        itself: "Node"

    node = Node()
    node.itself = node
    left = weakref.ref(node)
    gc.disable()
    try:
        del node
        heap.give_back(much=much)
        assert (left() is None) == much
    finally:
        gc.enable()


def test_a_daemon_looks_for_garbage_more_often_than_a_command_that_ends() -> None:
    script = """
import gc, sys
from watchdog import cli, heap
cli.app = lambda: print(gc.get_threshold()[0])
sys.argv = ["schema-watchdog"]
cli.main()
heap.keep_little()
print(gc.get_threshold()[0])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    once, always = map(int, done.stdout.split())
    assert always < once / 10


def test_another_c_library_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    heap.give_back(much=True)
