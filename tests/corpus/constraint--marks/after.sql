CREATE TABLE parent (id int, CONSTRAINT positive CHECK (id > 0));
CREATE TABLE child (CONSTRAINT positive CHECK (id > 0)) INHERITS (parent);
CREATE TABLE t (id int CONSTRAINT t_pkey PRIMARY KEY WITH (fillfactor = 70));
CLUSTER t USING t_pkey;
COMMENT ON CONSTRAINT t_pkey ON t IS 'its number';
COMMENT ON INDEX t_pkey IS 'its index';
