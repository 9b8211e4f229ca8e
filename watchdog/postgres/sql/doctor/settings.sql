-- The server's settings as they are without our own SET LOCAL. What the role may not see is not there.
select name, reset_val as value from pg_settings where name = any($1::text[]) and reset_val is not null
