"""The certificate that the page is served with: read, tried, and read again when it was renewed."""

import os
import ssl
from pathlib import Path

import structlog

from watchdog.errors import UsageError

log = structlog.get_logger(__name__)


class Certificate:
    """A certificate and its key, in two files in PEM form."""

    def __init__(self, cert: Path, key: Path) -> None:
        self.cert = cert
        self.key = key
        self._tried: object = None

    def check(self) -> None:
        """Raises UsageError where no server could use it."""
        self._tried = self._marks()
        for setting, path in (("cert", self.cert), ("key", self.key)):
            try:
                path.read_bytes()
            except OSError as error:
                advice = f" (the watchdog is user {os.geteuid()})" if isinstance(error, PermissionError) else ""
                raise UsageError(f"https.{setting}: {path} cannot be read: {error.strerror}{advice}") from None
        self._load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))

    def renew(self, context: ssl.SSLContext) -> None:
        """Put what the files hold now into use for new connections, if it is new and can be used.

        It is tried apart from what is in use, which a certificate without its key would end.
        """
        if self._marks() == self._tried:
            return
        try:
            self.check()
            self._load(context)
        except UsageError as error:
            # Half of it may be written: it is tried again when the files change further.
            log.warning("https.not_renewed", reason=str(error))
        else:
            log.info("https.renewed", cert=str(self.cert))

    def _load(self, context: ssl.SSLContext) -> None:
        is_encrypted = False

        def passphrase() -> str:
            nonlocal is_encrypted
            is_encrypted = True
            return ""

        try:
            # Without a passphrase of ours OpenSSL would ask the terminal for one, and wait.
            context.load_cert_chain(self.cert, self.key, passphrase)
        except (OSError, ValueError) as error:
            if is_encrypted:
                raise UsageError(f"https.key: {self.key} needs a passphrase: give a key without one") from None
            if "KEY_VALUES_MISMATCH" in str(error):
                raise UsageError(f"https.key: {self.key} is not the key of {self.cert}") from None
            what = getattr(error, "reason", None) or type(error).__name__
            raise UsageError(
                f"https: {self.cert} and {self.key} are no certificate and key in PEM form ({what})"
            ) from None

    def _marks(self) -> object:
        """Something that changes whenever a file does, or who may read it."""
        return [_mark(path) for path in (self.cert, self.key)]


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns
