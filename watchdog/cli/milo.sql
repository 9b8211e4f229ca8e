-- The demonstration's database: an aggregator that counts who takes part in which channel, an epoch an hour.
-- A tenth of the rows of the real thing; enough for counts, indexes and locks to behave alike.
CREATE TABLE channel_participation (
  epoch bigint NOT NULL,
  channel text NOT NULL,
  user_hash text NOT NULL,
  first_seen bigint NOT NULL,
  token_group text DEFAULT 'MILO' NOT NULL,
  category text DEFAULT 'default' NOT NULL,
  PRIMARY KEY (epoch, channel, user_hash)
);
CREATE INDEX channel_participation_user ON channel_participation (user_hash);

CREATE TABLE sealed_epochs (
  epoch bigint NOT NULL,
  channel text NOT NULL,
  root text NOT NULL,
  sealed_at bigint NOT NULL,
  published integer DEFAULT 0 NOT NULL,
  published_at timestamptz,
  token_group text DEFAULT 'MILO' NOT NULL,
  category text DEFAULT 'default' NOT NULL,
  PRIMARY KEY (epoch, channel)
);

CREATE TABLE sealed_participants (
  epoch bigint NOT NULL,
  channel text NOT NULL,
  idx integer NOT NULL,
  user_hash text NOT NULL,
  username text,
  token_group text DEFAULT 'MILO' NOT NULL,
  category text DEFAULT 'default' NOT NULL,
  PRIMARY KEY (epoch, channel, idx)
);
CREATE INDEX sealed_participants_user ON sealed_participants (user_hash);

CREATE TABLE user_signals (
  epoch bigint NOT NULL,
  channel text NOT NULL,
  user_hash text NOT NULL,
  signal_type text NOT NULL,
  value real,
  "timestamp" bigint NOT NULL,
  PRIMARY KEY (epoch, channel, user_hash, signal_type, "timestamp")
);

CREATE TABLE user_mapping (user_hash text PRIMARY KEY, username text NOT NULL, first_seen bigint NOT NULL);

CREATE TABLE l2_tree_cache (
  epoch bigint NOT NULL,
  channel text NOT NULL,
  root text NOT NULL,
  levels_json text NOT NULL,
  participant_count integer NOT NULL,
  built_at bigint NOT NULL,
  PRIMARY KEY (epoch, channel)
);

CREATE TABLE attention_index (
  epoch bigint NOT NULL,
  channel text NOT NULL,
  value real NOT NULL,
  participants integer NOT NULL,
  messages integer NOT NULL,
  computed_at bigint NOT NULL,
  PRIMARY KEY (epoch, channel)
);

-- One sealed epoch an hour, the newest of the hour before now.
CREATE TEMPORARY TABLE epochs AS
SELECT extract(epoch FROM date_trunc('hour', now()))::bigint - (1230 - n) * 3600 AS epoch, n
FROM generate_series(1, 1230) AS n;

INSERT INTO sealed_epochs (epoch, channel, root, sealed_at, published, published_at)
SELECT epoch, 'main', md5(n::text), epoch + 3605, 1, to_timestamp(epoch + 3610) FROM epochs;
INSERT INTO l2_tree_cache
SELECT epoch, 'main', md5(n::text), '[]', 78, epoch + 3606 FROM epochs;
INSERT INTO attention_index
SELECT epoch, 'main', 50 + 40 * sin(n / 12.0), 78, 222, epoch + 3607 FROM epochs;
INSERT INTO user_mapping
SELECT md5('user ' || n), 'user_' || n, 1700000000 + n FROM generate_series(1, 31700) AS n;
INSERT INTO sealed_participants (epoch, channel, idx, user_hash, username)
SELECT epoch, 'main', idx, md5('user ' || (n * 17 + idx) % 31700), 'user_' || (n * 17 + idx) % 31700
FROM epochs, generate_series(1, 78) AS idx;
INSERT INTO channel_participation (epoch, channel, user_hash, first_seen)
SELECT epoch, 'room ' || room, md5('user ' || (n * 31 + room) % 31700), epoch + room
FROM epochs, generate_series(1, 222) AS room;
INSERT INTO user_signals
SELECT epoch, 'main', md5('user ' || (n * 13 + signal) % 31700), 'message', signal / 10.0, epoch + signal
FROM epochs, generate_series(1, 80) AS signal;
-- Else the server would add this session's last inserts to what ANALYZE counts, and call the rows twice as many.
SELECT pg_stat_force_next_flush();
ANALYZE;
