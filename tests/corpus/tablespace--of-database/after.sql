UPDATE pg_tablespace SET spcname = 'fast' WHERE oid = 1663;
