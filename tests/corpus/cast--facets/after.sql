CREATE CAST (text AS int4range) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (text AS int4range) IS 'as agreed';
