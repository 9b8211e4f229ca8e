CREATE TABLE t ("group" varchar(10) DEFAULT 'MI''LO', n int, at timestamptz DEFAULT now());
