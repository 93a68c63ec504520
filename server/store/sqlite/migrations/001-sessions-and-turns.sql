-- Sessions as lists show them: a projection, written in the transaction of what it tells about.
CREATE TABLE session (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  title_is_custom INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  model TEXT NOT NULL,
  system_prompt TEXT,
  private INTEGER NOT NULL,
  agent_type TEXT NOT NULL,
  device TEXT NOT NULL,
  mail_provider TEXT,
  message_count INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX session_by_update ON session (updated_at DESC, key DESC);

-- The fence of each session (D1). Narrow on purpose: one row of it is rewritten with every commit of a running turn.
CREATE TABLE head (
  session INTEGER PRIMARY KEY REFERENCES session (key) ON DELETE CASCADE,
  epoch INTEGER NOT NULL DEFAULT 0,
  active_turn TEXT,
  lease_holder TEXT,
  last_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE turn (
  id TEXT PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  user_message INTEGER NOT NULL,
  assistant_message INTEGER NOT NULL,
  holder TEXT NOT NULL,
  client_id TEXT,
  first_seq INTEGER NOT NULL,
  idempotency_key TEXT,
  fingerprint TEXT,
  started_at INTEGER NOT NULL,
  stop_requested_at INTEGER,
  ended_at INTEGER,
  outcome TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX turn_by_session ON turn (session);
-- A send that is repeated with its key finds the turn it has started, for as long as the session lives (I12).
CREATE UNIQUE INDEX turn_by_key ON turn (session, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- The second guard behind the fence: the database itself refuses a second active turn (I1, D4).
CREATE UNIQUE INDEX one_active_turn ON turn (session) WHERE ended_at IS NULL;

-- The log: everything that lasts.
CREATE TABLE entry (
  session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  turn TEXT,
  epoch INTEGER NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

-- The deltas of unfinished steps (D7): append only, without any index, trimmed from the front.
CREATE TABLE live (
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  turn TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE,
  turn TEXT,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  content TEXT NOT NULL,
  steps TEXT,
  outcome TEXT,
  usage TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_session ON message (session, id);

-- Ids that grow over all sessions and are never given twice.
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter (name, value) VALUES ('message', 0);
