"""TLS where asyncpg does not do as libpq does, and what is to be done about what OpenSSL says."""

import re
import ssl
import stat
from collections.abc import Mapping
from pathlib import Path

from watchdog.address import SYSTEM, mode
from watchdog.postgres.passfile import home
from watchdog.sqltext import visible

_NOISE = re.compile(r"\[[A-Z0-9_: ]+\] | \(_ssl\.c:\d+\)")
# X509_V_ERR_...: what is wrong with the server's certificate -> what to do.
_ADVICE = {
    3: "the revocation list of sslcrl is not of the authority that signed the server's certificate",
    9: "the server's certificate is not valid yet: see the clocks, here and there",
    10: "whoever runs the server has to renew its certificate; see the clock here too",
    12: "the revocation list of sslcrl is too old: get a new one",
    18: "it signed itself: give that very certificate as sslrootcert",
    19: "sslrootcert is not the authority that signed it: get the CA file of whoever runs the server",
    20: "sslrootcert is not the authority that signed it: get the CA file of whoever runs the server",
    21: "sslrootcert is not the authority that signed it: get the CA file of whoever runs the server",
    23: "its authority has revoked it: ask whoever runs the server",
    62: "give the host by a name that stands in the certificate, or have one made for this name; "
    "sslmode=verify-ca would not look at the name",
    64: "give the host by a name that stands in the certificate, or have one made for this address; "
    "sslmode=verify-ca would not look at it",
}
_OF_ANOTHER = (18, 19, 20, 21)
_OF_THE_SYSTEM = (
    "the operating system does not trust the authority that signed it: give that authority's file as sslrootcert"
)


_NO_TLS = "the server lets nobody in without TLS here: set sslmode=verify-full, with sslrootcert"
# What is said, by OpenSSL, by asyncpg or by the server -> what to do.
_SAID = {
    "KEY_VALUES_MISMATCH": "sslkey is not the key of sslcert",
    "NO_CERTIFICATE_OR_CRL_FOUND": "sslrootcert or sslcrl holds none: is it a file of PEM, -----BEGIN ...?",
    "PEM lib": "sslcert or sslkey cannot be read: are both files of PEM, and is sslpassword the key's?",
    "rejected SSL upgrade": "the server speaks no TLS: have it switched on there (ssl = on); sslmode=disable sends "
    "everything readable, for a network that nobody else reads",
    "valid client certificate": "the server wants to see a certificate: give sslcert and sslkey",
    "certificate authentication failed": "the certificate in sslcert is another user's: its common name has to be the "
    "user's, or mapped to it",
    "no encryption": _NO_TLS,
    "SSL off": _NO_TLS,
}
_DISAGREED = "the two cannot agree on TLS: see ssl_min_protocol_version here, and the server's log"


def of_the_system(tls: Mapping[str, str]) -> ssl.SSLContext | None:
    """What verifies by the system's authorities, for sslrootcert=system, which asyncpg takes for a file.

    Raises:
        OSError: a file that is named cannot be read or used.
    """
    if tls.get("sslrootcert") != SYSTEM:
        return None
    context = ssl.create_default_context()
    context.set_alpn_protocols(["postgresql"])
    if revoked := tls.get("sslcrl"):
        context.load_verify_locations(cafile=revoked)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    certificate, key = _own(tls)
    if "sslcert" in tls or certificate.exists():
        context.load_cert_chain(certificate, key, lambda: tls.get("sslpassword", ""))
    if least := tls.get("ssl_min_protocol_version"):
        context.minimum_version = ssl.TLSVersion[least.replace(".", "_")]
    if most := tls.get("ssl_max_protocol_version"):
        context.maximum_version = ssl.TLSVersion[most.replace(".", "_")]
    return context


def open_key(tls: Mapping[str, str]) -> str | None:
    """Why libpq would not use the private key: others may read it. None where it would, or none is used."""
    if mode(tls) == "disable":
        return None
    certificate, key = _own(tls)
    try:
        certificate.stat()
        found = key.stat()
    except OSError:
        return None
    allowed = stat.S_IRUSR | stat.S_IWUSR | (stat.S_IRGRP if found.st_uid == 0 else 0)
    if stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) & ~allowed & (stat.S_IRWXG | stat.S_IRWXO):
        return visible(f"the private key {key} is not used, as others may read it: chmod 600 {key}")
    return None


def _own(tls: Mapping[str, str]) -> tuple[Path, Path]:
    """The client's own certificate and key, by default those of the home folder."""
    folder = home() / ".postgresql"
    return Path(tls.get("sslcert") or folder / "postgresql.crt"), Path(tls.get("sslkey") or folder / "postgresql.key")


def plain(words: str) -> str:
    """OpenSSL's words without the places in its source."""
    return _NOISE.sub("", words)


def advice(error: BaseException, tls: Mapping[str, str]) -> str | None:
    """What to do about a failure that has to do with TLS; None for any other."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if tls.get("sslrootcert") == SYSTEM and error.verify_code in _OF_ANOTHER:
            return _OF_THE_SYSTEM
        return _ADVICE.get(error.verify_code, "see the server's certificate, and sslrootcert")
    words = str(error)
    if "sslcert" in tls and "closed in the middle of operation" in words:
        return (
            "did the server refuse the certificate in sslcert? Its ssl_ca_file has to hold who signed it; its log tells"
        )
    found = next((advice for fragment, advice in _SAID.items() if fragment in words), None)
    return found or (_DISAGREED if isinstance(error, ssl.SSLError) else None)
