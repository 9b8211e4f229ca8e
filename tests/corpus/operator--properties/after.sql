CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE internal AS 'int4eq';
CREATE OPERATOR <!> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4ne);
CREATE OPERATOR <=> (
  LEFTARG = int, RIGHTARG = int, FUNCTION = same, COMMUTATOR = <=>, NEGATOR = <!>, RESTRICT = eqsel,
  JOIN = eqjoinsel, HASHES, MERGES
);
CREATE OPERATOR @ (RIGHTARG = int, FUNCTION = float8);
