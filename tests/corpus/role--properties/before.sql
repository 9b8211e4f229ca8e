CREATE ROLE app;
COMMENT ON ROLE app IS 'of the shop';
