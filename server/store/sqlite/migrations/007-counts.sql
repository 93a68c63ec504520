-- How many sessions and shown messages there are. Lists and status pages say so, and counting a million rows would hold up
-- everything else for tens of milliseconds.
INSERT INTO counter (name, value) VALUES
  ('sessions', (SELECT count(*) FROM session)),
  ('shown messages', (SELECT count(*) FROM message WHERE aside IS NULL));

CREATE TRIGGER session_counted AFTER INSERT ON session BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'sessions';
END;
CREATE TRIGGER session_uncounted AFTER DELETE ON session BEGIN
  UPDATE counter SET value = value - 1 WHERE name = 'sessions';
END;
CREATE TRIGGER message_counted AFTER INSERT ON message WHEN new.aside IS NULL BEGIN
  UPDATE counter SET value = value + 1 WHERE name = 'shown messages';
END;
CREATE TRIGGER message_uncounted AFTER DELETE ON message WHEN old.aside IS NULL BEGIN
  UPDATE counter SET value = value - 1 WHERE name = 'shown messages';
END;
CREATE TRIGGER message_put_aside AFTER UPDATE OF aside ON message WHEN (old.aside IS NULL) <> (new.aside IS NULL) BEGIN
  UPDATE counter SET value = value + iif(new.aside IS NULL, 1, -1) WHERE name = 'shown messages';
END;
