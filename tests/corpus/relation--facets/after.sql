CREATE TABLE t (id int);
ALTER TABLE t OWNER TO pg_database_owner;
GRANT SELECT ON t TO pg_monitor;
GRANT MAINTAIN ON t TO pg_monitor;
COMMENT ON TABLE t IS 'all orders';
SET allow_system_table_mods = on;
INSERT INTO pg_seclabel VALUES ('t'::regclass, 'pg_class'::regclass, 0, 'selinux', 'secret');
