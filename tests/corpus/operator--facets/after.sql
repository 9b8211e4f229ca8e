CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
ALTER OPERATOR <+> (int, int) OWNER TO pg_monitor;
COMMENT ON OPERATOR <+> (int, int) IS 'as agreed';
