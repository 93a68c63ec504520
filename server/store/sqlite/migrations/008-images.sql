-- The images of users' messages, in their order. Their bytes are files beside the database, by session and hash (D18).
CREATE TABLE message_image (
  message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  image_id TEXT NOT NULL,
  media_type TEXT NOT NULL,
  PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

-- Those of a message that waits, as JSON; NULL for nearly every one.
ALTER TABLE queued_message ADD COLUMN images TEXT;
