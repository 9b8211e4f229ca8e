CREATE TABLE events (id int) WITH (fillfactor = 70);
CREATE VIEW open_events WITH (security_invoker = true) AS SELECT 1 AS id;
