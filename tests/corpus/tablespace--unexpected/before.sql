-- A statement that wants no transaction is another session's.
CREATE EXTENSION dblink;
SELECT dblink_connect('host=127.0.0.1 user=postgres dbname=postgres port=' || current_setting('port'));
