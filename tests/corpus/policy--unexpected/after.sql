CREATE TABLE t (owner text);
CREATE POLICY everyone ON t AS RESTRICTIVE TO pg_monitor USING (true) WITH CHECK (owner <> '');
