CREATE TABLE t (total text, name varchar(20), at timestamp);
