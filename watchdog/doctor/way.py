"""The way to the server: what was asked for, TLS, a pooler in between, and the two clocks."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from watchdog.doctor.facts import Asked, Facts, Reach
from watchdog.doctor.line import Level, Line, ok

# The times in messages, and the ages of rows, are good to this.
CLOCKS_APART = timedelta(seconds=5)
SOON = timedelta(days=14)
_VERIFYING = ("require", "verify-ca", "verify-full")


def asked(facts: Asked) -> Iterator[Line]:
    """The connection string, with what a service and the environment add to it."""
    password = f"; the password is from {facts.password_from}" if facts.password_from else "; no password is given"
    if facts.to:
        yield ok("dsn", f"leads{facts.to}{password}")
    else:
        yield Line(
            check="dsn",
            level=Level.NOTE,
            what="the DSN cannot be taken apart for sure, so nothing of it is shown, and asyncpg reads it by itself",
            do="write special characters in it percent-encoded, such as %40 for @",
        )
    if facts.needless:
        yield Line(
            check="dsn",
            level=Level.NOTE,
            what=f"nothing is made of {', '.join(facts.needless)}",
            why="the watchdog has bounds of its own (timeouts in the configuration), and a name of its own",
        )
    if facts.unknown:
        yield Line(
            check="dsn",
            level=Level.NOTE,
            what=f"libpq knows no {', '.join(facts.unknown)}: it was asked of the server as a setting",
            do="leave it out, unless it is meant so; libpq would have it as options=-c%20NAME%3DVALUE",
        )


def unreached(words: str, hosts: tuple[Reach, ...]) -> Iterator[Line]:
    """Why there is no connection, and how far each host was reached."""
    for host in hosts:
        place = f"{host.host}:{host.port}"
        if not host.addresses:
            yield Line(
                check="dns",
                level=Level.FAULT,
                what=f"{host.host} has no address: {host.words}",
                do="see the host's name, and the name servers of this machine",
            )
        elif not host.answers:
            yield Line(
                check="network",
                level=Level.FAULT,
                what=f"nobody takes connections at {place} ({', '.join(host.addresses)}): {host.words}",
                do="see the port, whether the server listens there (listen_addresses), and the firewalls in between",
            )
        else:
            yield ok("network", f"somebody takes connections at {place} ({', '.join(host.addresses)})")
    yield Line(check="connection", level=Level.FAULT, what=words, why="nothing can be verified without a connection")


def tls(facts: Facts, now: datetime) -> Iterator[Line]:
    """Whether anybody can read along, or answer in the server's place."""
    channel, wanted = facts.channel, facts.asked
    spoken = f"{channel.version}, {channel.cipher}"
    verify = "set sslmode=verify-full and sslrootcert to the CA file of whoever runs the server (docs/connecting.md)"
    if not channel.version:
        yield _plain(wanted, verify)
    elif not channel.verified:
        yield Line(
            check="tls",
            level=Level.NOTE if wanted.local else Level.WARNING,
            what=f"{spoken}; nobody verified who answers (sslmode={wanted.mode})",
            why="whoever can place himself in between can read the password and make up every answer",
            do=verify,
        )
    elif wanted.mode == "verify-full":
        yield ok("tls", f"{spoken}; the certificate and its name were verified by {_root(wanted)}")
    else:
        yield Line(
            check="tls",
            level=Level.NOTE,
            what=f"{spoken}; verified by {_root(wanted)}, but not its name (sslmode={wanted.mode})",
            why="whoever has a certificate of that authority may answer: of a provider's, each of its customers",
            do="set sslmode=verify-full",
        )
    if channel.certificate_until and channel.certificate_until - now < SOON:
        yield Line(
            check="tls",
            level=Level.WARNING,
            what=f"the server's certificate ends on {channel.certificate_until:%Y-%m-%d %H:%M} UTC",
            why="after that no connection can be made",
            do="whoever runs the server has to renew it",
        )
    if channel.server_tls != bool(channel.version):
        there = "has TLS, with something in between" if channel.server_tls else "has none: it ends somewhere in between"
        yield Line(
            check="tls",
            level=Level.NOTE,
            what=f"this end has {'TLS' if channel.version else 'no TLS'}, and the server's end {there}",
            why="a pooler or a proxy sees everything, and the way behind it is not verified from here",
        )


def _plain(wanted: Asked, verify: str) -> Line:
    if wanted.local:
        return ok("tls", "none, and none is needed: it never leaves this machine")
    given_up = f"; sslmode={wanted.mode} goes without it and says nothing" if wanted.mode in ("allow", "prefer") else ""
    return Line(
        check="tls",
        level=Level.WARNING,
        what=f"nothing is encrypted{given_up}",
        why="whoever is on the way can read what is asked and answered, and make up the answers",
        do=verify,
    )


def _root(wanted: Asked) -> str:
    return "the authorities that the system trusts" if wanted.root == "system" else wanted.root


def verified(mode: str, root: str) -> bool:
    """Whether a certificate is looked at: libpq's rule is that `require` does, where there is a file of authorities."""
    return mode in _VERIFYING and (mode != "require" or bool(root))


def pooler(facts: Facts) -> Iterator[Line]:
    """Whether somebody in between lends sessions: then the one that was announced is not the one that answers."""
    channel = facts.channel
    if channel.announced_pid == channel.pids[0]:
        yield ok("pooler", "none: the session that was announced is the one that answers")
    elif channel.shared or len(set(channel.pids)) > 1:
        yield Line(
            check="pooler",
            level=Level.NOTE,
            what="there is one, such as PgBouncer, that lends a session for a transaction",
            why="the watchdog works through it: it sets everything by SET LOCAL and keeps no prepared statements; the "
            "server's limits on connections hold for the pool, not for the watchdog",
        )
    else:
        told = "" if channel.shared is None else ", as far as two clients could tell"
        yield Line(
            check="pooler",
            level=Level.NOTE,
            what=f"there is one, such as PgBouncer, that lends a session for a whole connection{told}",
            why="the watchdog's connection stays open, so it keeps one session of the pool for itself",
            do="see that the pool has one to spare (default_pool_size), or give the server's own address",
        )


def clock(facts: Facts) -> Iterator[Line]:
    """How far this machine's clock and the server's are apart, as far as the time that asking took lets one say."""
    took = facts.answered_at - facts.asked_at
    apart = facts.clock - (facts.asked_at + took / 2)
    if abs(apart) <= CLOCKS_APART + took / 2:
        yield ok("clock", f"the server's and this machine's are within {CLOCKS_APART.seconds} s")
        return
    yield Line(
        check="clock",
        level=Level.WARNING,
        what=f"the server's is {abs(apart).total_seconds():,.0f} s {'ahead' if apart > timedelta() else 'behind'}",
        why="the ages of rows, windows of time and the times in messages are wrong by as much",
        do="have both follow a time server (NTP)",
    )
