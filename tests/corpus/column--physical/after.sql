CREATE TABLE t (a text STORAGE EXTERNAL, b text COMPRESSION pglz, c text, d text);
ALTER TABLE t ALTER c SET STATISTICS 500, ALTER d SET (n_distinct = 7);
