UPDATE pg_database SET datistemplate = false WHERE datname = current_database();
