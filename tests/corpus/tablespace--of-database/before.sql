UPDATE pg_tablespace SET spcname = 'pg_default' WHERE oid = 1663;
