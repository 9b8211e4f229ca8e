-- What came with 14: bodies that are parsed, and procedures with OUT arguments.
CREATE FUNCTION routine_room.counted(since date DEFAULT '2020-02-01') RETURNS bigint LANGUAGE sql
BEGIN ATOMIC
  SELECT count(*) FROM pg_class WHERE relname > since::text;
END;
CREATE FUNCTION routine_room.three() RETURNS integer RETURN 3;
CREATE PROCEDURE routine_room.given(a integer, OUT b integer) LANGUAGE sql AS 'SELECT 1';
