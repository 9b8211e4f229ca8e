CREATE TABLE t ("group" varchar(10) DEFAULT 'milo', n int DEFAULT 1, at timestamptz);
