CREATE TEXT SEARCH PARSER other (
  START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype
);
CREATE TEXT SEARCH CONFIGURATION mine (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION mine ADD MAPPING FOR word WITH english_stem, simple;
