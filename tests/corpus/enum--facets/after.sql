CREATE TYPE mood AS ENUM ('sad', 'ok');
ALTER TYPE mood OWNER TO pg_monitor;
REVOKE USAGE ON TYPE mood FROM PUBLIC;
GRANT USAGE ON TYPE mood TO pg_read_all_data WITH GRANT OPTION;
COMMENT ON TYPE mood IS 'as agreed';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_type WHERE typname = 'mood';
