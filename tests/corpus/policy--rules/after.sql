CREATE TABLE t (owner text);
CREATE POLICY own ON t AS RESTRICTIVE TO pg_read_all_data, pg_monitor USING (true) WITH CHECK (owner = 'b');
