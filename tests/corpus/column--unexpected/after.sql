CREATE TABLE t (id int, note text, due date NOT NULL, code int NOT NULL DEFAULT 0, no int NOT NULL GENERATED ALWAYS AS IDENTITY);
