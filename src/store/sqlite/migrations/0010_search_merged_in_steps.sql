-- The parts of the search index are merged in steps, by who indexes comments: left to itself, the engine merges in the middle
-- of a commit, about once a second under load, and votes waited 10 to 35 ms for it. It does so still where a level has 64 parts.
INSERT INTO search (search, rank) VALUES ('automerge', 0), ('crisismerge', 64);
