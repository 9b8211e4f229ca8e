CREATE TYPE place AS (name text, at point);
