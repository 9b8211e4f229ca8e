CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de');
ALTER COLLATION german OWNER TO pg_monitor;
COMMENT ON COLLATION german IS 'as in the phone book';
-- As after an upgrade of the library and REFRESH VERSION.
UPDATE pg_collation SET collversion = '1.2.3' WHERE collname = 'german';
