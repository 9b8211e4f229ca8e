CREATE TYPE point3 AS (x float8, y float8);
CREATE TYPE tag AS (name text COLLATE "C");
