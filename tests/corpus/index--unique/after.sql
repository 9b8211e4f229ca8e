CREATE TABLE t (a int, b int);
CREATE UNIQUE INDEX t_b ON t (b) WHERE a > 0;
