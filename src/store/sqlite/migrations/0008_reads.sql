-- What lists are read by that would otherwise go through all of a project's votes. Both grow at one end, and only votes with
-- a comment are in them.
CREATE INDEX feedback_commented ON feedback (project, created_at) WHERE comment IS NOT NULL;
CREATE INDEX feedback_complaints ON feedback (project, created_at) WHERE comment IS NOT NULL AND sentiment = 2;

-- How many of the votes have a thumb: numbered lists of those skip whole days by it.
ALTER TABLE rollups ADD COLUMN ratings INTEGER NOT NULL DEFAULT 0;
INSERT INTO rollups (project, day, channel, name, sentiment, votes, comments, ratings)
    SELECT project, (created_at - (created_at % 86400000000 + 86400000000) % 86400000000) / 86400000000,
      channel, name, sentiment, 0, 0, count(*)
    FROM feedback WHERE retracted = 0 AND rating IS NOT NULL GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT DO UPDATE SET ratings = excluded.ratings;

-- The words of comments anew: each word with its project before it, so that a search of one project does not go through
-- the comments of others; and rows numbered by time and then by feedback, so that the latest are found first, and a range
-- of time is a range of rows: see `src/store/sqlite/search.rs`. Comments are indexed when the server runs.
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (
    comment, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
-- The words themselves, by which the beginning of one is completed.
CREATE VIRTUAL TABLE search_words USING fts5vocab (search, instance);
INSERT OR IGNORE INTO search_pending (feedback) SELECT row_id FROM feedback WHERE comment IS NOT NULL;
