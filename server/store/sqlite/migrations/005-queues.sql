-- The queue of a session in which something has ever waited. Held messages wait for a person where `pause_reason` is set.
CREATE TABLE queue (
  session INTEGER PRIMARY KEY REFERENCES session (key) ON DELETE CASCADE,
  revision INTEGER NOT NULL,
  pause_reason TEXT,
  paused_at INTEGER
) STRICT;

CREATE TABLE queued_message (
  -- the id that its turn will have
  turn TEXT NOT NULL UNIQUE,
  session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  message TEXT NOT NULL,
  holder TEXT NOT NULL,
  client_id TEXT,
  idempotency_key TEXT,
  fingerprint TEXT,
  queued_at INTEGER NOT NULL,
  after_stop INTEGER NOT NULL
) STRICT;
CREATE INDEX queued_message_by_session ON queued_message (session, place);
-- A send that is repeated while its message waits finds it (I12).
CREATE UNIQUE INDEX queued_message_by_key ON queued_message (session, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Keys whose sends were cancelled and have started no turn: where such a send arrives later, it is refused.
CREATE TABLE cancelled_send (
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
  idempotency_key TEXT NOT NULL,
  UNIQUE (session, idempotency_key)
) STRICT;
