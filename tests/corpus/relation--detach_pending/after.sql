CREATE TABLE e (id int) PARTITION BY LIST (id);
CREATE TABLE e_1 PARTITION OF e FOR VALUES IN (1);
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'e_1'::regclass;
