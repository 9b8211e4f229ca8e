CREATE TRUSTED LANGUAGE mine HANDLER plpgsql_call_handler;
ALTER LANGUAGE mine OWNER TO pg_monitor;
REVOKE USAGE ON LANGUAGE mine FROM PUBLIC;
GRANT USAGE ON LANGUAGE mine TO pg_read_all_data;
COMMENT ON LANGUAGE mine IS 'as agreed';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_language WHERE lanname = 'mine';
