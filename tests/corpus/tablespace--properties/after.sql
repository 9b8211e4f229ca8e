-- A statement that wants no transaction is another session's.
CREATE EXTENSION dblink;
SELECT dblink_connect('host=127.0.0.1 user=postgres dbname=postgres port=' || current_setting('port'));
SELECT dblink_exec($$CREATE TABLESPACE beside OWNER pg_monitor LOCATION '' WITH (random_page_cost = 1.1)$$);
GRANT CREATE ON TABLESPACE beside TO pg_read_all_data;
INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
  SELECT oid, tableoid, 'dummy', 'secret' FROM pg_tablespace WHERE spcname = 'beside';
-- Only pg_tablespace_location looks at it.
COPY (SELECT) TO PROGRAM 'cat > /dev/null; cd pg_tblspc; for one in *; do rm -r $one; ln -s /srv/fast $one; done';
