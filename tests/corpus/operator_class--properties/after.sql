CREATE OPERATOR FAMILY ints USING btree;
CREATE OPERATOR FAMILY others USING btree;
CREATE OPERATOR FAMILY shapes USING gist;
CREATE OPERATOR CLASS one FOR TYPE bigint USING btree FAMILY others AS OPERATOR 1 <, FUNCTION 1 btint8cmp(bigint, bigint);
CREATE OPERATOR CLASS two DEFAULT FOR TYPE line USING gist FAMILY shapes AS
  FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal), STORAGE box;
