-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY account_name_trgm ON account USING gin (name gin_trgm_ops);

-- migrate:down
