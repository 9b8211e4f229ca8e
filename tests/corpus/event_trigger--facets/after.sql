CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER guard ON ddl_command_end EXECUTE FUNCTION told();
-- Only a superuser may be given one, and there is only one.
UPDATE pg_event_trigger SET evtowner = 'pg_monitor'::regrole;
COMMENT ON EVENT TRIGGER guard IS 'as agreed';
-- No provider of labels comes with the server.
INSERT INTO pg_seclabel SELECT oid, tableoid, 0, 'any', 'secret' FROM pg_event_trigger WHERE evtname = 'guard';
