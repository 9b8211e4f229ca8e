"""The process: what runs when, what a signal does, and how it ends."""

import asyncio
import contextlib
import functools
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, timedelta

import structlog
from apscheduler import events
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from watchdog import heap
from watchdog import log as logging_setup
from watchdog.check import Watch
from watchdog.config.settings import Config
from watchdog.errors import ConfigError, StateError
from watchdog.metrics import exported, render
from watchdog.schema.kinds import KINDS
from watchdog.status import CheckName, StatusBoard
from watchdog.store.home import Home
from watchdog.store.state import State
from watchdog.web.app import create_app
from watchdog.web.certificate import Certificate
from watchdog.web.desk import Desk
from watchdog.web.server import WebServer
from watchdog.wiring.alerts import notifying
from watchdog.wiring.daemon import Wired, agreed, wire
from watchdog.wiring.database import utc_now

log = structlog.get_logger()

BEAT_SECONDS = 1.0
# A clock that moves more than this in one beat was set: no clock runs that much faster or slower.
CLOCK_JUMP_SECONDS = 0.5
# With the grace of a delivery, and what connections and the page take to close, less than supervisors are told to wait
# before they kill (docs/operating.md).
LOOKS_END_SECONDS = 4.0
LAST_DELIVERIES_SECONDS = 2.0
NOTIFY_WAIT_SECONDS = 1.0
# How often the watchdog looks at itself.
OWN_SECONDS = 5.0
# Whole schemas are read so many at a time, as each takes memory, and a core; and none waits longer for its turn.
SCHEMAS_AT_ONCE = 3
LONGEST_WAIT_SECONDS = 10.0
# Looks of many databases spread by up to a tenth of their interval, at most this.
MOST_JITTER_SECONDS = 10.0
# A look that takes longer has read much.
LONG_LOOK_SECONDS = 0.3
# A job that has just returned still counts as running.
SOON_SECONDS = 0.05


class Daemon:
    """Runs until SIGINT or SIGTERM. SIGHUP reads the configuration again; a broken one changes nothing."""

    def __init__(self, load: Callable[[], Config]) -> None:
        """Raises ConfigError when the first configuration, or a contract that it names, is broken."""
        self._load = load
        self._config = self._started = load()
        self._contracts = agreed(self._config)
        self._board = StatusBoard()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._told = asyncio.Event()
        self._schemas = asyncio.Semaphore(SCHEMAS_AT_ONCE)
        self._ending = self._is_to_reload = False
        self._longest = 0.0  # seconds, of the looks since what they freed was given back
        self._looks: set[asyncio.Task[object]] = set()
        self._running: set[str] = set()
        # Jobs to be run again as soon as they end, as what they look at moved meanwhile.
        self._again: set[str] = set()
        self._wired: Wired | None = None
        self._notifying = notifying(self._config)

    async def run(self) -> None:
        """Watch until told to stop.

        Raises:
            UsageError: the address is taken.
            StateError: there is no state yet and none can be made, or the file is another program's.
        """
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal, number)
        path = self._config.state / "watchdog.sqlite3"
        home = Home(path, functools.partial(setattr, self._board, "state_failure"))
        await home.enter()
        try:
            async with self._web(home):
                await self._watch(home)
        finally:
            await home.state.close()
        log.info("daemon.stopped")

    @contextlib.asynccontextmanager
    async def _web(self, home: Home) -> AsyncIterator[None]:
        host, _, port = self._config.listen.rpartition(":")
        metrics = exported(self._board, tuple(KINDS), utc_now)
        desk = Desk(lambda: home.state, lambda: self._notifying, self._token, self._wake, utc_now)
        app = create_app(
            self._board,
            functools.partial(render, metrics),
            home.events,
            utc_now,
            desk,
            lambda: self._config.api.readers,
        )
        https = self._config.https
        server = WebServer(app, host, int(port), Certificate(https.cert, https.key) if https else None)
        await server.start()
        page = f"{'https' if https else 'http'}://{host}:{server.port}/"
        log.info("daemon.started", page=page, metrics=f"{page}metrics")
        try:
            yield
        finally:
            await server.stop()

    def _token(self) -> str | None:
        token = self._config.api.token
        return token.get_secret_value() if token else None

    def _wake(self) -> None:
        """People have said something: see at once who is told otherwise."""
        if self._wired:
            self._wired.dispatch.wake()

    async def _watch(self, home: Home) -> None:
        self._scheduler.add_listener(
            self._on_job_event, events.EVENT_JOB_MISSED | events.EVENT_JOB_MAX_INSTANCES | events.EVENT_JOB_ERROR
        )
        self._scheduler.start()
        beside = [
            asyncio.create_task(self._beat(home), name="beat"),
            # Not in the beat: a disk that hangs is no loop that stands still.
            asyncio.create_task(self._look_after(home), name="home"),
        ]
        while not self._ending:
            self._wired, telling = self._begin(home.state)
            await self._until_told(home)
            await self._end(self._wired, telling)
            await home.move()
        self._scheduler.shutdown(wait=False)
        for task in beside:
            task.cancel()

    def _on_signal(self, number: signal.Signals) -> None:
        if number == signal.SIGHUP:
            self._is_to_reload = True
        elif not self._ending:
            self._ending = True
            log.info("daemon.stopping", signal=number.name)
        self._told.set()

    async def _until_told(self, home: Home) -> None:
        """Until the end, a new configuration, or another home of the state; however many signals came, they are one."""
        while not self._ending and not home.is_to_move:
            if self._is_to_reload:
                self._is_to_reload = False
                config = self._reloaded()
                if config is not None:
                    self._config = config
                    return
            await self._told.wait()
            self._told.clear()

    def _begin(self, state: State) -> tuple[Wired, asyncio.Task[None]]:
        wired = wire(self._config, self._contracts, state, self._board)
        self._notifying = notifying(self._config)
        for watch, every in wired.watches:
            for check, seconds in every.items():
                self._scheduler.add_job(
                    self._look,
                    IntervalTrigger(seconds=seconds, jitter=min(seconds / 10, MOST_JITTER_SECONDS)),
                    args=(watch, check),
                    id=_job_id(watch, check),
                    name=watch.database,
                    next_run_time=utc_now(),
                    max_instances=1,
                    coalesce=True,
                    misfire_grace_time=max(1, int(seconds)),
                )
        for own in wired.owns:
            self._scheduler.add_job(
                own.run, IntervalTrigger(seconds=OWN_SECONDS), name=own.database, max_instances=1, coalesce=True
            )
        return wired, asyncio.create_task(self._notify(wired), name="notify")

    async def _notify(self, wired: Wired) -> None:
        """Tell people until cancelled; then what the last looks found is told while there is time."""
        task = asyncio.current_task()
        try:
            # What crashes as it is cancelled hides from this task, until Python 3.13, that it was cancelled too.
            while task is not None and not task.cancelling():
                try:
                    await self._tell(wired)
                except Exception:
                    # Nobody thought of this. What is not told yet is told at the next attempt.
                    log.exception("notify.crashed")
                await asyncio.sleep(NOTIFY_WAIT_SECONDS)
        finally:
            try:
                await wired.dispatch.step()
            except Exception:
                # What waits already is sent all the same.
                log.exception("notify.crashed")
            drains = [wired.delivery.drain, *(mirror.drain for mirror in wired.mirrors)]
            await asyncio.gather(*(drain(LAST_DELIVERIES_SECONDS) for drain in drains), return_exceptions=True)

    async def _tell(self, wired: Wired) -> None:
        """All or none: a heartbeat that went on while nobody is told would say that all is well."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wired.dispatch.run(), name="dispatch")
            tasks.create_task(wired.delivery.run(), name="delivery")
            for mirror in wired.mirrors:
                tasks.create_task(mirror.run(), name=f"mirror {mirror.name}")
            for name, each in wired.beside.items():
                tasks.create_task(each.run(), name=name)

    async def _end(self, wired: Wired, telling: asyncio.Task[None]) -> None:
        """Let looks under way end, send what is due, and let go of every connection."""
        self._scheduler.remove_all_jobs()
        self._again.clear()
        if self._looks:
            _, late = await asyncio.wait(self._looks, timeout=LOOKS_END_SECONDS)
            for look in late:
                look.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        await wired.close()

    def _reloaded(self) -> Config | None:
        try:
            config = self._load()
            self._contracts = agreed(config)
        except ConfigError as error:
            log.error("config.refused", mistakes=list(error.mistakes))  # noqa: TRY400 the mistakes say it all
            return None
        fixed = [name for name in ("state", "listen", "https") if getattr(config, name) != getattr(self._started, name)]
        if fixed:
            log.warning("config.needs_restart", settings=fixed)
        logging_setup.configure(config.log.format, config.log.level)
        log.info("config.reloaded", databases=[database.name for database in config.databases])
        return config

    async def _look(self, watch: Watch, check: CheckName) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._looks.add(task)
            task.add_done_callback(self._looks.discard)
        job = _job_id(watch, check)
        if wait := watch.wait(check):
            self._board.postponed(watch.database)
            self._hurry(job, wait)
            return
        self._running.add(job)
        following: Mapping[CheckName, float] = {}
        began = time.monotonic()
        try:
            async with self._room(check):
                following = await watch.run(check)
        except asyncio.CancelledError:
            # Ours, when it takes too long to end; the scheduler would take it for a crash.
            log.info("check.cancelled", database=watch.database, check=check)
        finally:
            self._running.discard(job)
        self._longest = max(self._longest, 0.0 if check == "probe" else time.monotonic() - began)
        for each, seconds in following.items():
            self._hurry(_job_id(watch, each), seconds)
        if job in self._again:
            self._again.discard(job)
            self._hurry(job)

    @contextlib.asynccontextmanager
    async def _room(self, check: CheckName) -> AsyncIterator[None]:
        """For a look that reads a whole schema, once there is some; who waits for long goes on, as others may hang."""
        if check != "schema":
            yield
            return
        taken = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                taken = await self._schemas.acquire()
        try:
            yield
        finally:
            if taken:
                self._schemas.release()

    def _hurry(self, job_id: str, seconds: float = 0.0) -> None:
        """Have a look made in so many seconds, if it is not to be made before; its interval counts from there."""
        job = self._scheduler.get_job(job_id)
        if job is None:  # the end, or another configuration
            return
        at = utc_now() + timedelta(seconds=max(seconds, SOON_SECONDS))
        if job_id in self._running:
            self._again.add(job_id)
        elif job.next_run_time is None or at < job.next_run_time:
            job.modify(next_run_time=at)

    async def _beat(self, home: Home) -> None:
        """Say that the loop turns over, by a clock that nobody can set; and see to it when the wall clock was set."""
        ahead = time.time() - time.monotonic()
        while True:
            self._board.beat(utc_now())
            await asyncio.sleep(BEAT_SECONDS)
            if self._longest and not self._running:
                heap.give_back(much=self._longest > LONG_LOOK_SECONDS)
                self._longest = 0.0
            before, ahead = ahead, time.time() - time.monotonic()
            if abs(ahead - before) > CLOCK_JUMP_SECONDS:
                log.warning("clock.jumped", seconds=round(ahead - before, 1))
                await self._plan_anew(home.state, timedelta(seconds=ahead - before))

    async def _look_after(self, home: Home) -> None:
        """See, again and again, whether the state has to move."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await home.look_around()
            except Exception:
                # Nobody thought of this. The next look may succeed.
                log.exception("state.crashed")
            if home.is_to_move:
                self._told.set()

    async def _plan_anew(self, state: State, by: timedelta) -> None:
        """Look and send now: what was due by the clock of before could else come hours late, or never."""
        try:
            await state.hurry(utc_now(), by)
            await state.shift(by)
        except StateError as error:
            log.error("state.failed", reason=str(error))  # noqa: TRY400 an expected error
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=utc_now())

    def _on_job_event(self, event: events.JobEvent) -> None:
        job = self._scheduler.get_job(event.job_id)
        database = job.name if job else event.job_id
        if isinstance(event, events.JobExecutionEvent) and event.exception is not None:
            log.error("check.crashed", database=database)  # its traceback is logged by the scheduler
        elif database in self._board.databases:
            self._board.misfired(database)
            log.warning("check.misfired", database=database)


def _job_id(watch: Watch, check: CheckName) -> str:
    return f"{watch.database} {check}"
