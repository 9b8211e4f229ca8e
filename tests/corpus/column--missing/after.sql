CREATE TABLE sealed_epochs (epoch bigint PRIMARY KEY);
