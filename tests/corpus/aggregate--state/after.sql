CREATE FUNCTION int8_plus(bigint, int) RETURNS bigint LANGUAGE sql AS 'SELECT $1 + $2';
CREATE FUNCTION halved(bigint, int) RETURNS numeric LANGUAGE sql AS 'SELECT $1 / 2.0';
CREATE AGGREGATE total(number int) (
  SFUNC = int8_plus, STYPE = bigint, SSPACE = 64, FINALFUNC = halved, FINALFUNC_EXTRA, FINALFUNC_MODIFY = read_write,
  COMBINEFUNC = int8pl, INITCOND = '0', PARALLEL = safe
);
