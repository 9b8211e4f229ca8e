DO $$BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''all of it''', current_database()); END$$;
