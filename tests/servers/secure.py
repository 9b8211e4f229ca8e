"""A server that speaks TLS, with certificates right and wrong, and rules about who gets in how."""

import shutil
import time
from pathlib import Path

from tests.servers.authority import Authority
from tests.servers.pool import Pool
from tests.servers.query import rows, sql
from tests.servers.servers import PATIENCE, Server
from tests.servers.supervisor import USER

# Of the server: its subject's common name, the names beside, and when it holds.
CERTIFICATES = {
    "right": ("db", "DNS:localhost,IP:127.0.0.1", ()),
    "of another name": ("db", "DNS:db.example.com", ()),
    "of a common name": ("localhost", "", ()),
    "of an address as its common name": ("127.0.0.1", "", ()),
    "expired": ("db", "DNS:localhost", ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")),
    "revoked": ("db", "DNS:localhost", ()),
}
PASSWORD = "p:w\\x y"
_RULES = """
hostssl all alice all cert
host all ada all scram-sha-256
host all postgres all trust
"""


class Secure:
    """A running server of one's own.

    Attributes:
        folder: where the authority's certificates are, those of clients too: `alice` and, by another authority,
            `stranger`.
    """

    def __init__(self, pool: Pool, folder: Path, major: int) -> None:
        self.folder = folder
        self.authority = Authority(folder)
        other = Authority(folder, "other")
        for name, (common_name, alternative, dates) in CERTIFICATES.items():
            self.authority.sign(_file(name), common_name, alternative, dates=dates)
        self.authority.sign("alice", "alice")
        self.authority.encrypted("alice")
        self.authority.revocations("ca", folder / "revoked.crt")
        other.sign("stranger", "alice")
        self.server: Server = pool.private(major)
        for path in [folder / "ca.crt", *(folder / f"{_file(name)}.{kind}" for name in CERTIFICATES for kind in ENDS)]:
            copy = self.server.data / path.name
            shutil.copy(path, copy)
            copy.chmod(0o600)
            if USER:
                shutil.chown(copy, USER)
        (self.server.data / "pg_hba.conf").write_text(_RULES)
        sql(self.server.dsn(), f"CREATE ROLE alice LOGIN; CREATE ROLE ada LOGIN PASSWORD E'{PASSWORD}'")
        sql(self.server.dsn(), "ALTER SYSTEM SET ssl_ca_file = 'ca.crt'")

    def show(self, certificate: str | None) -> None:
        """Have new sessions meet one of CERTIFICATES, or no TLS."""
        wanted = {"ssl": "off" if certificate is None else "on"}
        if certificate is not None:
            wanted |= {
                f"ssl_{kind}_file": f"{_file(certificate)}.{end}" for kind, end in (("cert", "crt"), ("key", "key"))
            }
        plain = f"{self.server.dsn()}?sslmode=disable"
        for setting, value in wanted.items():
            sql(plain, f"ALTER SYSTEM SET {setting} = '{value}'")
        sql(plain, "SELECT pg_reload_conf()")
        # The certificate is read where the settings are, before the next session begins.
        query = "SELECT " + ", ".join(f"current_setting('{setting}')" for setting in wanted)
        deadline = time.monotonic() + PATIENCE
        while rows(plain, query) != [tuple(wanted.values())]:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def dsn(self, query: str, user: str = "postgres", host: str = "localhost") -> str:
        """A connection string; in the query `{}` is the folder."""
        return f"postgresql://{user}@{host}:{self.server.port}/postgres?{query.format(self.folder)}"


ENDS = ("crt", "key")


def _file(name: str) -> str:
    return name.replace(" ", "_")
