CREATE TABLE t (n int, double int GENERATED ALWAYS AS (n + n) STORED, triple int);
