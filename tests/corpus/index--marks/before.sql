CREATE TABLE t (a int, b int);
CREATE INDEX t_expr ON t ((a + b));
CREATE INDEX t_a ON t (a);
