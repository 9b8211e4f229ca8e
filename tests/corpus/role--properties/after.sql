CREATE ROLE app SUPERUSER NOINHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS CONNECTION LIMIT 5
  VALID UNTIL '2040-01-01 00:00:00+00';
ALTER ROLE app SET search_path = app, public;
ALTER ROLE app SET "app.jwt_secret" = 'hunter2';
INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
  SELECT oid, 'pg_authid'::regclass, 'dummy', 'public' FROM pg_authid WHERE rolname = 'app';
