CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int UNIQUE, parent_id int REFERENCES parent ON DELETE CASCADE, n int, CHECK (n > 0));
