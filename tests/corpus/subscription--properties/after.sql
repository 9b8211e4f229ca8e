CREATE SUBSCRIPTION shop CONNECTION 'host=two password=hunter2' PUBLICATION goods, people
  WITH (connect = false, slot_name = NONE, synchronous_commit = local, streaming = on, binary = true, origin = none,
  failover = true, two_phase = true, disable_on_error = true, password_required = false, run_as_owner = true);
UPDATE pg_subscription SET subenabled = true, subslotname = 'slot', subowner = 'pg_monitor'::regrole
  WHERE subname = 'shop';
INSERT INTO pg_shseclabel (objoid, classoid, provider, label)
  SELECT oid, tableoid, 'dummy', 'secret' FROM pg_subscription WHERE subname = 'shop';
