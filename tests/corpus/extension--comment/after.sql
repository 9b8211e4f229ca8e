CREATE EXTENSION hstore;
COMMENT ON EXTENSION hstore IS 'of the old shop';
