CREATE TYPE place AS (name text, at point);
ALTER TYPE place OWNER TO pg_monitor;
REVOKE USAGE ON TYPE place FROM PUBLIC;
GRANT USAGE ON TYPE place TO pg_read_all_data WITH GRANT OPTION;
COMMENT ON TYPE place IS 'as agreed';
COMMENT ON COLUMN place.at IS 'on the map';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_type WHERE typname = 'place';
