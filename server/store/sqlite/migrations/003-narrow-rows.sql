-- Every commit of a running turn rewrites its session's row of `head`, a whole page at a time, and adds rows to `live`. What
-- an append does not ask for stands elsewhere, so that a page has room for more of them.
ALTER TABLE turn ADD COLUMN lease_holder TEXT;
UPDATE turn SET lease_holder = (SELECT lease_holder FROM head WHERE head.session = turn.session) WHERE ended_at IS NULL;
ALTER TABLE head DROP COLUMN lease_holder;
-- The rows of a turn are those of its session from its first seq on.
ALTER TABLE live DROP COLUMN turn;
