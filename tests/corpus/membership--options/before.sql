CREATE ROLE app;
CREATE ROLE reader;
GRANT reader TO app;
