CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int, parent_id int, n int);
