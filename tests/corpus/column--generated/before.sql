CREATE TABLE t (n int, double int GENERATED ALWAYS AS (n * 2) STORED, triple int GENERATED ALWAYS AS (n * 3) STORED);
