CREATE TABLE copy_of_orders (id bigint NOT NULL, note text DEFAULT 'x');
CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n;
