UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1') WHERE datname = current_database();
