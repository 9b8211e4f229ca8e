CREATE TABLE t (a varchar(20), b bigint, c numeric(10,2), d int NOT NULL DEFAULT 1, e int);
