-- A role for schema-watchdog: it sees every definition and every statistic, and can change nothing.
--
--   psql "postgresql://admin@host/mydb" -f config/role.sql
--   psql "postgresql://admin@host/mydb" -v count=public,shop -v sequences=public -v migrations=public.schema_migrations \
--     -f config/role.sql
--
-- Run it in each database that is watched. It may run again: it brings the role to what stands here, and takes nothing
-- away that somebody else granted. It needs no superuser: CREATEROLE, and from PostgreSQL 16 on ADMIN OPTION on
-- pg_monitor, as managed servers give their administrators; for the optional parts whoever owns the tables, or the
-- schema. Give the role a password afterwards, which then is in no file and in no history: \password schema_watchdog
--
-- Variables (-v NAME=VALUE), all of them optional:
--   role         its name; schema_watchdog
--   connections  how many it may have at once; 5
--   count        schemas, with commas between them, whose tables it may count
--   sequences    schemas whose sequences it may look at
--   migrations   the migration tool's own table, with its schema
--   guards       yes: its sessions begin read-only, and with limits of time
--   close_public yes: nobody may make objects in the schema public but those to whom that is granted

\set ON_ERROR_STOP on
\if :{?role}
\else
  \set role schema_watchdog
\endif
\if :{?connections}
\else
  \set connections 5
\endif
\if :{?guards}
\else
  \set guards no
\endif
\if :{?close_public}
\else
  \set close_public no
\endif

BEGIN;

-- LOGIN and nothing else: no SUPERUSER, no CREATEDB, no CREATEROLE, no REPLICATION, no BYPASSRLS.
SELECT pg_catalog.format('CREATE ROLE %I LOGIN', :'role')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'role')
\gexec

-- Few, so that nothing it does can use up the connections that the application needs: the daemon keeps one a database,
-- and each command that a person runs takes one more.
ALTER ROLE :"role" CONNECTION LIMIT :connections;

-- To connect at all, where that was taken from PUBLIC.
SELECT pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', pg_catalog.current_database(), :'role')
WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CONNECT WITH GRANT OPTION')
\gexec

-- Definitions may be read by everybody in PostgreSQL, whoever owns them. What only pg_monitor may read beyond that:
-- all settings (pg_read_all_settings), of which some are hidden; what other sessions run, so that a migration in flight
-- is known for one; and all of pg_stat_statements (both pg_read_all_stats). It may read no row of any table.
GRANT pg_monitor TO :"role";

\if :{?count}
  -- So that a suspected loss of rows is counted before anybody is told, and that the newest row can be asked for its age.
  -- USAGE opens the schema, and SELECT lets it read rows, which is more than the watchdog needs: it counts, and asks for
  -- the newest value of a column that the configuration names. One column will do, to whoever has secrets in the others:
  -- GRANT SELECT (id) ON TABLE ... Tables that are made later need this again, or ALTER DEFAULT PRIVILEGES by their owner.
  SELECT pg_catalog.format(statement, name, :'role')
  FROM pg_catalog.regexp_split_to_table(:'count', '\s*,\s*') AS name,
    (VALUES (1, 'GRANT USAGE ON SCHEMA %I TO %I'), (2, 'GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I'))
      AS grants (number, statement)
  ORDER BY name, number
  \gexec
\endif

\if :{?sequences}
  -- How full a sequence or an identity column is, is shown only to those who may use it or read it. SELECT lets it read;
  -- USAGE would let it take numbers.
  SELECT pg_catalog.format(statement, name, :'role')
  FROM pg_catalog.regexp_split_to_table(:'sequences', '\s*,\s*') AS name,
    (VALUES (1, 'GRANT USAGE ON SCHEMA %I TO %I'), (2, 'GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I'))
      AS grants (number, statement)
  ORDER BY name, number
  \gexec
\endif

\if :{?migrations}
  -- Which migrations have run stands in the tool's own table and nowhere else.
  SELECT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', (pg_catalog.parse_ident(:'migrations'))[1], :'role')
  \gexec
  GRANT SELECT ON TABLE :migrations TO :"role";
\endif

\if :guards
  -- Each look of the watchdog is READ ONLY and has closer bounds of its own: these are for whatever else logs in as this
  -- role, such as a person with psql. They have a price: what a role's own setting covers cannot be seen any more, so that
  -- the server's own values of these four are not watched; and target_session_attrs=read-write fits no server then, as
  -- primary does.
  ALTER ROLE :"role" SET default_transaction_read_only = on;
  ALTER ROLE :"role" SET statement_timeout = '60s';
  ALTER ROLE :"role" SET lock_timeout = '2s';
  ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '60s';
\endif

\if :close_public
  -- Before PostgreSQL 15 everybody may make tables in the schema public, this role too. It concerns all roles: whoever
  -- makes tables there needs CREATE by name first.
  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
\endif

COMMIT;

\echo 'The role may log in. Give it a password, in psql: \\password' :"role"
