-- As initdb makes it since 15.
SELECT 1;
