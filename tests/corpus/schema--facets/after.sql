CREATE SCHEMA app AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA app TO pg_monitor;
COMMENT ON SCHEMA app IS 'the application';
SET allow_system_table_mods = on;
INSERT INTO pg_seclabel VALUES ('app'::regnamespace, 'pg_namespace'::regclass, 0, 'selinux', 'secret');
