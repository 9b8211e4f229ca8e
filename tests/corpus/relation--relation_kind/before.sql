CREATE TABLE report (id int);
