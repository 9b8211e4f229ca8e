"""HTTPS: what cannot be used is named before anybody listens, and what was renewed is used without a restart."""

import asyncio
import contextlib
import os
import pwd
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.servers.certificates import self_signed
from tests.unit.web.test_server import an_app
from watchdog.errors import UsageError
from watchdog.web import probe, server
from watchdog.web.certificate import Certificate
from watchdog.web.server import WebServer


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """For root, to whom no file is closed."""
    before = os.geteuid()
    os.seteuid(pwd.getpwnam("nobody").pw_uid if before == 0 else before)
    try:
        yield
    finally:
        os.seteuid(before)


def refusal(cert: Path, key: Path) -> str:
    async def scenario() -> str:
        with pytest.raises(UsageError) as caught:
            await WebServer(an_app(), "127.0.0.1", 0, Certificate(cert, key)).start()
        return str(caught.value)

    return asyncio.run(scenario())


def test_what_cannot_be_used_is_named_with_its_setting_and_what_to_do(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    encrypted, others = tmp_path / "encrypted.pem", self_signed(tmp_path)[1]
    command = ["openssl", "pkey", "-in", str(key), "-aes256", "-passout", "pass:secret", "-out", str(encrypted)]
    subprocess.run(command, check=True, capture_output=True)
    lacking = tmp_path / "lacking.pem"
    closed = tmp_path / "closed.pem"
    shutil.copy(key, closed)
    closed.chmod(0)

    assert refusal(lacking, key) == f"https.cert: {lacking} cannot be read: No such file or directory"
    assert refusal(cert, tmp_path) == f"https.key: {tmp_path} cannot be read: Is a directory"
    assert refusal(cert, others) == f"https.key: {others} is not the key of {cert}"
    assert refusal(cert, encrypted) == f"https.key: {encrypted} needs a passphrase: give a key without one"
    assert refusal(key, key).startswith(f"https: {key} and {key} are no certificate and key in PEM form (")
    assert refusal(cert, cert).startswith(f"https: {cert} and {cert} are no certificate and key in PEM form (")
    with nobody():
        said = refusal(closed, closed)
    assert said.startswith(f"https.cert: {closed} cannot be read: Permission denied (the watchdog is user ")


def test_a_renewed_certificate_is_used_and_one_without_its_key_ends_nothing(
    tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "RENEWAL_SECONDS", 0.02)
    (tmp_path / "new").mkdir()
    cert, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    shutil.copy(certificate[0], cert)
    shutil.copy(certificate[1], key)
    new = self_signed(tmp_path / "new")

    async def scenario() -> None:
        served = WebServer(an_app(), "127.0.0.1", 0, Certificate(cert, key))
        await served.start()

        async def is_shown(trusted: Path) -> bool:
            context = ssl.create_default_context(cafile=str(trusted))
            async with httpx.AsyncClient(trust_env=False, verify=context) as client:
                try:
                    return (await client.get(f"https://127.0.0.1:{served.port}/")).text == "hello"
                except httpx.ConnectError:
                    return False

        async def until(holds: Callable[[], object]) -> None:
            deadline = time.monotonic() + 10
            while not holds():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)

        assert (await is_shown(certificate[0]), await is_shown(new[0])) == (True, False)
        with capture_logs() as logs:
            new[0].replace(cert)
            await until(lambda: logs)
            assert logs[0]["event"] == "https.not_renewed"
            assert logs[0]["reason"] == f"https.key: {key} is not the key of {cert}"
            assert await is_shown(certificate[0])
            new[1].replace(key)
            await until(lambda: logs[-1]["event"] == "https.renewed")
            assert (await is_shown(certificate[0]), await is_shown(cert)) == (False, True)
            renewed = Path(shutil.copy(cert, tmp_path / "renewed.pem"))
            cert.unlink()
            await until(lambda: logs[-1]["event"] == "https.not_renewed")
            assert await is_shown(renewed)
        assert len(logs) == 3
        await served.stop()

    asyncio.run(scenario())


def test_a_probe_of_a_container_speaks_both_and_says_why_it_is_not_healthy(certificate: tuple[Path, Path]) -> None:
    async def scenario(certificate: Certificate | None) -> tuple[str, str | None]:
        served = WebServer(an_app(), "127.0.0.1", 0, certificate)
        await served.start()
        address = f"127.0.0.1:{served.port}"
        unhealthy = await asyncio.to_thread(probe.trouble, address)
        await served.stop()
        down = await asyncio.to_thread(probe.trouble, address)
        assert unhealthy == f"{address} says 404"  # it has no such address
        return address, down

    for each in (None, Certificate(*certificate)):
        address, down = asyncio.run(scenario(each))
        assert down == f"{address} does not answer: [Errno 111] Connection refused"
