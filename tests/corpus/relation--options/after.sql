CREATE TABLE events (id int) WITH (fillfactor = 90, autovacuum_enabled = off);
CREATE VIEW open_events AS SELECT 1 AS id;
