CREATE TABLE t (a int);
CREATE INDEX i ON t (a);
CREATE INDEX j ON t (a);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass;
UPDATE pg_index SET indisready = false WHERE indexrelid = 'j'::regclass;
