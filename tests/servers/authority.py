"""A throw-away certificate authority, by openssl: what servers and clients show, right and wrong."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import required

PASSPHRASE = "open sesame"
_CONFIG = """
[ca]
default_ca = authority
[authority]
database = {folder}/{name}.index
rand_serial = yes
new_certs_dir = {folder}
certificate = {folder}/{name}.crt
private_key = {folder}/{name}.key
default_md = sha256
default_days = 30
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""


class Authority:
    """One certificate authority; what it signs stands beside it, `<name>.crt` and `<name>.key`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder = folder
        self.name = name
        self._openssl = required("openssl", "apt-get install --no-install-recommends openssl")
        self._config = folder / f"{name}.conf"
        self._config.write_text(_CONFIG.format(folder=folder, name=name))
        (folder / f"{name}.index").touch()
        self._run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"),
            *("-subj", f"/CN={name}", "-keyout", str(folder / f"{name}.key"), "-out", str(self.certificate)),
        )

    @property
    def certificate(self) -> Path:
        return self.folder / f"{self.name}.crt"

    def sign(self, name: str, common_name: str, alternative: str = "", *, dates: Sequence[str] = ()) -> Path:
        """A certificate for `common_name` and, where given, for names such as `DNS:localhost,IP:127.0.0.1`.

        Args:
            name: of its files.
            common_name: of its subject.
            alternative: the subject's alternative names.
            dates: of openssl ca, such as -startdate and -enddate.
        """
        request, key, made = (self.folder / f"{name}.{kind}" for kind in ("csr", "key", "crt"))
        more = ("-addext", f"subjectAltName={alternative}") if alternative else ()
        self._run(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={common_name}", *more, "-keyout", str(key), "-out", str(request)),
        )
        key.chmod(0o600)
        self._ca("-in", str(request), "-out", str(made), "-notext", *dates)
        return made

    def encrypted(self, name: str) -> Path:
        """The key of `name` once more, which only PASSPHRASE opens."""
        made = self.folder / f"{name}-encrypted.key"
        self._run(
            *("pkcs8", "-topk8", "-in", str(self.folder / f"{name}.key"), "-passout", f"pass:{PASSPHRASE}"),
            *("-out", str(made)),
        )
        made.chmod(0o600)
        return made

    def revocations(self, name: str, *revoked: Path) -> Path:
        """A list of revoked certificates, `<name>.crl`."""
        for certificate in revoked:
            self._ca("-revoke", str(certificate))
        made = self.folder / f"{name}.crl"
        self._ca("-gencrl", "-out", str(made))
        return made

    def _ca(self, *arguments: str) -> None:
        self._run("ca", "-config", str(self._config), "-batch", *arguments)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([self._openssl, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
