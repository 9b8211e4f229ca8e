"""Which calls send a statement, by their names: a program's types are not known here."""

# Of pg, postgres.js, pg-promise, knex, Prisma, TypeORM, Sequelize and slonik; of psycopg, asyncpg, SQLAlchemy,
# databases and pandas.
SENDING = frozenset(
    """
    query queryRaw execute executeRaw exec raw prepare unsafe queryRawUnsafe executeRawUnsafe queryArray queryObject
    none one oneOrNone many manyOrNone any maybeOne oneFirst anyFirst manyFirst multi multiResult
    QueryStream Cursor PreparedStatement ParameterizedQuery
    executemany executescript execute_many execute_values execute_batch exec_driver_sql
    fetch fetchrow fetchval fetchmany fetch_all fetch_one fetch_val iterate cursor mogrify text SQL
    read_sql read_sql_query scalars scalar fetchall
    """.split()
)
# Of those, the ones whose statement may be somewhere else in the program, so that it is told where it is not found.
HANDING = frozenset(
    """
    query execute queryRawUnsafe executeRawUnsafe unsafe executemany fetchrow fetchval fetch exec_driver_sql
    """.split()
)
# What a connection is called. Others than connections have a `query` or an `execute` too.
_CONNECTIONS = (
    "pool", "db", "database", "conn", "connection", "cursor", "cur", "pg", "sql", "tx", "trx", "transaction", "prisma",
    "knex", "sequelize", "datasource", "pgclient", "dbclient", "postgres", "session", "engine", "client",
)  # fmt: skip
_OTHERS = ("apollo", "graphql", "queryclient", "http", "redis", "elastic", "api")
# What is for people, whatever it begins with.
_SPEAKING = frozenset(
    """
    log info warn warning error debug trace print exception critical fatal describe it test t i18n gettext _ alert
    fail skip console
    """.split()
)


def sends(name: str) -> bool:
    return name.removeprefix("$") in SENDING


def hands(name: str, receiver: str) -> bool:
    """Whether the call sends the value of what is passed to it, to a database by the name of what it is called on."""
    last = receiver.strip("_#").lower()
    return (
        name.removeprefix("$") in HANDING
        and last.endswith(_CONNECTIONS)
        and not any(other in last for other in _OTHERS)
    )


def speaks(name: str) -> bool:
    return name in _SPEAKING or name.endswith(("Error", "Exception", "Warning"))
