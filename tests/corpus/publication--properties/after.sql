CREATE SCHEMA app;
CREATE TABLE app.items (id integer PRIMARY KEY, name text, price numeric);
CREATE PUBLICATION shop
  WITH (publish = 'insert, delete', publish_via_partition_root = true, publish_generated_columns = stored);
ALTER PUBLICATION shop OWNER TO pg_monitor;
INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)
  SELECT oid, tableoid, 0, 'dummy', 'public' FROM pg_publication WHERE pubname = 'shop';
CREATE PUBLICATION schemas FOR TABLES IN SCHEMA app, public;
CREATE PUBLICATION everything;
