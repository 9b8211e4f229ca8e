CREATE TABLE bookings (room int4range);
