CREATE TABLE t (total numeric(10,2), name varchar(10), at timestamptz);
