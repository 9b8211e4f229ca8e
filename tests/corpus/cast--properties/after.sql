CREATE FUNCTION "Line"(int) RETURNS line LANGUAGE sql AS $$SELECT '{1,2,3}'::line$$;
CREATE CAST (text AS int4range) WITH INOUT;
CREATE CAST (int AS line) WITH FUNCTION "Line"(int);
