CREATE TABLE t (gone int, b text, a int);
ALTER TABLE t DROP COLUMN gone;
