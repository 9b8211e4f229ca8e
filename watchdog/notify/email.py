"""E-mail: plain text that reads on a phone, and the same as simple HTML, threaded by its headers."""

import asyncio
import contextlib
import html
import re
import ssl
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE

import aiosmtplib
import msgspec
import structlog

from watchdog.alerts.alert import Message
from watchdog.alerts.words import Item, Letter, letter, plain, subject
from watchdog.config.channels import Email
from watchdog.errors import DeliveryError
from watchdog.notify.channel import SILENCE_SECONDS, reason

SUBJECT_CHARACTERS = 120
# Enough for hundreds of findings; some readers show only the first 100 kB.
TEXT_CHARACTERS = 40_000
# How long the server is given to say good-bye, once it has the message.
QUIT_SECONDS = 1.0
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]+@[^\s<>@]+>")

log = structlog.get_logger()


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """From whom and to whom."""

    sender: str
    recipients: tuple[str, ...]


class EmailChannel:
    """Sends by one server, over a connection of its own each time."""

    def __init__(self, name: str, section: Email) -> None:
        self.name = name
        self._section = section
        self._envelope = Envelope(sender=section.from_, recipients=section.to)

    async def send(self, message: Message, receipt: str | None) -> str | None:
        """The receipt is the Message-ID of the thread's first message."""
        first = receipt if receipt and message.thread and _MESSAGE_ID.fullmatch(receipt) else None
        written = compose(message, self._envelope, first)
        client = aiosmtplib.SMTP(
            hostname=self._section.host,
            port=self._section.port,
            timeout=SILENCE_SECONDS,
            use_tls=self._section.tls == "tls",
            start_tls=self._section.tls == "starttls",
            tls_context=ssl.create_default_context() if self._section.tls != "none" else None,
        )
        try:
            await self._hand_over(client, written)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _failure(error, f"{self._section.host}:{self._section.port}") from None
        finally:
            client.close()
        return first or (str(written["Message-ID"]) if message.thread else None)

    async def _hand_over(self, client: aiosmtplib.SMTP, written: EmailMessage) -> None:
        await client.connect()
        password = self._section.password
        if self._section.username is not None and password is not None:
            await client.login(self._section.username, password.get_secret_value())
        refused, _ = await client.send_message(
            written,
            sender=_address(self._envelope.sender),
            recipients=[_address(to) for to in self._envelope.recipients],
        )
        if refused:
            # Who took it must not get it again for the sake of who did not.
            codes = sorted({answer.code for answer in refused.values()})
            log.warning("email.recipients_refused", channel=self.name, refused=len(refused), codes=codes)
        # It has been taken, whatever becomes of the good-bye.
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            async with asyncio.timeout(QUIT_SECONDS):
                await client.quit()


def compose(message: Message, envelope: Envelope, first: str | None) -> EmailMessage:
    """The e-mail of a message. No name in it can begin a header: what does not print is shown by its code point.

    Args:
        message: what to tell.
        envelope: from whom and to whom.
        first: the Message-ID of the thread's first message; None where this is the first.
    """
    written = EmailMessage(policy=WIRE)
    whole = letter(message, TEXT_CHARACTERS)
    _set_subject(written, subject(message, SUBJECT_CHARACTERS))
    written["From"] = envelope.sender
    written["To"] = ", ".join(envelope.recipients)
    written["Date"] = message.sent_at
    domain = _address(envelope.sender).rpartition("@")[2]
    written["Message-ID"] = f"<{re.sub(r'[^A-Za-z0-9._-]', '-', message.id) or 'none'}@{domain}>"
    if first is not None:
        written["In-Reply-To"] = first
        written["References"] = first
    # RFC 3834: nobody's holiday notice shall answer it.
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(plain(whole) + "\n")
    written.add_alternative(page(whole), subtype="html")
    return written


def _set_subject(written: EmailMessage, line: str) -> None:
    """As it is, to the letter.

    EmailMessage loses or adds spaces where it folds words that are encoded beside words that are not, and it takes a
    name that looks like an encoded word for one. So such a line is encoded as a whole.
    """
    if line.isascii() and "=?" not in line:
        written["Subject"] = line
    else:
        written.set_raw("Subject", Header(line, "utf-8", header_name="Subject").encode(linesep="\r\n"))


def page(whole: Letter) -> str:
    """A letter as HTML that needs no style of its own, no script and no picture."""
    parts = [f"<p><strong>{html.escape(whole.line)}</strong></p>"]
    parts += [f"<p>{html.escape(note)}</p>" for note in whole.notes]
    parts += [_item(item) for item in whole.items]
    parts += [f"<p>{html.escape(line)}</p>" for line in whole.closing]
    if whole.link:
        address = html.escape(whole.link)
        parts.append(f'<p><a href="{address}">{address}</a></p>')
    return "<!DOCTYPE html>\n<html><body>\n" + "\n".join(parts) + "\n</body></html>\n"


def _item(item: Item) -> str:
    lines = [f"<strong>{html.escape(item.head)}</strong>"]
    lines += [f"{html.escape(fact.label)}: {html.escape(fact.text)}" for fact in item.facts]
    codes = [f"<p>{html.escape(code.title)}:</p>\n<pre>{html.escape(code.sql)}</pre>" for code in item.codes]
    return "\n".join(["<p>" + "<br>\n".join(lines) + "</p>", *codes])


def _address(mailbox: str) -> str:
    """`ops@example.com` of `Ops <ops@example.com>`."""
    written = EmailMessage(policy=WIRE)
    written["To"] = mailbox
    parsed: tuple[Address, ...] = written["To"].addresses
    return parsed[0].addr_spec


def _failure(error: Exception, place: str) -> DeliveryError:
    """In fixed words: what servers say may quote addresses and names."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = ", ".join(sorted({str(each.code) for each in error.recipients}))
        return DeliveryError(f"SMTP: every recipient was refused ({codes})")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        # 5xx to the content is for good (RFC 5321, 4.2.1); to a sender, a recipient or a password, settings mend it.
        is_final = isinstance(error, aiosmtplib.SMTPDataError) and error.code >= 500  # noqa: PLR2004
        return DeliveryError(f"SMTP status {error.code} ({type(error).__name__})", is_final=is_final)
    if type(error) is aiosmtplib.SMTPException or isinstance(error, aiosmtplib.SMTPNotSupported):
        return DeliveryError("SMTP: the server lacks what the settings ask for: STARTTLS, a login, or such addresses")
    is_connecting = isinstance(error, aiosmtplib.SMTPConnectError | aiosmtplib.SMTPConnectTimeoutError)
    return DeliveryError(reason(error, place, is_connecting=is_connecting))
