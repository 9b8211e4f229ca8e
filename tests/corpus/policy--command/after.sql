CREATE TABLE t (owner text);
CREATE POLICY own ON t FOR ALL USING (true);
