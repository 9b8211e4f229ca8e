CREATE TABLE t (owner text);
CREATE POLICY own ON t FOR SELECT USING (owner = current_user);
