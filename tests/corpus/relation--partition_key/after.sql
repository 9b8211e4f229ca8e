CREATE TABLE readings (at date, sensor int) PARTITION BY LIST (sensor);
