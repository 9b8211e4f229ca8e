-- What came with 15.
GRANT SET ON PARAMETER log_min_duration_statement TO reader;
GRANT ALTER SYSTEM, SET ON PARAMETER work_mem TO "Odd ""role" WITH GRANT OPTION;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE beside OWNER reader LOCATION '' WITH (random_page_cost = 1.1, seq_page_cost = 1);
GRANT CREATE ON TABLESPACE beside TO forever;
COMMENT ON TABLESPACE beside IS 'fast';
