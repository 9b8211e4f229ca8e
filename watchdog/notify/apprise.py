"""Any service that Apprise knows. Apprise is imported only where such a channel is configured."""

import asyncio
import contextlib
import threading

from watchdog.alerts.alert import Message
from watchdog.alerts.words import letter, plain, subject
from watchdog.config.apprise import Notifier, notifier
from watchdog.errors import ConfigError, DeliveryError

TITLE_CHARACTERS = 120
# Services that say of themselves that they take less are given less.
TEXT_CHARACTERS = 30_000


class AppriseChannel:
    """Sends through one or several of Apprise's URLs, which are secrets."""

    def __init__(self, name: str, notifier: Notifier, characters: int = TEXT_CHARACTERS) -> None:
        """Hold the parts; nothing is sent yet.

        Args:
            name: as configured.
            notifier: what sends; it blocks.
            characters: that the body may have.
        """
        self.name = name
        self._notifier = notifier
        self._characters = characters
        # A call that took longer than it was given cannot be ended: it is heard out instead of being made twice.
        self._running: tuple[str, asyncio.Future[bool]] | None = None

    async def send(self, message: Message, receipt: str | None) -> str | None:  # noqa: ARG002 it keeps none
        if self._running is not None and self._running[0] != message.id:
            await asyncio.wait({self._running[1]})
            self._running = None
        if self._running is None:
            self._running = (message.id, self._started(message))
        is_taken = await asyncio.shield(self._running[1])
        self._running = None
        if not is_taken:
            raise DeliveryError("Apprise could not hand it over to the service")
        return None

    def _started(self, message: Message) -> asyncio.Future[bool]:
        """Notify in a thread, which the process does not wait for when it ends."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        text = plain(letter(message, self._characters))
        title = subject(message, TITLE_CHARACTERS)
        kind = _kind(message)

        def work() -> None:
            try:
                done = bool(self._notifier.notify(body=text, title=title, notify_type=kind, body_format="text"))
            except Exception:  # noqa: BLE001 what a plugin of it raises may quote the URL
                done = False
            with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
                loop.call_soon_threadsafe(_settle, future, done)

        threading.Thread(target=work, name=f"apprise {self.name}", daemon=True).start()
        return future


def _settle(future: asyncio.Future[bool], done: bool) -> None:
    if not future.done():
        future.set_result(done)


def open_apprise(name: str, url: str) -> AppriseChannel:
    """The channel of a URL.

    Raises:
        ConfigError: Apprise is not installed, or knows no such URL; its text does not hold the URL.
    """
    try:
        made = notifier(url)
    except ValueError as error:
        raise ConfigError([f"alerts.channels.{name}.url: {error}"]) from None
    return AppriseChannel(name, made, min(_room(service) for service in made))


def _room(service: object) -> int:
    """How long a body the service takes: of some the title counts too, where it has no place of its own."""
    most = int(getattr(service, "body_maxlen", TEXT_CHARACTERS))
    return max(min(most - TITLE_CHARACTERS - 2, TEXT_CHARACTERS), 1)


def _kind(message: Message) -> str:
    if message.status == "resolved":
        return "success"
    return "warning" if message.status == "firing" else "info"
