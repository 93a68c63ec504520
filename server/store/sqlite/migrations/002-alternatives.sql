-- Turns that stand at one place of a conversation, of which one is shown. `place`: of a user's message whose turn took the
-- place of another, the first question there. `aside`: the question with which a message was put aside; null while it is shown.
ALTER TABLE message ADD COLUMN place INTEGER;
ALTER TABLE message ADD COLUMN aside INTEGER;
CREATE INDEX message_by_place ON message (place) WHERE place IS NOT NULL;
CREATE INDEX message_aside ON message (aside) WHERE aside IS NOT NULL;
