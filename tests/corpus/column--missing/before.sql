CREATE TABLE sealed_epochs (epoch bigint PRIMARY KEY, token_group varchar(10) DEFAULT 'milo');
