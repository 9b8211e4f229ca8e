"""TLS in every mode with every certificate: it connects where libpq connects, or says what to do.

Each case is tried by libpq too, so that the expectation is not ours. Where the two differ the case says so.
"""

import asyncio
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.looks import BRISK
from tests.servers import libpq
from tests.servers.authority import PASSPHRASE
from tests.servers.pool import Pool
from tests.servers.secure import Secure
from tests.servers.servers import Server
from watchdog.errors import UnreachableError
from watchdog.postgres.connection import Connection

CONNECTS = ""
CA, FULL = "sslrootcert={0}/ca.crt", "sslmode=verify-full&sslrootcert={0}/ca.crt"
CLIENT = f"{FULL}&sslcert={{0}}/alice.crt&sslkey={{0}}"
EXPIRED = "certificate has expired (whoever runs the server has to renew its certificate"
STRANGE = "(sslrootcert is not the authority that signed it: get the CA file"
OF_TLS = "rejected SSL upgrade (the server speaks no TLS: have it switched on there"
# What the server shows -> what is asked -> what is said; nothing where it connects.
SERVERS: dict[str | None, dict[str, str]] = {
    None: {
        "sslmode=disable": CONNECTS,
        "sslmode=allow": CONNECTS,
        "sslmode=prefer": CONNECTS,
        "sslmode=require": OF_TLS,
        FULL: OF_TLS,
    },
    "right": {
        "sslmode=disable": CONNECTS,
        "sslmode=allow": CONNECTS,
        "": CONNECTS,
        "sslmode=require": CONNECTS,
        f"sslmode=require&{CA}": CONNECTS,
        f"sslmode=verify-ca&{CA}": CONNECTS,
        FULL: CONNECTS,
        f"{FULL}&ssl_min_protocol_version=TLSv1.3&sslnegotiation=direct": CONNECTS,
        f"{FULL}&sslcrl={{0}}/ca.crl": CONNECTS,
        # The libpq rule: with a file of authorities, require verifies as verify-ca does.
        "sslmode=require&sslrootcert={0}/other.crt": STRANGE,
        "sslmode=verify-ca&sslrootcert={0}/other.crt": STRANGE,
        "sslmode=verify-full": 'root certificate file "',
        "sslmode=verify-full&sslrootcert={0}/none.crt": "/none.crt: no such file (sslrootcert, in the DSN",
        "sslmode=verify-full&sslrootcert={0}/ca.conf": "no certificate or crl found (sslrootcert or sslcrl holds none",
        "sslrootcert=system": "(the operating system does not trust the authority that signed it: give that",
    },
    "of another name": {
        f"sslmode=require&{CA}": CONNECTS,
        f"sslmode=verify-ca&{CA}": CONNECTS,
        FULL: "Hostname mismatch, certificate is not valid for 'localhost'. (give the host by a name that stands in",
    },
    "of a common name": {FULL: CONNECTS},
    "expired": {
        "sslmode=require": CONNECTS,
        f"sslmode=require&{CA}": EXPIRED,
        f"sslmode=verify-ca&{CA}": EXPIRED,
        FULL: EXPIRED,
    },
    "revoked": {
        FULL: CONNECTS,
        f"{FULL}&sslcrl={{0}}/ca.crl": "certificate revoked (its authority has revoked it",
    },
}
# Of a role that the server lets in by a certificate only.
CLIENTS = {
    "sslmode=disable": "no encryption (the server lets nobody in without TLS here",
    FULL: "requires a valid client certificate (the server wants to see a certificate: give sslcert and sslkey)",
    f"{CLIENT}/alice.key": CONNECTS,
    f"{CLIENT}/alice-encrypted.key&sslpassword={PASSPHRASE.replace(' ', '%20')}": CONNECTS,
    f"{CLIENT}/alice-encrypted.key&sslpassword=hunter2": "and is sslpassword the key's?",
    f"{CLIENT}/alice-encrypted.key": "and is sslpassword the key's?",
    f"{CLIENT}/stranger.key": "(sslkey is not the key of sslcert)",
    f"{CLIENT}/none.key": "/none.key: no such file (sslkey, in the DSN",
    f"{CLIENT}/readable.key": "readable.key is not used, as others may read it: chmod 600 ",
    f"{FULL}&sslcert={{0}}/ca.conf&sslkey={{0}}/alice.key": "are both files of PEM",
    f"{FULL}&sslcert={{0}}/none.crt&sslkey={{0}}/alice.key": "/none.crt: no such file (sslcert, in the DSN",
    f"{FULL}&sslcert={{0}}/stranger.crt&sslkey={{0}}/stranger.key": "did the server refuse the certificate in sslcert?",
}


@pytest.fixture(scope="module")
def secure(servers: Pool, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    made = Secure(servers, tmp_path_factory.mktemp("certificates"), server.major)
    shutil.copy(made.folder / "alice.key", made.folder / "readable.key")
    (made.folder / "readable.key").chmod(0o644)
    yield made
    made.server.stop()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nobody's own files of libpq's decide."""
    for name in [*os.environ]:
        if name.startswith("PG"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def said(dsn: str) -> str:
    """Why there is no connection; nothing where there is one."""

    async def look() -> str:
        connection = Connection(dsn, BRISK)
        try:
            await connection.server()
        except UnreachableError as error:
            return str(error)
        finally:
            await connection.close()
        return CONNECTS

    return asyncio.run(look())


def compare(cases: dict[str, str], home: Path, **environment: str) -> None:
    """Each connection string is of use to both or to neither, and what is said is what should be said."""
    ours = [said(dsn) for dsn in cases]
    # asyncpg forgets the socket of a connection that it could not make; it is told here and not in a later test.
    gc.collect()
    theirs = libpq.tried([(dsn, {"HOME": str(home), **environment}) for dsn in cases])
    for dsn, words, libpqs, expected in zip(cases, ours, theirs, cases.values(), strict=True):
        assert bool(words) == bool(libpqs) == bool(expected), (dsn, words, libpqs)
        assert expected in words, (dsn, words)
        assert "_ssl.c" not in words
        assert "hunter2" not in words


@pytest.mark.parametrize("shown", SERVERS)
def test_a_server_is_believed_in_each_mode_as_libpq_believes_it(secure: Secure, home: Path, shown: str | None) -> None:
    secure.show(shown)
    compare({secure.dsn(query): told for query, told in SERVERS[shown].items()}, home)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_client_certificate_is_shown_as_libpq_shows_it(secure: Secure, home: Path) -> None:
    secure.show("right")
    compare({secure.dsn(query, user="alice"): told for query, told in CLIENTS.items()}, home)


def test_an_address_is_verified_by_the_addresses_of_the_certificate(secure: Secure, home: Path) -> None:
    secure.show("right")
    compare({secure.dsn(FULL, host="127.0.0.1"): CONNECTS}, home)
    secure.show("of another name")
    compare({secure.dsn(FULL, host="127.0.0.1"): "IP address mismatch, certificate is not valid for"}, home)
    # libpq takes an address in the common name too; OpenSSL, which verifies for us, does not.
    secure.show("of an address as its common name")
    assert libpq.tried([(secure.dsn(FULL, host="127.0.0.1"), {})]) == [CONNECTS]
    assert "IP address mismatch" in said(secure.dsn(FULL, host="127.0.0.1"))


def test_what_libpq_lets_pass_though_a_file_was_named_in_vain_is_refused(secure: Secure) -> None:
    secure.show("right")
    for query, file in (
        ("sslmode=require&sslrootcert={0}/none.crt", "none.crt: no such file (sslrootcert"),
        ("sslmode=verify-ca&sslrootcert={0}/ca.crt&sslcrl={0}/none.crl", "none.crl: no such file (sslcrl"),
    ):
        dsn = secure.dsn(query)
        assert libpq.tried([(dsn, {})]) == [CONNECTS]
        assert file in said(dsn)


def test_the_files_of_the_home_folder_and_of_the_environment_are_found(
    secure: Secure, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.show("right")
    own = home / ".postgresql"
    own.mkdir()
    shutil.copy(secure.folder / "ca.crt", own / "root.crt")
    for end in ("crt", "key"):
        shutil.copy(secure.folder / f"alice.{end}", own / f"postgresql.{end}")
    (own / "postgresql.key").chmod(0o600)
    compare({secure.dsn("sslmode=verify-full", user="alice"): CONNECTS}, home)
    (own / "postgresql.key").chmod(0o644)
    compare({secure.dsn("sslmode=verify-full", user="alice"): "postgresql.key is not used, as others may"}, home)
    shutil.rmtree(own)
    shutil.copytree(secure.folder, own)
    shutil.copy(secure.folder / "other.crt", own / "root.crt")
    # The rule of require holds for that file too.
    compare({secure.dsn("sslmode=require"): STRANGE}, home)
    variables = {"PGSSLROOTCERT": str(secure.folder / "ca.crt"), "PGSSLMODE": "verify-full"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    compare({secure.dsn(""): CONNECTS}, home, **variables)
    monkeypatch.setenv("PGSSLROOTCERT", "system")
    monkeypatch.setenv("SSL_CERT_FILE", str(secure.folder / "ca.crt"))
    system = {"PGSSLROOTCERT": "system", "SSL_CERT_FILE": str(secure.folder / "ca.crt")}
    compare({secure.dsn(""): CONNECTS}, home, **system)
    # And who shows a certificate is let in, by that of the home folder too.
    for end in ("crt", "key"):
        shutil.copy(secure.folder / f"alice.{end}", own / f"postgresql.{end}")
    (own / "postgresql.key").chmod(0o600)
    compare({secure.dsn("", user="alice"): CONNECTS}, home, **system)
    secure.show("revoked")
    monkeypatch.setenv("PGSSLCRL", str(secure.folder / "ca.crl"))
    assert "certificate revoked" in said(secure.dsn(""))
    monkeypatch.setenv("PGSSLMODE", "require")
    assert "sslmode (PGSSLMODE): sslrootcert=system goes with verify-full only" in said(secure.dsn(""))


@pytest.mark.parametrize("root", ["{0}/ca.crt", "system"])
def test_tls_begins_at_once_where_that_is_asked_for_whoever_is_trusted(secure: Secure, root: str) -> None:
    begun: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.append(await reader.read(1))
        writer.close()

    async def greet() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            trusted = root.format(secure.folder)
            connection = Connection(
                f"postgresql://u@127.0.0.1:{port}/d?sslmode=verify-full&sslnegotiation=direct&sslrootcert={trusted}",
                BRISK,
            )
            with pytest.raises(UnreachableError):
                await connection.server()

    asyncio.run(greet())
    assert set(begun) == {b"\x16"}, "a handshake of TLS, and not PostgreSQL's question for it"
