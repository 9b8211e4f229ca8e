CREATE TABLE readings (at date, sensor int) PARTITION BY RANGE (at);
