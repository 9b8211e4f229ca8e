"""What went wrong with a connection, in words that hold no secret, and what to do about it."""

import traceback

import asyncpg

from watchdog.address import unknown
from watchdog.postgres.opening import HostsError, ParameterError, Settled, unused_passfile
from watchdog.postgres.tls import advice, plain
from watchdog.sqltext import visible

# What has words of its own. Anything else comes from asyncpg's inside: an answer that it did not expect, or the DSN.
SPEAKING = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError, ParameterError)

_WHO = "see to the user and the password, and to the server's pg_hba.conf"
_POOLER = {
    "statement pooling mode": "a look takes a transaction: set pool_mode = transaction or session for this database in"
    " pgbouncer.ini, or go past PgBouncer",
    "unsupported startup parameter": "PgBouncer refuses it: leave it out of the DSN, or add it to"
    " ignore_startup_parameters in pgbouncer.ini",
    "query_wait_timeout": "PgBouncer had no connection to the server for it in time: see its default_pool_size",
}


def words(error: Exception) -> str:
    """The error's own words on one line, where they can hold no secret; some errors have none, a timeout for one."""
    if not isinstance(error, SPEAKING):
        if _is_of_the_dsn(error):
            return "the DSN cannot be understood (are special characters in its password percent-encoded?)"
        return f"an answer that cannot be understood ({type(error).__name__}); is it PostgreSQL?"
    return plain(" ".join(str(error).split())) or (
        "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
    )


def advice_on(error: Exception, settled: Settled | None) -> str:
    """What to do about it, where the words do not say it."""
    of_tls = advice(error, settled.tls) if settled else None
    match error:
        case _ if of_tls:
            what = of_tls
        case _ if pooler := of_pooler(error):
            what = pooler
        case asyncpg.InvalidAuthorizationSpecificationError():
            what = (settled and unused_passfile(settled)) or _WHO
        case asyncpg.InsufficientPrivilegeError():
            what = "GRANT CONNECT ON DATABASE ... TO the role, as config/role.sql does"
        case asyncpg.TooManyConnectionsError():
            what = "see max_connections there, and the CONNECTION LIMIT of the role and of the database"
        case asyncpg.UndefinedObjectError() | asyncpg.ProtocolViolationError() if settled and unknown(settled.values):
            names = visible(", ".join(unknown(settled.values)))
            what = f"libpq knows no {names} in a DSN, so it was asked of the server as a setting: leave it out"
        case HostsError() | ParameterError():
            what = ""
        case OSError() | TimeoutError():
            what = "is it running there, and can it be reached from here?"
        case _:
            what = ""
    return f" ({what})" if what else ""


def of_pooler(error: Exception) -> str:
    """What to do about a word of PgBouncer's, which speaks with one voice for all that is wrong."""
    return next((advice for words, advice in _POOLER.items() if words in str(error)), "")


def _is_of_the_dsn(error: Exception) -> bool:
    """Whether it was raised before anybody answered: while the DSN was taken apart, or its host looked up."""
    of_the_host = isinstance(error, UnicodeError) and not isinstance(error, UnicodeDecodeError)
    return of_the_host or any(
        frame.f_code.co_name == "_parse_connect_arguments" for frame, _ in traceback.walk_tb(error.__traceback__)
    )
