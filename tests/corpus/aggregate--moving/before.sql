CREATE FUNCTION ended(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE total(numeric) (SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_avg);
CREATE AGGREGATE low(int) (SFUNC = int4smaller, STYPE = int);
