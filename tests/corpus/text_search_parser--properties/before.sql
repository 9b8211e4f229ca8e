CREATE FUNCTION began(internal, int) RETURNS internal LANGUAGE internal AS 'prsd_start';
CREATE FUNCTION given(internal, internal, internal) RETURNS internal LANGUAGE internal AS 'prsd_nexttoken';
CREATE FUNCTION ended(internal) RETURNS void LANGUAGE internal AS 'prsd_end';
CREATE FUNCTION told(internal) RETURNS internal LANGUAGE internal AS 'prsd_lextype';
CREATE TEXT SEARCH PARSER mine (
  START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype
);
