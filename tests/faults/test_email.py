"""E-mail through real SMTP servers: what arrives, and what becomes of it where the server is slow, strict or false."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from structlog.testing import capture_logs

from tests.acceptance.support import free_port
from tests.unit.notify.messages import FIRING, PARTLY, RESOLVED, hostile, told
from watchdog.alerts.alert import Message
from watchdog.config.channels import Email
from watchdog.errors import DeliveryError
from watchdog.notify.email import EmailChannel

PASSWORD = "hunter2-of-the-postman"


class Postman:
    """Takes mail, or does what a test wants of it instead.

    Attributes:
        mails: what was taken, as it came.
        refuses: recipients that are not known here.
        data: what is said to the content; None: it is taken.
    """

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.refuses: set[str] = set()
        self.data: str | None = None
        self.hangs_up = False
        self.lingers = False

    async def handle_RCPT(  # noqa: N802 as aiosmtpd calls it
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address in self.refuses:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs_up:
            assert server.transport is not None
            server.transport.close()
        if self.data is not None:
            return self.data
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"

    async def handle_QUIT(self, *_: object) -> str:  # noqa: N802
        if self.lingers:
            await asyncio.sleep(30)
        return "221 bye"

    def read(self) -> list[EmailMessage]:
        return [message_from_bytes(mail, policy=default) for mail in self.mails]


Serve = Callable[..., Email]


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def serve(postman: Postman, certificate: tuple[Path, Path]) -> Iterator[Serve]:
    """Starts the postman's server, and returns the section of a configuration that sends by it."""
    with contextlib.ExitStack() as stack:

        def start(tls: str = "none", offers: str | None = None, password: str | None = None) -> Email:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)
            offers = tls if offers is None else offers
            more: dict[str, Any] = {"tls_context": context} if offers == "starttls" else {}
            if offers == "tls":
                more["ssl_context"] = context
            if password is not None:
                more |= {
                    "authenticator": _knows,
                    "auth_required": offers == "starttls",
                    "auth_require_tls": offers == "starttls",
                }
            port = free_port()
            controller = Controller(postman, hostname="127.0.0.1", port=port, **more)
            controller.start()
            stack.callback(controller.stop)
            written = {"type": "email", "host": "127.0.0.1", "port": port, "tls": tls}
            written |= {"from": "Watchdog <watchdog@example.com>", "to": ["ops@example.com", "Ada <ada@example.com>"]}
            written |= {"username": "watchdog", "password": password} if password else {}
            return Email.model_validate(written)

        yield start


def _knows(_: SMTP, __: Session, ___: Envelope, ____: str, login: Any) -> AuthResult:  # noqa: ANN401 aiosmtpd's own
    return AuthResult(success=login.password == PASSWORD.encode(), handled=False)


def send(section: Email, *messages: Message) -> str | None:
    async def main() -> str | None:
        channel, receipt = EmailChannel("mail", section), None
        for message in messages:
            receipt = await channel.send(message, receipt) or receipt
        return receipt

    return asyncio.run(main())


def refusal(section: Email, message: Message = FIRING) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(section, message)
    assert caught.value.__cause__ is None
    assert not {PASSWORD, "ops@example.com"} & set(str(caught.value).split())
    return caught.value


def test_a_message_arrives_as_text_and_as_html(serve: Serve, postman: Postman) -> None:
    send(serve(), FIRING)
    [mail] = postman.read()
    assert postman.recipients == [["ops@example.com", "ada@example.com"]]
    assert (mail["From"], mail["To"]) == ("Watchdog <watchdog@example.com>", "ops@example.com, Ada <ada@example.com>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "ALTER TABLE public.sealed_epochs" in body.get_content()


def test_the_messages_of_a_trouble_are_one_thread_and_a_repetition_is_known_by_its_name(
    serve: Serve, postman: Postman
) -> None:
    section = serve()
    receipt = send(section, FIRING, PARTLY, msgspec.structs.replace(RESOLVED, id="another"))
    send(section, FIRING)
    first, second, third, again = postman.read()
    assert first["Message-ID"] == again["Message-ID"] == receipt
    assert first["In-Reply-To"] is None
    assert {mail[name] for mail in (second, third) for name in ("In-Reply-To", "References")} == {receipt}
    assert len({mail["Message-ID"] for mail in (first, second, third)}) == 3


def test_what_another_type_of_channel_kept_is_no_thread(serve: Serve, postman: Postman) -> None:
    section = serve()

    async def main() -> str | None:
        return await EmailChannel("mail", section).send(FIRING, '{"channel": "C1",\r\n"ts": "1.2"}')

    assert asyncio.run(main()) == postman.read()[0]["Message-ID"]
    assert postman.read()[0]["In-Reply-To"] is None


def test_hostile_names_make_no_header_and_the_subject_says_them_to_the_letter(serve: Serve, postman: Postman) -> None:
    evil = told(*FIRING.findings[:1])
    words = "=?utf-8?q?=0d=0aBcc:_eve@example.com?=\r\nBcc: eve@example.com 🦊  two  spaces é"
    send(serve(), hostile())
    send(serve(), msgspec.structs.replace(evil, message=words))
    names = {"Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    for mail in postman.read():
        assert {name for name in mail.keys() if not name.startswith("X-")} == names  # noqa: SIM118 the same twice
    assert postman.recipients == [["ops@example.com", "ada@example.com"]] * 2
    subject = str(postman.read()[1]["Subject"])
    assert subject == "=?utf-8?q?=0d=0aBcc:_eve@example.com?=\\u000d\\u000aBcc: eve@example.com 🦊  two  spaces é"


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_password_is_sent_over_tls_to_who_proves_who_he_is(
    serve: Serve, postman: Postman, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    send(serve(tls, password=PASSWORD), FIRING)
    assert len(postman.mails) == 1


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_with_a_certificate_that_nobody_vouches_for_gets_nothing(
    serve: Serve, postman: Postman, tls: str
) -> None:
    assert str(refusal(serve(tls, password=PASSWORD))).endswith(" failed: certificate verify failed")
    assert postman.mails == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_without_tls_gets_nothing_where_tls_was_asked_for(serve: Serve, postman: Postman, tls: str) -> None:
    assert not refusal(serve(tls, offers="none")).is_final
    assert postman.mails == []


def test_a_wrong_password_can_be_put_right(
    serve: Serve, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    error = refusal(serve("starttls", password="wrong"))
    assert str(error) == "SMTP status 535 (SMTPAuthenticationError)"
    assert not error.is_final


@pytest.mark.parametrize(("said", "is_final"), [("451 4.3.0 try later", False), ("554 5.6.0 not this", True)])
def test_content_that_is_refused_for_good_is_not_sent_again(
    serve: Serve, postman: Postman, said: str, is_final: bool
) -> None:
    postman.data = said
    error = refusal(serve())
    assert str(error) == f"SMTP status {said[:3]} (SMTPDataError)"
    assert error.is_final is is_final


def test_who_is_known_gets_it_once_and_who_is_not_is_a_line_in_the_log(serve: Serve, postman: Postman) -> None:
    postman.refuses = {"ada@example.com"}
    with capture_logs() as logs:
        send(serve(), FIRING)
    assert postman.recipients == [["ops@example.com"]]
    [line] = [log for log in logs if log["event"] == "email.recipients_refused"]
    assert (line["refused"], line["codes"]) == (1, [550])
    assert "ada@example.com" not in str(logs)


def test_where_nobody_is_known_it_is_tried_again(serve: Serve, postman: Postman) -> None:
    postman.refuses = {"ops@example.com", "ada@example.com"}
    error = refusal(serve())
    assert str(error) == "SMTP: every recipient was refused (550)"
    assert not error.is_final


def test_a_server_that_hangs_up_has_not_taken_it(serve: Serve, postman: Postman) -> None:
    postman.hangs_up = True
    assert str(refusal(serve())).startswith("SMTPServerDisconnected at 127.0.0.1:")


def test_mail_that_was_taken_is_taken_though_the_server_never_says_goodbye(serve: Serve, postman: Postman) -> None:
    postman.lingers = True
    send(serve(), FIRING)
    assert len(postman.mails) == 1


def test_a_server_that_is_not_there_is_said_in_fixed_words() -> None:
    section = Email.model_validate(
        {"type": "email", "host": "127.0.0.1", "port": 1, "tls": "none", "from": "w@example.com", "to": "o@example.com"}
    )
    assert str(refusal(section)).startswith("cannot connect to 127.0.0.1:1: Connection refused")
