-- No database can be altered so; what was read of it is all that counts here.
UPDATE pg_database SET datcollate = 'POSIX', datctype = 'POSIX', datlocprovider = 'b', datlocale = 'C', daticurules = '&a < b'
  WHERE datname = current_database();
