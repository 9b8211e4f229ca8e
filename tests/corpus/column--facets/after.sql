CREATE TABLE t (id int);
COMMENT ON COLUMN t.id IS 'its number';
SET allow_system_table_mods = on;
INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 1, 'selinux', 'secret');
