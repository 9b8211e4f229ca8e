CREATE SUBSCRIPTION shop CONNECTION 'host=one password=hunter1' PUBLICATION goods
  WITH (connect = false, slot_name = NONE);
