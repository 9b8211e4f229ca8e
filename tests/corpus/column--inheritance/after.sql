CREATE TABLE parent (id int);
CREATE TABLE child (id int) INHERITS (parent);
