CREATE OPERATOR FAMILY ints USING btree;
CREATE OPERATOR FAMILY others USING btree;
CREATE OPERATOR FAMILY shapes USING gist;
CREATE OPERATOR CLASS one FOR TYPE int USING btree FAMILY ints AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int);
CREATE OPERATOR CLASS two FOR TYPE line USING gist FAMILY shapes AS
  FUNCTION 1 gist_point_consistent(internal, point, smallint, oid, internal);
