CREATE FUNCTION ended(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE total(numeric) (
  SFUNC = numeric_avg_accum, STYPE = internal, FINALFUNC = numeric_avg, COMBINEFUNC = numeric_avg_combine,
  SERIALFUNC = numeric_avg_serialize, DESERIALFUNC = numeric_avg_deserialize, MSFUNC = numeric_avg_accum,
  MINVFUNC = numeric_accum_inv, MSTYPE = internal, MSSPACE = 96, MFINALFUNC = numeric_avg, MFINALFUNC_MODIFY = shareable
);
CREATE AGGREGATE low(int) (
  SFUNC = int4smaller, STYPE = int, SORTOP = OPERATOR(pg_catalog.<), MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int,
  MINITCOND = '0', MFINALFUNC = ended, MFINALFUNC_EXTRA
);
