-- A pinned session stands above the others, wherever sessions are listed; the time says since when.
ALTER TABLE session ADD COLUMN pinned_at INTEGER;
DROP INDEX session_by_update;
CREATE INDEX session_by_place ON session (pinned_at IS NULL, updated_at DESC, key DESC);

-- The words of messages and titles, by which people search. The index holds no text of its own, and triggers keep it in the
-- transaction of whatever writes or deletes the rows.
CREATE VIRTUAL TABLE message_word USING fts5 (
  content, content = 'message', content_rowid = 'id', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE title_word USING fts5 (
  title, content = 'session', content_rowid = 'key', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);

-- What was there before the index was is read into it afterwards, from the newest row down: rows up to this one are not in it.
CREATE TABLE word_index (name TEXT PRIMARY KEY, missing_up_to INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO word_index (name, missing_up_to) VALUES
  ('message', (SELECT value FROM counter WHERE name = 'message')),
  ('title', (SELECT coalesce(max(key), 0) FROM session));

CREATE TRIGGER message_word_added AFTER INSERT ON message
WHEN new.id > (SELECT missing_up_to FROM word_index WHERE name = 'message')
BEGIN
  INSERT INTO message_word (rowid, content) VALUES (new.id, new.content);
END;
CREATE TRIGGER message_word_removed AFTER DELETE ON message
WHEN old.id > (SELECT missing_up_to FROM word_index WHERE name = 'message')
BEGIN
  INSERT INTO message_word (message_word, rowid, content) VALUES ('delete', old.id, old.content);
END;
CREATE TRIGGER title_word_added AFTER INSERT ON session
WHEN new.key > (SELECT missing_up_to FROM word_index WHERE name = 'title')
BEGIN
  INSERT INTO title_word (rowid, title) VALUES (new.key, new.title);
END;
CREATE TRIGGER title_word_removed AFTER DELETE ON session
WHEN old.key > (SELECT missing_up_to FROM word_index WHERE name = 'title')
BEGIN
  INSERT INTO title_word (title_word, rowid, title) VALUES ('delete', old.key, old.title);
END;
CREATE TRIGGER title_word_changed AFTER UPDATE OF title ON session
WHEN old.title IS NOT new.title AND old.key > (SELECT missing_up_to FROM word_index WHERE name = 'title')
BEGIN
  INSERT INTO title_word (title_word, rowid, title) VALUES ('delete', old.key, old.title);
  INSERT INTO title_word (rowid, title) VALUES (new.key, new.title);
END;
