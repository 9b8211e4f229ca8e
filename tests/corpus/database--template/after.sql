UPDATE pg_database SET datistemplate = true WHERE datname = current_database();
