CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE FUNCTION f() RETURNS language_handler LANGUAGE c AS 'plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION series(int, int) RETURNS SETOF int LANGUAGE internal SUPPORT generate_series_int4_support
  AS 'generate_series_int4';
CREATE FUNCTION changed(int) RETURNS int TRANSFORM FOR TYPE int LANGUAGE sql AS 'SELECT $1';
