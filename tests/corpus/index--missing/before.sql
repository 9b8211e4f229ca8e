CREATE TABLE t (a int, b text);
CREATE INDEX t_a ON t (a);
CREATE UNIQUE INDEX "T b" ON t (lower(b)) WHERE a > 0;
