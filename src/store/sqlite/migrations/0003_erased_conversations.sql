-- A conversation that was erased stays as a row without its texts and without its name's hash, so that nothing finds it
-- any more; the votes on it stay and count.

ALTER TABLE conversations ADD COLUMN erased_at INTEGER;
