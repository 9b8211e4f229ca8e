CREATE TABLE t (a varchar(10), b int, c numeric(8,2), d int NOT NULL, e int NOT NULL);
