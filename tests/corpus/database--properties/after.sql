DO $$BEGIN
  EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 10', current_database());
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1min''', current_database());
  EXECUTE format('ALTER DATABASE %I SET "app.jwt_secret" = ''hunter2''', current_database());
  EXECUTE format('ALTER ROLE postgres IN DATABASE %I SET work_mem = ''8MB''', current_database());
  EXECUTE format('ALTER DATABASE %I OWNER TO pg_monitor', current_database());
  EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
END$$;
INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
  SELECT oid, tableoid, 'dummy', 'whole' FROM pg_database WHERE datname = current_database();
