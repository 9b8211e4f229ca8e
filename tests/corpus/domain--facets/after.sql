CREATE DOMAIN cents AS int CONSTRAINT low CHECK (VALUE >= 0);
ALTER DOMAIN cents OWNER TO pg_monitor;
REVOKE USAGE ON TYPE cents FROM PUBLIC;
GRANT USAGE ON TYPE cents TO pg_read_all_data WITH GRANT OPTION;
COMMENT ON DOMAIN cents IS 'as agreed';
COMMENT ON CONSTRAINT low ON DOMAIN cents IS 'no debts';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_type WHERE typname = 'cents';
