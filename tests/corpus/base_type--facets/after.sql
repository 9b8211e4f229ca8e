CREATE TYPE pair;
CREATE FUNCTION pair_in(cstring) RETURNS pair LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
CREATE FUNCTION pair_out(pair) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE TYPE pair (INPUT = pair_in, OUTPUT = pair_out, INTERNALLENGTH = 16, ALIGNMENT = double);
ALTER TYPE pair OWNER TO pg_monitor;
REVOKE USAGE ON TYPE pair FROM PUBLIC;
GRANT USAGE ON TYPE pair TO pg_read_all_data WITH GRANT OPTION;
COMMENT ON TYPE pair IS 'as agreed';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_type WHERE typname = 'pair';
