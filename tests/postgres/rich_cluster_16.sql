-- What came with 16: memberships with options, and from several.
GRANT owner_of_all TO forever WITH INHERIT FALSE, SET FALSE;
GRANT owner_of_all TO "Odd ""role" WITH ADMIN TRUE;
GRANT owner_of_all TO forever WITH ADMIN TRUE GRANTED BY "Odd ""role";
CREATE SUBSCRIPTION picky CONNECTION 'password=hunter2' PUBLICATION goods WITH (connect = false, binary = true,
  streaming = parallel, two_phase = true, disable_on_error = true, password_required = false, run_as_owner = true,
  origin = none);
