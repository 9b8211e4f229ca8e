CREATE FUNCTION looked_up(internal, internal, internal, internal) RETURNS internal LANGUAGE internal AS 'dsimple_lexize';
CREATE TEXT SEARCH TEMPLATE mine (LEXIZE = looked_up);
