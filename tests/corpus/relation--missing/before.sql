CREATE TABLE orders (id serial PRIMARY KEY, total numeric(10,2) CHECK (total > 0));
CREATE INDEX ON orders (total);
