CREATE SCHEMA app;
CREATE FOREIGN DATA WRAPPER shops;
CREATE SERVER shop FOREIGN DATA WRAPPER shops;
CREATE SERVER other FOREIGN DATA WRAPPER shops;
CREATE FOREIGN TABLE app.items (id integer) SERVER other OPTIONS (table_name 'items', access_key 'hunter2');
