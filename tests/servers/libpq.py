"""What libpq itself says of a connection string: the library that came with the servers, in a process of its own."""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
MAJOR = 18


def tried(cases: Sequence[tuple[str, Mapping[str, str]]]) -> list[str]:
    """For each connection string and its environment: libpq's error; empty where it connects."""
    library = HERE / "node_modules" / f"postgres-{MAJOR}" / "native" / "lib" / "libpq.so.5"
    done = subprocess.run(
        [sys.executable, __file__, str(library)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    errors: list[str] = json.loads(done.stdout)
    return errors


def _try(library: ctypes.CDLL, dsn: str) -> str:
    connection = library.PQconnectdb(dsn.encode())
    error = "" if library.PQstatus(connection) == 0 else library.PQerrorMessage(connection).decode()
    library.PQfinish(connection)
    return " ".join(error.split())


def _main() -> None:
    library = ctypes.CDLL(sys.argv[1])
    library.PQconnectdb.restype = ctypes.c_void_p
    library.PQerrorMessage.restype = ctypes.c_char_p
    for function in (library.PQstatus, library.PQerrorMessage, library.PQfinish):
        function.argtypes = [ctypes.c_void_p]
    errors = []
    for dsn, environment in json.load(sys.stdin):
        os.environ.clear()
        os.environ.update(environment)
        errors.append(_try(library, dsn))
    sys.stdout.write(json.dumps(errors))


if __name__ == "__main__":
    _main()
