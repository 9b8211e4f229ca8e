CREATE OPERATOR CLASS ints FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int);
ALTER OPERATOR FAMILY ints USING btree ADD OPERATOR 2 <= (bigint, int), FUNCTION 1 (bigint, int) btint84cmp(bigint, int);
