CREATE TABLE events (id int);
