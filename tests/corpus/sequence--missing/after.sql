CREATE TABLE numbers ();
