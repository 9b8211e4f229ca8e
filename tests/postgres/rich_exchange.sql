-- Extensions, publications and foreign data: every kind and attribute of watchdog/schema/kinds/exchange.py, but for
-- subscriptions, which keep their database from being dropped (rich_cluster.sql), and what came after 13.
CREATE SCHEMA trade;
CREATE EXTENSION fuzzystrmatch SCHEMA trade;
COMMENT ON EXTENSION fuzzystrmatch IS 'how names sound';

CREATE TABLE trade.goods (id integer PRIMARY KEY, name text, price numeric);
CREATE TABLE trade.notes (at timestamptz, text text);
CREATE TABLE trade.deals (id integer, region text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE trade.deals_eu PARTITION OF trade.deals FOR VALUES IN ('eu');
CREATE TABLE trade."Odd ""name" ("a b" integer);
GRANT SELECT (name), UPDATE (price) ON trade.goods TO pg_monitor;
GRANT ALL ON trade.goods TO pg_read_all_stats WITH GRANT OPTION;
REVOKE UPDATE ON trade.goods FROM postgres;
GRANT SELECT ON trade.notes TO PUBLIC;
REVOKE SELECT ON trade.notes FROM PUBLIC;
CREATE FUNCTION trade.secret() RETURNS integer LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION trade.secret() FROM PUBLIC;
CREATE DOMAIN trade.money AS numeric;
REVOKE USAGE ON DOMAIN trade.money FROM PUBLIC;
GRANT USAGE ON SCHEMA trade TO pg_monitor;
CREATE SEQUENCE trade.numbers;
GRANT USAGE ON SEQUENCE trade.numbers TO PUBLIC;
COMMENT ON COLUMN trade.goods.price IS 'net';
COMMENT ON TABLE trade.goods IS 'what is sold';

CREATE PUBLICATION goods FOR TABLE trade.goods, trade.notes, trade.deals, trade."Odd ""name"
  WITH (publish = 'insert, update', publish_via_partition_root = true);
COMMENT ON PUBLICATION goods IS 'to the shop';
ALTER PUBLICATION goods OWNER TO pg_monitor;
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, truncate');
CREATE PUBLICATION nothing;

CREATE FOREIGN DATA WRAPPER trade_wrapper VALIDATOR postgresql_fdw_validator;
GRANT USAGE ON FOREIGN DATA WRAPPER trade_wrapper TO pg_monitor WITH GRANT OPTION;
COMMENT ON FOREIGN DATA WRAPPER trade_wrapper IS 'of the shop';
CREATE FOREIGN DATA WRAPPER trade_bare OPTIONS (debug 'true', api_token 'hunter2');
CREATE SERVER trade_server TYPE 'shop' VERSION '1.0' FOREIGN DATA WRAPPER trade_wrapper
  OPTIONS (host 'shop.example', dbname 'shop', port '5432');
CREATE SERVER trade_bare FOREIGN DATA WRAPPER trade_bare OPTIONS (uri 'https://me:hunter2@shop.example/');
GRANT USAGE ON FOREIGN SERVER trade_server TO pg_monitor;
COMMENT ON SERVER trade_server IS 'the shop';
CREATE USER MAPPING FOR PUBLIC SERVER trade_server OPTIONS (user 'reader', password 'hunter2');
CREATE USER MAPPING FOR pg_monitor SERVER trade_server OPTIONS (user 'monitor', password 'hunter2');
CREATE USER MAPPING FOR postgres SERVER trade_bare;
CREATE FOREIGN TABLE trade.far (id integer OPTIONS (column_name 'ID'), name text) SERVER trade_bare
  OPTIONS (table_name 'goods', schema_name 'shop', access_key 'hunter2');
CREATE FOREIGN TABLE trade.farther (id integer) SERVER trade_server;

ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor IN SCHEMA trade GRANT ALL ON SEQUENCES TO pg_read_all_stats;
ALTER DEFAULT PRIVILEGES IN SCHEMA trade GRANT USAGE ON TYPES TO pg_monitor WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO pg_monitor;
