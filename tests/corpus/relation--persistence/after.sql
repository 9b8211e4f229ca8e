CREATE UNLOGGED TABLE events (id int);
