CREATE SCHEMA "Odd ""name""";
CREATE VIEW "Odd ""name""".v AS SELECT 1 AS one;
