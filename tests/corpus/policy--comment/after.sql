CREATE TABLE t (id int);
CREATE POLICY p ON t;
COMMENT ON POLICY p ON t IS 'everybody';
