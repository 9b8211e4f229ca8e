CREATE DOMAIN code AS varchar(12);
