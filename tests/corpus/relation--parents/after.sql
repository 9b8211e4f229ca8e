CREATE TABLE readings (at date) PARTITION BY RANGE (at);
CREATE TABLE readings_2025 (at date);
