CREATE TYPE point3 AS (y float8, x float8);
CREATE TYPE tag AS (name text COLLATE "POSIX");
