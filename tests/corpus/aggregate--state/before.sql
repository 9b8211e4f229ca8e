CREATE FUNCTION int8_plus(bigint, int) RETURNS bigint LANGUAGE sql AS 'SELECT $1 + $2';
CREATE FUNCTION halved(bigint, int) RETURNS numeric LANGUAGE sql AS 'SELECT $1 / 2.0';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
