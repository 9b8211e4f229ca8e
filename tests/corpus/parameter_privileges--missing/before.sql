GRANT SET ON PARAMETER work_mem TO pg_monitor;
