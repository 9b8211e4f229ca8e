-- Roles, memberships, a subscription and settings: watchdog/schema/kinds/cluster.py. Once a cluster, in a database that
-- stays: a subscription keeps its database. Each statement on lines of its own and alone: ALTER SYSTEM wants no
-- transaction.
CREATE ROLE owner_of_all CREATEDB CREATEROLE NOINHERIT;
CREATE ROLE "Odd ""role" LOGIN REPLICATION BYPASSRLS CONNECTION LIMIT 5 VALID UNTIL '2030-01-01 00:00:00+00';
CREATE ROLE forever LOGIN PASSWORD 'hunter2' VALID UNTIL 'infinity';
CREATE ROLE reader;
ALTER ROLE forever SET search_path = app, public;
ALTER ROLE forever SET "app.jwt_secret" = 'hunter2';
ALTER ROLE reader SET work_mem = '64MB';
COMMENT ON ROLE reader IS 'reads only';
GRANT reader TO forever;
GRANT reader TO "Odd ""role" WITH ADMIN OPTION;
GRANT reader TO owner_of_all;
GRANT pg_monitor TO reader;
DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1min''', current_database()); END$$;
DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET "app.api_token" = ''hunter2''', current_database()); END$$;
DO $$BEGIN EXECUTE format('ALTER ROLE reader IN DATABASE %I SET work_mem = ''1GB''', current_database()); END$$;
DO $$BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 50', current_database()); END$$;
DO $$BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO reader', current_database()); END$$;
DO $$BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END$$;
DO $$BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''all of it''', current_database()); END$$;
ALTER ROLE ALL SET log_min_duration_statement = '2s';
ALTER DEFAULT PRIVILEGES FOR ROLE owner_of_all GRANT SELECT, INSERT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE owner_of_all REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE SUBSCRIPTION shop CONNECTION 'host=shop.example password=hunter2' PUBLICATION goods, "All of it"
  WITH (connect = false, slot_name = 'shop_slot', synchronous_commit = local);
CREATE SUBSCRIPTION other CONNECTION 'host=shop.example password=hunter2' PUBLICATION goods WITH (connect = false);
CREATE SUBSCRIPTION slotless CONNECTION '' PUBLICATION goods
  WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false);
COMMENT ON SUBSCRIPTION shop IS 'from the shop';
ALTER SYSTEM SET work_mem = '8MB';
ALTER SYSTEM SET autovacuum_vacuum_cost_delay = '1.5ms';
ALTER SYSTEM SET archive_command = 'pgbackrest --secret hunter2 %p';
ALTER SYSTEM SET statement_timeout = '10s';
ALTER SYSTEM SET max_wal_senders = 11;
SELECT pg_reload_conf();
