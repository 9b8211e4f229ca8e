CREATE TYPE mood AS ENUM ('sad', 'ok, "so"', 'happy');
CREATE TYPE size AS ENUM ('m', 's');
