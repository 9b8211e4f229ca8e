CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION f(int) OWNER TO pg_monitor;
REVOKE EXECUTE ON FUNCTION f(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f(int) TO pg_read_all_data;
COMMENT ON FUNCTION f(int) IS 'as agreed';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_proc WHERE proname = 'f';
CREATE EXTENSION hstore;
ALTER FUNCTION f(int) DEPENDS ON EXTENSION hstore;
