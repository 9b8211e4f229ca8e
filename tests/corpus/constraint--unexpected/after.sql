CREATE TABLE bookings (room int4range, EXCLUDE USING gist (room WITH &&));
