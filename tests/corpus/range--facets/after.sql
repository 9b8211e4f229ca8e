CREATE TYPE dates AS RANGE (SUBTYPE = date);
ALTER TYPE dates OWNER TO pg_monitor;
REVOKE USAGE ON TYPE dates FROM PUBLIC;
GRANT USAGE ON TYPE dates TO pg_read_all_data WITH GRANT OPTION;
COMMENT ON TYPE dates IS 'as agreed';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_type WHERE typname = 'dates';
