"""A shop's schema, and statements that are planned on it."""

import asyncio

from watchdog.postgres.connection import Connection
from watchdog.postgres.planning import Bounds, plan
from watchdog.queries.plan import PLANS, Plan

SLEEP_SECONDS = 30
SHOP = f"""
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN always AS text NOT NULL;
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, mood mood, note text);
CREATE TABLE lines (order_id bigint REFERENCES orders, line int, text always, UNIQUE (order_id, line));
CREATE TABLE log (line text);
CREATE SEQUENCE counter;
CREATE FUNCTION vat(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 * 0.19';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
CREATE FUNCTION twice(date) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION writes(text) RETURNS text VOLATILE LANGUAGE plpgsql
  AS 'BEGIN INSERT INTO log VALUES ($1); RETURN $1; END';
CREATE FUNCTION lies(text) RETURNS text IMMUTABLE SECURITY DEFINER LANGUAGE plpgsql
  AS 'BEGIN PERFORM nextval(''counter''); INSERT INTO log VALUES ($1); RETURN $1; END';
CREATE FUNCTION slow(text) RETURNS text IMMUTABLE LANGUAGE plpgsql
  AS 'BEGIN PERFORM pg_sleep({SLEEP_SECONDS}); RETURN $1; END';
"""
GIVE_UP = Bounds(lock=0.2, statement=10)


def planned(dsn: str, *statements: str, search_path: str | None = None, bounds: Bounds = GIVE_UP) -> tuple[Plan, ...]:
    async def run() -> tuple[Plan, ...]:
        connection = Connection(dsn)
        try:
            found = await plan(connection, statements, search_path, bounds)
            # Whatever was asked, the next look finds a connection that works.
            assert (await plan(connection, ["SELECT 1", "SELECT nowhere"]))[0] == PLANS
            return found
        finally:
            await connection.close()

    return asyncio.run(run())


def verdicts(plans: tuple[Plan, ...]) -> list[tuple[str, str]]:
    return [(each.verdict, each.sqlstate) for each in plans]
