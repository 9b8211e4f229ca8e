CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE heap_table (name text) USING heap2 WITH (toast.autovacuum_enabled = off);
CREATE TYPE row_type AS (id int);
CREATE TABLE typed OF row_type;
