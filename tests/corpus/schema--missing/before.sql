CREATE SCHEMA audit;
CREATE TABLE audit.log (id int PRIMARY KEY);
