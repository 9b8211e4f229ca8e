CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
ALTER AGGREGATE total(int) OWNER TO pg_monitor;
REVOKE EXECUTE ON FUNCTION total(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION total(int) TO pg_read_all_data;
COMMENT ON AGGREGATE total(int) IS 'as agreed';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_proc WHERE proname = 'total';
