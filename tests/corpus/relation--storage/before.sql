CREATE TABLE heap_table (name text);
CREATE TYPE row_type AS (id int);
CREATE TABLE typed (id int);
