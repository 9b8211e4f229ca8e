CREATE TABLE t (owner text);
CREATE POLICY own ON t TO pg_monitor USING (owner = current_user) WITH CHECK (owner = 'a');
