"""A random schema altered by random DDL: the comparison finds nothing exactly when two dumps of it are equal.

pg_dump is another program by other people, so it is the judge. A run is told by its seed: RANDOM_DDL_SEED makes it
again, RANDOM_DDL_STEPS makes it longer, RANDOM_DDL_FORMS=word takes only the forms in which that word stands.
"""
# ruff: noqa: E501, S311 a form is one line; chance is no secret

import asyncio
import difflib
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import asyncpg
import msgspec
import pytest

from tests.conftest import missing_component
from tests.postgres.looks import OF_DATABASES, changes, rich
from tests.servers.query import sql
from tests.servers.servers import Server
from watchdog.postgres.capture import capture
from watchdog.postgres.connection import Connection, Timeouts
from watchdog.postgres.psql import _program
from watchdog.schema.diff import Change
from watchdog.schema.kinds import sql_name
from watchdog.schema.snapshot import ObjectId, Snapshot
from watchdog.sqltext import qualified, quote_ident

SEED = int(os.environ.get("RANDOM_DDL_SEED", "1"))
STEPS = int(os.environ.get("RANDOM_DDL_STEPS", "20"))
WORD = os.environ.get("RANDOM_DDL_FORMS", "")
ATTEMPTS = 6  # to make a statement of a form that the server takes
PATIENT = Timeouts(connect=10, lock=5, statement=30)
PARTS = 3  # each a database of its own, for as many workers

# Where the two rightly disagree. What the comparison alone sees, with the reason why pg_dump does not show it:
NOT_IN_DUMPS: Mapping[tuple[str, str | None], str] = {
    ("view", "populated"): "a dump of the schema leaves every materialized view unpopulated",
    ("index", "valid"): "an invalid index is left out of dumps, or dumped as if it were whole",
    ("extension", "version"): "a dump takes the version that the other server has",
    ("constraint", "enabled"): "the triggers that enforce a foreign key are in no dump",
}
# What a dump alone shows, as a pattern of its entries (but for the group), with the reason why the comparison is silent:
NOT_COMPARED: Mapping[str, str] = {
    r"(?m)^(    password )'.*'": "a secret is compared by its name only",
    r"^()-- ACL\n(?:.* ON (?:FUNCTION pg_catalog\.|LANGUAGE (?:plpgsql|sql) ).*\n?)+": "what initdb made is not compared",
}

# One form a line. {a|b} is one of a and b, {word} something there is (PICKERS) or a part of a form (PARTS_OF_FORMS),
# {holder} the relation of what was picked.
FORMS = """
CREATE SCHEMA {new}
CREATE TABLE {schema}.{new} (id {integer} {PRIMARY KEY|UNIQUE|NOT NULL|GENERATED ALWAYS AS IDENTITY|}, {fields})
CREATE {UNLOGGED |}TABLE {schema}.{new} ({fields}) {WITH (fillfactor = {n})|USING routine_heap|}
CREATE TABLE {schema}.{new} (LIKE {table} {INCLUDING ALL|INCLUDING DEFAULTS|INCLUDING CONSTRAINTS|})
CREATE TABLE {schema}.{new} (extra {type}) INHERITS ({table})
CREATE TABLE {schema}.{new} OF {composite}
CREATE TABLE {schema}.{new} AS SELECT * FROM {relation} WITH NO DATA
CREATE TABLE {schema}.{new} (a {integer}, b text, {fields}) PARTITION BY {RANGE|LIST|HASH} ({a|b|(a + 1)})
CREATE TABLE {schema}.{new} PARTITION OF {parent} DEFAULT
CREATE TABLE {schema}.{new} PARTITION OF {parent} FOR VALUES IN ({text}, NULL)
CREATE TABLE {schema}.{new} PARTITION OF {parent} FOR VALUES FROM ({n}) TO (MAXVALUE)
CREATE TABLE {schema}.{new} PARTITION OF {parent} FOR VALUES WITH (MODULUS 4, REMAINDER {0|1|2|3})
CREATE TABLE {schema}.{new} PARTITION OF {parent} FOR VALUES FROM ('2030-01-0{1|2|3}') TO ('2031-01-01')
ALTER TABLE {parent} ATTACH PARTITION {table} {DEFAULT|FOR VALUES IN ({text})|FOR VALUES FROM ('2040-01-01') TO ('2041-01-01')}
ALTER TABLE {parent_of_partition} DETACH PARTITION {partition}
ALTER TABLE {table} {INHERIT|NO INHERIT} {table}
ALTER TABLE app.child {INHERIT|NO INHERIT} app.parent
ALTER TABLE {partition} ALTER {column} {SET DEFAULT {value}|DROP DEFAULT|SET NOT NULL}
ALTER TABLE {table} ADD {new} {type} {DEFAULT {value}|NOT NULL|UNIQUE|COLLATE "C"|STORAGE EXTERNAL|}
ALTER TABLE {table} ADD {new} {integer} GENERATED {ALWAYS|BY DEFAULT} AS IDENTITY {(START {n} INCREMENT {n})|}
ALTER TABLE {holder} ADD {new} text GENERATED ALWAYS AS ({column}::text) {STORED|VIRTUAL}
ALTER TABLE {table} ADD {new} {serial|bigserial}
ALTER TABLE {holder} DROP {column} {CASCADE|}
ALTER TABLE {holder} ALTER {column} TYPE {type}
ALTER TABLE {holder} ALTER {column} TYPE {type} USING NULL
ALTER TABLE {holder} ALTER {column} TYPE text COLLATE {"C"|"POSIX"|type_room.german|"default"}
ALTER TABLE {holder} ALTER {column} {SET DEFAULT {value}|DROP DEFAULT}
ALTER TABLE {holder} ALTER {column} {SET|DROP} NOT NULL
ALTER TABLE {holder} ADD {|CONSTRAINT {new} }NOT NULL {column} {NOT VALID|NO INHERIT|}
ALTER TABLE {holder} ALTER {column} ADD GENERATED {ALWAYS|BY DEFAULT} AS IDENTITY
ALTER TABLE {holder} ALTER {identity} {SET GENERATED {ALWAYS|BY DEFAULT}|DROP IDENTITY|SET INCREMENT {n}|SET CYCLE|RESTART}
ALTER TABLE {holder} ALTER {generated} {DROP EXPRESSION|SET EXPRESSION AS ({n})}
ALTER TABLE {holder} ALTER {column} SET STORAGE {PLAIN|EXTERNAL|EXTENDED|MAIN|DEFAULT}
ALTER TABLE {holder} ALTER {column} SET COMPRESSION {pglz|default}
ALTER TABLE {holder} ALTER {column} SET STATISTICS {n}
ALTER TABLE {holder} ALTER {column} {SET (n_distinct = {n})|RESET (n_distinct)|SET (n_distinct_inherited = {n})}
ALTER TABLE {holder} RENAME {column} TO {new}
ALTER TABLE {table} ADD {CONSTRAINT {new}|} CHECK ({condition}) {NOT VALID|NO INHERIT|NOT ENFORCED|}
ALTER TABLE {table} ADD {CONSTRAINT {new}|} {UNIQUE|UNIQUE NULLS NOT DISTINCT|PRIMARY KEY} ({column}) {INCLUDE ({column})|WITH (fillfactor = {n})|DEFERRABLE|}
ALTER TABLE {table} ADD {CONSTRAINT {new}|} EXCLUDE USING btree ({column} WITH =) {WHERE ({condition})|}
ALTER TABLE {table} ADD {CONSTRAINT {new}|} FOREIGN KEY ({column}) REFERENCES {app.accounts (id)|app.orders|trade.goods} {ON DELETE {CASCADE|SET NULL|RESTRICT}|} {DEFERRABLE|INITIALLY DEFERRED|NOT VALID|NOT ENFORCED|}
ALTER TABLE {table} ADD CONSTRAINT {new} {UNIQUE|PRIMARY KEY} USING INDEX {plain_index}
ALTER TABLE {holder} DROP CONSTRAINT {constraint} {CASCADE|}
ALTER TABLE {holder} RENAME CONSTRAINT {constraint} TO {new}
ALTER TABLE {holder} VALIDATE CONSTRAINT {constraint}
ALTER TABLE {holder} ALTER CONSTRAINT {constraint} {DEFERRABLE|NOT DEFERRABLE|DEFERRABLE INITIALLY DEFERRED|NOT ENFORCED|ENFORCED|INHERIT|NO INHERIT}
ALTER TABLE {table} {SET (fillfactor = {n})|RESET (fillfactor)|SET (autovacuum_enabled = {on|off})|SET (toast.autovacuum_enabled = off)|RESET (toast.autovacuum_enabled)}
ALTER TABLE {table} SET {LOGGED|UNLOGGED}
ALTER TABLE {table} SET ACCESS METHOD {heap|routine_heap|DEFAULT}
ALTER TABLE {table} REPLICA IDENTITY {FULL|NOTHING|DEFAULT}
ALTER TABLE {holder} REPLICA IDENTITY USING INDEX {plain_index}
ALTER TABLE {table} {ENABLE|DISABLE|FORCE|NO FORCE} ROW LEVEL SECURITY
ALTER TABLE {table} {OF {composite}|NOT OF}
ALTER TABLE {holder} CLUSTER ON {index_name}
ALTER TABLE {table} SET WITHOUT CLUSTER
ALTER TABLE {table} {DISABLE|ENABLE} TRIGGER {ALL|USER}
ALTER TABLE {relation} RENAME TO {new}
ALTER TABLE {relation} SET SCHEMA {schema}
CREATE {UNIQUE |}INDEX {new} ON {table} ({column} {DESC|DESC NULLS LAST|COLLATE "C"|text_pattern_ops|}) {WHERE {condition}|INCLUDE ({column})|WITH (fillfactor = {n})|NULLS NOT DISTINCT|}
CREATE INDEX {new} ON {table} USING {hash|btree|gin|gist|brin|spgist} ({column})
CREATE INDEX {new} ON {table} ((lower({column}::text)), {column})
CREATE INDEX {new} ON ONLY {parent} ({column})
CREATE INDEX CONCURRENTLY {new} ON {table} ({column})
ALTER INDEX {index} {SET (fillfactor = {n})|RESET (fillfactor)|RENAME TO {new}}
ALTER INDEX {index} ALTER {1|2} SET STATISTICS {n}
ALTER INDEX {index} ATTACH PARTITION {index}
UPDATE pg_index SET indisvalid = {true|false} WHERE indexrelid = '{plain_index}'::regclass
DROP INDEX {index}
CREATE SEQUENCE {schema}.{new} {AS {integer}|} {INCREMENT {n}|MINVALUE {n}|CACHE {n}|CYCLE|}
ALTER SEQUENCE {sequence} {INCREMENT {n}|MAXVALUE 1{n}|NO MAXVALUE|MINVALUE -{n}|START {n}|CACHE {n}|CYCLE|NO CYCLE|AS {integer}}
ALTER SEQUENCE {sequence} OWNED BY {NONE|{holder}.{column}}
ALTER SEQUENCE {sequence} SET {LOGGED|UNLOGGED}
SELECT nextval('{sequence}')
CREATE VIEW {schema}.{new} {WITH (security_barrier)|WITH (security_invoker)|} AS SELECT * FROM {table} WHERE {condition} {WITH LOCAL CHECK OPTION|WITH CHECK OPTION|}
CREATE OR REPLACE VIEW {schema}.{new} AS SELECT {column}, {n} AS n FROM {holder}
CREATE VIEW {schema}.{new} AS SELECT count(*) FILTER (WHERE {condition}), {text} AS "it's" FROM {holder} GROUP BY {column}
CREATE RECURSIVE VIEW {schema}.{new} (n) AS VALUES ({n}) UNION ALL SELECT n + 1 FROM {new} WHERE n < {n}
ALTER VIEW {view} {SET (security_barrier = {true|false})|RESET (security_barrier)|SET (security_invoker = true)|SET (check_option = local)}
ALTER VIEW {holder} {ALTER {view_column} SET DEFAULT {value}|ALTER {view_column} DROP DEFAULT|RENAME {view_column} TO {new}}
CREATE MATERIALIZED VIEW {schema}.{new} {USING routine_heap|} {WITH (fillfactor = {n})|} AS SELECT {column}, {n} AS n FROM {holder} {WITH NO DATA|}
REFRESH MATERIALIZED VIEW {materialized} {WITH NO DATA|}
ALTER MATERIALIZED VIEW {materialized} {SET (fillfactor = {n})|RESET (fillfactor)|ALTER n SET STATISTICS {n}|ALTER n SET STORAGE PLAIN}
CREATE {OR REPLACE |}RULE {name} AS ON {INSERT|UPDATE|DELETE} TO {table} {WHERE {n} > 1|} DO {INSTEAD NOTHING|ALSO NOTIFY {name}}
ALTER RULE {rule} ON {holder} RENAME TO {new}
DROP RULE {rule} ON {holder}
ALTER TABLE {holder} {ENABLE|DISABLE|ENABLE REPLICA|ENABLE ALWAYS} RULE {rule}
CREATE {OR REPLACE |}TRIGGER {name} {BEFORE|AFTER} {INSERT OR UPDATE|UPDATE OF {column}|DELETE} ON {holder_of_trigger} FOR EACH {ROW|STATEMENT} {WHEN ({n} > 1)|} EXECUTE FUNCTION app.stamp({text|})
CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table} {DEFERRABLE INITIALLY DEFERRED|} FOR EACH ROW EXECUTE FUNCTION app.stamp()
CREATE TRIGGER {name} AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION app.stamp()
ALTER TABLE {holder} {ENABLE|DISABLE|ENABLE REPLICA|ENABLE ALWAYS} TRIGGER {trigger}
ALTER TABLE {partition} {ENABLE|DISABLE} TRIGGER {name}
ALTER TRIGGER {trigger} ON {holder} {RENAME TO {new}|DEPENDS ON EXTENSION citext}
DROP TRIGGER {trigger} ON {holder}
CREATE POLICY {name} ON {table} {AS RESTRICTIVE|} {FOR {ALL|UPDATE}|FOR SELECT} TO {role}, pg_monitor USING ({condition})
CREATE POLICY {name} ON {table} FOR INSERT WITH CHECK ({condition})
ALTER POLICY {policy} ON {holder} {TO {role}|USING ({condition})|RENAME TO {new}}
DROP POLICY {policy} ON {holder}
CREATE STATISTICS {schema}.{new} {(ndistinct)|(mcv, dependencies)|} ON {column}, {column} FROM {holder}
CREATE STATISTICS {schema}.{new} ON (lower({column}::text)), {column} FROM {holder}
ALTER STATISTICS {statistics} {SET STATISTICS {n}|RENAME TO {new}|SET SCHEMA {schema}}
CREATE TYPE {schema}.{new} AS ENUM ({text}, 'other')
ALTER TYPE {enum} ADD VALUE {IF NOT EXISTS |}'{name}' {BEFORE 'other'|AFTER 'done'|}
ALTER TYPE {enum} RENAME VALUE {'other'|'done'|'happy'} TO '{name}'
CREATE TYPE {schema}.{new} AS ({fields})
ALTER TYPE {composite} {ADD ATTRIBUTE {new} {type}|DROP ATTRIBUTE name|ALTER ATTRIBUTE name TYPE {type}|RENAME ATTRIBUTE name TO {name}} {CASCADE|}
CREATE TYPE {schema}.{new} AS RANGE (SUBTYPE = {date|integer|text, COLLATION = "C"|float8, SUBTYPE_DIFF = float8mi|date, MULTIRANGE_TYPE_NAME = {name}})
CREATE TYPE {schema}.{new}
ALTER TYPE {base_type} SET ({STORAGE = {plain|external|main}|RECEIVE = NONE|SEND = NONE|ANALYZE = {NONE|ts_typanalyze}})
CREATE DOMAIN {schema}.{new} AS {type} {DEFAULT {value}|NOT NULL|CHECK (VALUE IS NOT NULL)|COLLATE "C"|}
ALTER DOMAIN {domain} {SET DEFAULT {value}|DROP DEFAULT|SET NOT NULL|DROP NOT NULL|DROP CONSTRAINT low|RENAME CONSTRAINT low TO {name}|VALIDATE CONSTRAINT unchecked}
ALTER DOMAIN {domain} ADD {CONSTRAINT {new}|} CHECK (VALUE::text <> {text}) {NOT VALID|}
COMMENT ON CONSTRAINT {low|within} ON DOMAIN {domain} IS {text|NULL}
CREATE COLLATION {schema}.{new} {(LOCALE = 'C')|(PROVIDER = icu, LOCALE = '{de|und|en-US}', DETERMINISTIC = {true|false})|FROM "POSIX"|(PROVIDER = builtin, LOCALE = 'C.UTF-8')}
ALTER COLLATION {collation} REFRESH VERSION
CREATE {OR REPLACE |}FUNCTION {schema}.{name}(a {integer} {DEFAULT {n}|}) RETURNS {integer} LANGUAGE sql {routine_options} AS 'SELECT {n}'
CREATE {OR REPLACE |}FUNCTION {schema}.{name}(INOUT a {type}, VARIADIC b text[] DEFAULT ARRAY[{text}]) LANGUAGE sql {routine_options} AS 'SELECT $1'
CREATE {OR REPLACE |}FUNCTION {schema}.{name}() RETURNS {TABLE (a {type})|SETOF {table}} LANGUAGE plpgsql ROWS 1{n} {routine_options} AS {text}
CREATE {OR REPLACE |}FUNCTION {schema}.{name}(x integer) RETURNS integer {RETURN x + {n}|BEGIN ATOMIC SELECT {n}; SELECT x; END}
CREATE {OR REPLACE |}PROCEDURE {schema}.{name}(a {type}, OUT b {integer}) LANGUAGE sql AS 'SELECT {n}'
ALTER ROUTINE {routine} {RENAME TO {new}|SET SCHEMA {schema}|DEPENDS ON EXTENSION citext|NO DEPENDS ON EXTENSION citext}
ALTER FUNCTION {routine} {IMMUTABLE|STABLE|STRICT|CALLED ON NULL INPUT|LEAKPROOF|SECURITY DEFINER|SECURITY INVOKER|PARALLEL {SAFE|RESTRICTED|UNSAFE}|COST {n}|ROWS {n}}
ALTER ROUTINE {routine} {SET work_mem = '{n}MB'|SET search_path = app, "Second one"|SET search_path = ''|RESET work_mem|RESET ALL|SET DateStyle FROM CURRENT|SET local_preload_libraries = a, "B c"}
CREATE {OR REPLACE |}AGGREGATE {schema}.{name}(integer) (SFUNC = {int4pl|int4mi|int4larger}, STYPE = integer {, INITCOND = '{n}'|, PARALLEL = safe|, SSPACE = {n}|, SORTOP = OPERATOR(pg_catalog.<)|, FINALFUNC_MODIFY = shareable|})
CREATE {OR REPLACE |}AGGREGATE {schema}.{name}({anyelement ORDER BY anyelement|VARIADIC "any" ORDER BY VARIADIC "any"}) (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = {rank_final|dense_rank_final}, FINALFUNC_EXTRA {, HYPOTHETICAL|})
CREATE OPERATOR {schema}.{operator_sign} (LEFTARG = {type}, RIGHTARG = {type}, FUNCTION = {int4pl|texteq|int4eq|date_eq|numeric_add} {, RESTRICT = eqsel|, COMMUTATOR = {operator_sign}|})
ALTER OPERATOR {operator_with_arguments} SET ({RESTRICT = {eqsel|NONE}|JOIN = {eqjoinsel|NONE}|HASHES|MERGES|NEGATOR = OPERATOR(app.@@@)})
CREATE OPERATOR FAMILY {schema}.{new} USING {btree|hash|gist}
ALTER OPERATOR FAMILY routine_room.alone USING btree {ADD|DROP} {OPERATOR {1|3} {= |}(integer, {bigint|smallint})|FUNCTION 1 (integer, smallint) {btint42cmp(integer, smallint)|}}
ALTER OPERATOR FAMILY routine_room.alone USING btree ADD OPERATOR {1 <|3 =|5 >} (integer, {bigint|smallint})
ALTER OPERATOR FAMILY routine_room.alone USING btree DROP OPERATOR {1|3|5} (integer, {bigint|smallint})
CREATE OPERATOR CLASS {schema}.{new} {DEFAULT|} FOR TYPE {integer|routine_room.coin|app.status} USING hash AS OPERATOR 1 = (integer, integer), FUNCTION 1 hashint4(integer)
CREATE CAST ({castable} AS {castable}) {WITH INOUT|WITHOUT FUNCTION} {AS ASSIGNMENT|AS IMPLICIT|}
CREATE TRANSFORM FOR {smallint|date} LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))
CREATE CONVERSION {schema}.{new} FOR 'LATIN{1|2}' TO 'UTF8' FROM iso8859{_1|}_to_utf8
CREATE {TRUSTED |}LANGUAGE {new} HANDLER plpgsql_call_handler {INLINE plpgsql_inline_handler|} {VALIDATOR plpgsql_validator|}
CREATE ACCESS METHOD {new} TYPE {TABLE HANDLER heap_tableam_handler|INDEX HANDLER {bthandler|gisthandler}}
CREATE TEXT SEARCH CONFIGURATION {schema}.{new} (COPY = {simple|english})
CREATE TEXT SEARCH DICTIONARY {schema}.{new} (TEMPLATE = simple {, STOPWORDS = english|, ACCEPT = {true|false}|})
CREATE TEXT SEARCH TEMPLATE {schema}.{new} ({INIT = dsimple_init, |}LEXIZE = dsimple_lexize)
CREATE TEXT SEARCH PARSER {schema}.{new} (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)
ALTER TEXT SEARCH DICTIONARY {text_search_dictionary} ({StopWords|Language|Accept} {= {english|german|true|false}|})
ALTER TEXT SEARCH CONFIGURATION {text_search_configuration} {ADD|ALTER} MAPPING FOR {token} WITH {simple, english_stem|english_stem, simple|german_stem}
ALTER TEXT SEARCH CONFIGURATION {text_search_configuration} DROP MAPPING FOR {token}
ALTER TEXT SEARCH CONFIGURATION {text_search_configuration} ALTER MAPPING REPLACE {simple|english_stem} WITH {german_stem|simple}
CREATE EVENT TRIGGER {name} ON {ddl_command_start|ddl_command_end|sql_drop|table_rewrite} {WHEN TAG IN ('CREATE TABLE', 'DROP VIEW')|} EXECUTE FUNCTION app.told()
ALTER EVENT TRIGGER {event_trigger} {ENABLE|DISABLE|ENABLE REPLICA|ENABLE ALWAYS}
CREATE PUBLICATION {new} {FOR ALL TABLES|FOR TABLE {table} ({column})|FOR TABLE {table} WHERE ({condition})|FOR TABLES IN SCHEMA {schema}|} {WITH (publish = 'insert, delete')|WITH (publish_via_partition_root)|}
ALTER PUBLICATION {publication} {ADD TABLE|DROP TABLE|SET TABLE} {table} {({column})|WHERE ({condition})|}
ALTER PUBLICATION {publication} {ADD|DROP|SET} TABLES IN SCHEMA {schema}
ALTER PUBLICATION {publication} SET ({publish = '{insert|update, delete|}'|publish_via_partition_root = {true|false}|publish_generated_columns = {stored|none}})
CREATE SUBSCRIPTION {new} CONNECTION 'host=nowhere password={name}' PUBLICATION {name} WITH (connect = false, slot_name = NONE {, binary = true|, streaming = off|, two_phase = true|, origin = none|, failover = true|})
ALTER SUBSCRIPTION {subscription} {SET PUBLICATION {name} WITH (refresh = false)|SET (synchronous_commit = {local|off})|SET (binary = {true|false})|SET (disable_on_error = true)|SET (run_as_owner = true)}
CREATE FOREIGN DATA WRAPPER {new} {OPTIONS (a {text})|VALIDATOR postgresql_fdw_validator|}
ALTER FOREIGN DATA WRAPPER {foreign_data_wrapper} {OPTIONS ({ADD|SET} a {text})|OPTIONS (DROP a)|NO VALIDATOR|VALIDATOR postgresql_fdw_validator}
CREATE SERVER {new} {TYPE {text}|} {VERSION {text}|} FOREIGN DATA WRAPPER {foreign_data_wrapper} {OPTIONS (host {text}, port '{n}')|}
ALTER SERVER {foreign_server} {VERSION {text}|OPTIONS ({ADD|SET} host {text})|OPTIONS (DROP host)}
CREATE USER MAPPING FOR {PUBLIC|pg_monitor|postgres} SERVER {foreign_server} {OPTIONS (user {text}, password 'a')|}
ALTER USER MAPPING FOR {mapped} OPTIONS ({ADD user {text}|SET user {text}|SET password {text}|DROP user})
DROP USER MAPPING FOR {mapped}
CREATE FOREIGN TABLE {schema}.{new} (a {integer} {OPTIONS (b {text})|} {NOT NULL|DEFAULT {n}|}, b {type}) SERVER {foreign_server} {OPTIONS (c {text})|}
ALTER FOREIGN TABLE {foreign} {OPTIONS ({ADD|SET} c {text})|OPTIONS (DROP c)|ALTER {column} OPTIONS ({ADD|SET} b {text})|ALTER {column} OPTIONS (DROP b)|ADD {new} {type}}
CREATE EXTENSION {new_extension} {SCHEMA {schema}|}
ALTER EXTENSION {citext|fuzzystrmatch} {SET SCHEMA {schema}|UPDATE|{ADD|DROP} TABLE {table}|{ADD|DROP} VIEW {view}}
GRANT {SELECT|INSERT, UPDATE|ALL|TRUNCATE|REFERENCES|TRIGGER|MAINTAIN} ON {relation} TO {grantee} {WITH GRANT OPTION|}
REVOKE {GRANT OPTION FOR |}{SELECT|UPDATE|ALL|MAINTAIN} ON {relation} FROM {grantee} {CASCADE|}
REVOKE {SELECT|UPDATE|REFERENCES|ALL} ({column}) ON {holder} FROM {grantee}
GRANT {SELECT|UPDATE} ({column}) ON {holder} TO {grantee}
REVOKE ALL ON {relation} FROM postgres
GRANT {USAGE|CREATE|ALL} ON SCHEMA {schema} TO {grantee} {WITH GRANT OPTION|}
REVOKE {USAGE|CREATE|ALL} ON SCHEMA {schema} FROM {grantee} CASCADE
GRANT {USAGE|SELECT|ALL} ON SEQUENCE {sequence} TO {grantee}
REVOKE {USAGE|SELECT|ALL} ON SEQUENCE {sequence} FROM {grantee}
GRANT EXECUTE ON ROUTINE {routine} TO {grantee} {WITH GRANT OPTION|}
REVOKE EXECUTE ON ROUTINE {routine} FROM {grantee}
REVOKE ALL ON TYPE {made_type} FROM {grantee}
GRANT USAGE ON TYPE {made_type} TO {grantee}
GRANT USAGE ON {LANGUAGE {language}|FOREIGN SERVER {foreign_server}|FOREIGN DATA WRAPPER {foreign_data_wrapper}} TO {grantee}
REVOKE USAGE ON {LANGUAGE {language}|FOREIGN SERVER {foreign_server}|FOREIGN DATA WRAPPER {foreign_data_wrapper}} FROM {grantee}
REVOKE USAGE ON LANGUAGE {plpgsql|sql} FROM PUBLIC
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_reset() TO pg_monitor
GRANT {CREATE|TEMPORARY|CONNECT} ON DATABASE {database} TO {grantee}
REVOKE {CREATE|TEMPORARY|CONNECT} ON DATABASE {database} FROM {grantee}
ALTER DEFAULT PRIVILEGES {FOR ROLE pg_monitor|} {IN SCHEMA {schema}|} GRANT {SELECT ON TABLES|USAGE ON SEQUENCES|EXECUTE ON FUNCTIONS|USAGE ON TYPES} TO {grantee}
ALTER DEFAULT PRIVILEGES {FOR ROLE pg_monitor|} {IN SCHEMA {schema}|} REVOKE {SELECT ON TABLES|USAGE ON SEQUENCES|EXECUTE ON FUNCTIONS|USAGE ON TYPES|ALL ON SCHEMAS} FROM {grantee}
ALTER DATABASE {database} {SET work_mem = '{n}MB'|RESET work_mem|RESET ALL|SET search_path = app, public|CONNECTION LIMIT {n}|SET DateStyle = 'ISO, MDY'}
ALTER ROLE {pg_monitor|postgres} IN DATABASE {database} {SET work_mem = '{n}MB'|RESET ALL}
COMMENT ON {object} IS {text}
COMMENT ON {object} IS {text|''|NULL}
COMMENT ON COLUMN {holder}.{any_column} IS {text|NULL}
COMMENT ON DATABASE {database} IS {text|NULL}
ALTER {object} OWNER TO {role}
ALTER {object} OWNER TO postgres
ALTER {object} RENAME TO {new}
ALTER {object} SET SCHEMA {schema}
DROP {object}
DROP {object} CASCADE
ANALYZE {table}
INSERT INTO {table} DEFAULT VALUES
""".strip().splitlines()

PARTS_OF_FORMS: Mapping[str, str] = {
    "condition": "{{column} IS NOT NULL|{column}::text <> {text}|length({column}::text) > {n}|{column}::text IN ({text}, 'b')|{n} > 1}",
    "fields": "{|{name} {type}, }{name} {type} {DEFAULT {value}|NOT NULL|}",
    "grantee": "{PUBLIC|pg_monitor|pg_read_all_stats|pg_signal_backend}",
    "integer": "{smallint|integer|bigint}",
    "n": "{0|1|5|10|20|70|100}",
    "name": '{alpha|beta|Gamma|"De ""lta"|"select"|low|happy|"ünï🐘"}',
    "new": "{name}",
    "new_extension": "{hstore|pg_trgm|btree_gin|btree_gist|unaccent|tablefunc|intarray}",
    "castable": "{integer|bigint|text|xml|bytea|app.status|routine_room.coin|double precision}",
    "operator_sign": "{@@@|%%%|<->|===}",
    "role": "{pg_monitor|pg_read_all_stats|postgres}",
    "routine_options": "{|IMMUTABLE|STABLE STRICT|SECURITY DEFINER|COST {n}1|PARALLEL SAFE|SET work_mem = '{n}MB'|LEAKPROOF}",
    "text": "{'it''s'|'a'|''|E'two\\nlines'|'é \"\\'|'-- 1'}",
    "token": '{asciiword|word|email|url, host|"int"}',
    "type": (
        "{integer|bigint|text|text[]|varchar({n})|char(5)|numeric|numeric({n}, 2)|date|time|timestamptz(3)|timestamp|interval"
        "|interval day to second(2)|boolean|bytea|json|jsonb|uuid|xml|inet|cidr|macaddr|bit(3)|varbit|point|box|polygon|money"
        '|int4range|datemultirange|tsvector|oid|regclass|"char"|name|double precision|real|pg_lsn|{made_type}|{made_type}[]}'
    ),
    "value": "{NULL|{n}|{text}|now()|'2020-02-01'|true|ARRAY[{n}]|CURRENT_USER|(1 + {n})|nextval('{sequence}')|'{n}'::text}",
}  # fmt: skip

# How an object is named in COMMENT ON, ALTER and DROP.
NOUNS: Mapping[str, str] = {
    "schema": "SCHEMA",
    "collation": "COLLATION",
    "enum": "TYPE",
    "composite": "TYPE",
    "range": "TYPE",
    "base_type": "TYPE",
    "domain": "DOMAIN",
    "language": "LANGUAGE",
    "routine": "ROUTINE",
    "aggregate": "AGGREGATE",
    "cast": "CAST",
    "transform": "TRANSFORM",
    "operator": "OPERATOR",
    "access_method": "ACCESS METHOD",
    "operator_family": "OPERATOR FAMILY",
    "operator_class": "OPERATOR CLASS",
    "conversion": "CONVERSION",
    "text_search_parser": "TEXT SEARCH PARSER",
    "text_search_template": "TEXT SEARCH TEMPLATE",
    "text_search_dictionary": "TEXT SEARCH DICTIONARY",
    "text_search_configuration": "TEXT SEARCH CONFIGURATION",
    "event_trigger": "EVENT TRIGGER",
    "relation": "",  # its relation_kind
    "column": "COLUMN",
    "constraint": "CONSTRAINT",
    "index": "INDEX",
    "rule": "RULE",
    "trigger": "TRIGGER",
    "policy": "POLICY",
    "statistics": "STATISTICS",
    "extension": "EXTENSION",
    "publication": "PUBLICATION",
    "subscription": "SUBSCRIPTION",
    "foreign_data_wrapper": "FOREIGN DATA WRAPPER",
    "foreign_server": "SERVER",
}
TABLES = ("table", "partitioned table")
RELATIONS = (*TABLES, "view", "materialized view", "foreign table")
MADE_TYPES = ("enum", "domain", "composite", "range", "base_type")
BRACES = re.compile(r"\{([^{}]*)\}")
HOLDER = "\0"


class NothingToPickError(Exception):
    """The schema has nothing of the sort that a form asks for."""


@dataclass
class Draft:
    """One statement in the making, for a schema as it was last seen."""

    chance: random.Random
    seen: Snapshot
    database: str
    holder: ObjectId | None = None

    def statement(self, form: str) -> str:
        """The form with every brace filled, from the left and from the inside.

        Raises:
            NothingToPickError: there is no such object.
        """
        while found := BRACES.search(form):
            form = form[: found.start()] + self._filled(found[1]) + form[found.end() :]
        return form.replace(HOLDER, sql_name(self.holder) if self.holder else "")

    def _filled(self, inside: str) -> str:
        if "|" in inside:
            return self.chance.choice(inside.split("|"))
        if inside in PARTS_OF_FORMS:
            return PARTS_OF_FORMS[inside]
        return PICKERS[inside](self) if inside in PICKERS else sql_name(self.one(inside))

    def one(self, kind: str, true: Callable[[ObjectId], bool] = lambda _: True) -> ObjectId:
        return self.choice([subject for subject in self.seen.objects if subject.kind == kind and true(subject)])

    def choice(self, subjects: list[ObjectId]) -> ObjectId:
        if not subjects:
            raise NothingToPickError
        return self.chance.choice(sorted(subjects))

    def relation(self, *kinds: str) -> str:
        """A relation of one of these kinds, which is the holder from then on."""
        self.holder = self.one("relation", lambda subject: self.seen.objects[subject].get("relation_kind") in kinds)
        return sql_name(self.holder)

    def part(self, kind: str, *holders: str, where: str = "") -> ObjectId:
        """A part of the holder, or of any relation of these kinds, which is the holder from then on."""
        held = self.holder.name if self.holder else None
        relations = {
            subject.name
            for subject, facts in self.seen.objects.items()
            if subject.kind == "relation" and facts.get("relation_kind") in (holders or RELATIONS)
        }

        def fits(subject: ObjectId) -> bool:
            facts = self.seen.objects[subject]
            return (subject.name[:2] == held if held else subject.name[:2] in relations) and (
                not where or bool(facts.get(where))
            )

        part = self.one(kind, fits)
        self.holder = ObjectId("relation", part.name[:2])
        return part

    def object(self) -> str:
        kind = self.chance.choice(sorted({subject.kind for subject in self.seen.objects} & NOUNS.keys()))
        subject = self.one(kind)
        facts, name = self.seen.objects[subject], sql_name(subject)
        match kind:
            case "relation":
                return f"{str(facts['relation_kind']).removeprefix('partitioned ').upper()} {name}"
            case "constraint" | "rule" | "trigger" | "policy":
                return f"{NOUNS[kind]} {quote_ident(subject.name[-1])} ON {qualified(subject.name[:2])}"
            case "index":
                return f"INDEX {index_name(subject)}"
            case _:
                return f"{NOUNS[kind]} {name}"

    def parent_of_partition(self) -> str:
        """A partitioned table with a partition, which is the holder from then on."""
        self.holder = self.one("relation", lambda subject: bool(self.seen.objects[subject].get("partition_bound")))
        parents = self.seen.objects[self.holder]["parents"]
        return parents[0] if isinstance(parents, tuple) else ""

    def partition(self) -> str:
        """The partition that is held already, or any."""
        if self.holder is None:
            self.parent_of_partition()
        return HOLDER

    def mapped(self) -> str:
        server, user = self.one("user_mapping").name
        return f"{quote_ident(user)} SERVER {quote_ident(server)}"


def index_name(subject: ObjectId) -> str:
    return qualified((subject.name[0], subject.name[-1]))


PICKERS: Mapping[str, Callable[[Draft], str]] = {
    "any_column": lambda draft: quote_ident(draft.part("column").name[-1]),
    "column": lambda draft: quote_ident(draft.part("column", *TABLES).name[-1]),
    "constraint": lambda draft: quote_ident(draft.part("constraint").name[-1]),
    "database": lambda draft: draft.database,
    "foreign": lambda draft: draft.relation("foreign table"),
    "generated": lambda draft: quote_ident(draft.part("column", where="generated").name[-1]),
    "holder": lambda _: HOLDER,
    "holder_of_trigger": lambda draft: HOLDER if draft.holder else draft.relation(*RELATIONS),
    "identity": lambda draft: quote_ident(draft.part("column", where="identity").name[-1]),
    "index": lambda draft: index_name(draft.one("index")),
    "index_name": lambda draft: quote_ident(draft.part("index").name[-1]),
    "made_type": lambda draft: sql_name(draft.one(draft.chance.choice(MADE_TYPES))),
    "mapped": lambda draft: draft.mapped(),
    "materialized": lambda draft: draft.relation("materialized view"),
    "object": lambda draft: draft.object(),
    "operator_with_arguments": lambda draft: sql_name(draft.one("operator")),
    "parent": lambda draft: draft.relation("partitioned table"),
    "parent_of_partition": lambda draft: draft.parent_of_partition(),
    "partition": lambda draft: draft.partition(),
    "plain_index": lambda draft: index_name(draft.part("index", *TABLES)),
    "policy": lambda draft: quote_ident(draft.part("policy").name[-1]),
    "relation": lambda draft: draft.relation(*RELATIONS),
    "rule": lambda draft: quote_ident(draft.part("rule").name[-1]),
    "table": lambda draft: draft.relation(*TABLES),
    "trigger": lambda draft: quote_ident(draft.part("trigger").name[-1]),
    "view": lambda draft: draft.relation("view"),
    "view_column": lambda draft: quote_ident(draft.part("column", "view").name[-1]),
}

HEAD = re.compile(r"^--\n-- Name: .*; Type: (.*); Schema: .*\n--\n", re.MULTILINE)
STANDING = re.compile(r"^SET default_\w+ = .*;\n", re.MULTILINE)
NOISE = re.compile(r"^\\.*\n|^-- (?:Dumped|PostgreSQL database dump).*\n|^\s*\n", re.MULTILINE)
OF_TABLESPACES = {"TABLE", "MATERIALIZED VIEW", "INDEX", "CONSTRAINT"}


def entries(dump: str, name: str) -> list[str]:
    """A dump's entries, sorted, each with the settings that stand for it: another order is no other schema."""
    standing: dict[str, str] = {}
    found = []
    _, *rest = HEAD.split(dump)
    for kind, text in zip(rest[::2], rest[1::2], strict=True):
        lines = NOISE.sub("", STANDING.sub("", text)).replace(name, "the_database").splitlines()
        # A partitioned table has no storage, and so takes no notice.
        with_storage = kind in OF_TABLESPACES and "PARTITION BY" not in text
        stands = [line for what, line in standing.items() if with_storage and ("method" not in what or "TABLE" in kind)]
        ordered = sorted(lines) if kind in ("ACL", "DEFAULT ACL") else lines
        found.append("\n".join([f"-- {kind}", *stands, *ordered]))
        standing |= {line.split(" = ")[0]: line.strip() for line in STANDING.findall(text)}
    return sorted(found)


@dataclass(frozen=True)
class Sight:
    """One schema as both see it."""

    snapshot: Snapshot
    dump: list[str]

    def dumped(self) -> list[str]:
        """The dump without what the comparison rightly does not see."""
        found = self.dump
        for pattern in NOT_COMPARED:
            found = [re.sub(pattern, r"\1", entry) for entry in found]
        return [entry for entry in found if entry]


async def sight(server: Server, name: str) -> Sight:
    connection = Connection(server.dsn(name), PATIENT)
    try:
        snapshot, dump = await asyncio.gather(capture(connection, OF_DATABASES), dumped(server.dsn(name), "--create"))
    finally:
        await connection.close()
    return Sight(snapshot, entries(dump, name))


async def dumped(dsn: str, *options: str) -> str:
    return await output(str(_program().with_name("pg_dump")), "--schema-only", *options, "--dbname", dsn)


async def output(*command: str, text: str = "") -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={"PGCLIENTENCODING": "UTF8"},
    )  # fmt: skip
    printed, words = await process.communicate(text.encode())
    assert process.returncode == 0, words.decode()
    return printed.decode()


def disagreement(one: Sight, other: Sight) -> str | None:
    """What only one of the two sees, in words."""
    found = changes(one.snapshot, other.snapshot)
    told = [change for change in found if seen_by_dumps(change)]
    before, after = one.dumped(), other.dumped()
    if bool(told) == (before != after) or (found and before != after):
        return None
    if told:
        return "only the comparison sees " + "; ".join(map(str, told))
    lines = difflib.unified_diff("\n".join(before).split("\n"), "\n".join(after).split("\n"), lineterm="", n=2)
    return "only the dump sees\n" + "\n".join(lines)


def seen_by_dumps(change: Change) -> bool:
    return (change.subject.kind, change.attribute) not in NOT_IN_DUMPS


def elsewhere(seen: Sight) -> Sight:
    """The same without addresses: what was renamed is missing and unexpected."""
    return Sight(msgspec.structs.replace(seen.snapshot, addresses={}), seen.dump)


@dataclass
class Run:
    """A database of its own, altered step by step."""

    server: Server
    name: str
    seed: int
    made: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    disagreements: list[str] = field(default_factory=list)

    async def alter(self, steps: int) -> None:
        """Alter it, and look at it after each step: beside what it was before, and beside the copy of the first."""
        copy = await sight(self.server, f"{self.name}_copy")
        seen = await sight(self.server, self.name)
        assert (changes(copy.snapshot, seen.snapshot), copy.dump) == ((), seen.dump)
        session = await asyncpg.connect(self.server.dsn(self.name), statement_cache_size=0)
        await session.execute("SET statement_timeout = '5s'; SET check_function_bodies = off")
        try:
            for form in self.forms(steps):
                statement = await self.altered(session, form, seen.snapshot)
                if statement is None:
                    continue
                now = await sight(self.server, self.name)
                words = (
                    disagreement(seen, now) or disagreement(elsewhere(now), elsewhere(seen)) or disagreement(copy, now)
                )
                if words:
                    self.note(f"step {self.made.total()}: {statement}\n{words}")
                    copy = now  # else it is told again at each step to come
                seen = now
        finally:
            await session.close()

    def note(self, words: str) -> None:
        self.disagreements.append(f"seed {self.seed}, {words}")
        print(self.disagreements[-1], flush=True)  # noqa: T201 a long run is read while it goes on

    def forms(self, steps: int) -> Iterator[str]:
        """All forms in a random order, and again, until so many were made."""
        chance = random.Random(self.seed)
        chosen = [form for form in FORMS if WORD in form]
        for _ in range(steps + 1):
            for form in chance.sample(chosen, len(chosen)):
                if self.made.total() >= steps:
                    return
                yield form

    async def altered(self, session: asyncpg.Connection, form: str, seen: Snapshot) -> str | None:
        """The statement that was made of a form; None when the schema had nothing for it or the server refused."""
        for attempt in range(ATTEMPTS):
            chance = random.Random(f"{self.seed} {self.made.total()} {form} {attempt}")
            try:
                statement = Draft(chance, seen, self.name).statement(form)
                await session.execute(statement)
            except NothingToPickError:
                continue
            except asyncpg.PostgresError as error:
                self.refused[form] = f"{statement}: {error}"
                continue
            self.made[form] += 1
            return statement
        return None

    async def restore(self) -> None:
        """A dump that was restored has the same schema exactly when it dumps the same."""
        back = f"{self.name}_back"
        script = await dumped(self.server.dsn(self.name))
        await output(str(_program()), "--no-psqlrc", "--quiet", "--file=-", self.server.dsn(back), text=script)
        one, other = elsewhere(await sight(self.server, self.name)), elsewhere(await sight(self.server, back))
        if words := disagreement(one, other):
            self.note(f"dumped and restored: {words}")


@pytest.fixture
def altered_and_copy(server: Server, worker_id: str) -> Iterator[str]:
    """The name of a database with the rich schema; `_copy` is the same, `_back` is empty."""
    name = f"random_ddl_{worker_id}"
    names = {name: "template0", f"{name}_copy": name, f"{name}_back": "template0"}
    for each, template in names.items():
        sql(server.dsn(), f"CREATE DATABASE {each} TEMPLATE {template} STRATEGY file_copy")
        if each == name:
            sql(server.dsn(name), rich(server.major))
    yield name
    for each in names:
        # A subscription would keep it.
        sql(
            server.dsn(),
            f"DELETE FROM pg_subscription USING pg_database d WHERE subdbid = d.oid AND datname = '{each}'",
        )
        sql(server.dsn(), f"DROP DATABASE {each} WITH (FORCE)")


@pytest.mark.timeout(60 + 20 * STEPS)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_found_after_random_ddl_exactly_when_the_dumps_are_equal(
    server: Server, altered_and_copy: str, part: int
) -> None:
    if not _program().with_name("pg_dump").exists():
        missing_component("pg_dump", "make setup")
    run = Run(server, altered_and_copy, SEED + part)
    print(f"RANDOM_DDL_SEED={run.seed}")  # noqa: T201 shown when it fails

    async def take() -> None:
        await run.alter(STEPS)
        await run.restore()

    asyncio.run(take())

    # Shown with -s, or when it fails.
    print(*(f"never made: {run.refused.get(form, form)}" for form in FORMS if form not in run.made), sep="\n")  # noqa: T201
    print(run.made.total(), "statements of", len(run.made), "forms")  # noqa: T201
    assert not run.disagreements, "\n\n".join(run.disagreements)
    assert run.made.total() == STEPS


def test_there_are_forms_enough_and_each_is_there_once() -> None:
    assert len(FORMS) == len(set(FORMS)) > 60
