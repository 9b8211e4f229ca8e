CREATE EXTENSION dblink;
SELECT dblink_connect('host=127.0.0.1 user=postgres dbname=postgres port=' || current_setting('port'));
SELECT dblink_exec($$CREATE TABLESPACE solid LOCATION ''$$);
CREATE TABLE t (id int CONSTRAINT t_pkey PRIMARY KEY USING INDEX TABLESPACE solid) TABLESPACE solid;
CREATE INDEX t_id ON t (id) TABLESPACE solid;
