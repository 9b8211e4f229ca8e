CREATE TYPE "point 3" AS (x float8);
