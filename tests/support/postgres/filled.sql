-- Writes votes as a lane would have written them: for each a message of which only the name is known, and feedback of
-- a person on it. :votes, :buckets and :people are put in place by whoever runs it. Rows are numbered behind those that are there.

CREATE FUNCTION pg_temp.id(at BIGINT, salt TEXT) RETURNS UUID LANGUAGE sql IMMUTABLE AS $$
    SELECT CAST(lpad(to_hex(at / 1000), 12, '0') || '7' || left(md5(salt), 3) || 'a' || substr(md5(salt), 4, 15) AS UUID)
$$;
CREATE FUNCTION pg_temp.hash(salt TEXT) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS $$
    SELECT CAST(CAST('x' || left(md5(salt), 16) AS BIT(64)) AS BIGINT)
$$;

-- The votes of the last ninety days.
CREATE TEMP TABLE place AS
SELECT p.row_id AS project, p.workspace, (SELECT max(last_row) FROM buckets) AS base, n.now,
  n.now - CAST(90 AS BIGINT) * 86400000000 AS since, CAST(90 AS BIGINT) * 86400000000 / :votes AS step
FROM (SELECT row_id, workspace FROM projects ORDER BY number LIMIT 1) p
CROSS JOIN (SELECT CAST(extract(epoch FROM now()) * 1000000 AS BIGINT) AS now) n;

-- Comments of eighty characters, of a thousand words.
CREATE TEMP TABLE said AS
SELECT n AS place, comment, to_tsvector('simple', comment) AS words FROM (
  SELECT n, left(string_agg('word' || to_hex(least(pg_temp.hash(n || '-' || w) & 1023, pg_temp.hash(w || '+' || n) & 1023)), ' '), 80)
    AS comment
  FROM generate_series(0, 4999) n, generate_series(1, 16) w GROUP BY n) AS made;
CREATE UNIQUE INDEX said_by_place ON said (place);

INSERT INTO end_users (bucket, row_id, id, workspace, project, external_key, external_id, created_at, updated_at)
SELECT n % :buckets, (base + 1 + n / :buckets) * 64 + n % :buckets, pg_temp.id(since + n, 'person' || n), workspace, project,
  pg_temp.hash('person' || n || base), 'filled-' || n, since, since
FROM place, generate_series(0, :people - 1) n;

INSERT INTO conversations (bucket, row_id, id, project, external_key, external_id, end_user, created_at, updated_at)
SELECT n % :buckets, (base + 2 + (:people + n) / :buckets) * 64 + n % :buckets, pg_temp.id(since + n, 'conversation' || n), project,
  pg_temp.hash('conversation' || n || base), 'filled-' || n, (base + 1 + n / :buckets) * 64 + n % :buckets, since, since
FROM place, generate_series(0, :people - 1) n;

UPDATE place SET base = base + 4 + 2 * :people / :buckets;

INSERT INTO messages (bucket, row_id, id, project, external_key, external_id, owner, created_at)
SELECT n % :buckets, (base + n / :buckets * 2) * 64 + n % :buckets, pg_temp.id(since + n * step, 'message' || n), project,
  pg_temp.hash('message' || n || base), CAST(CAST(md5('name' || n || base) AS UUID) AS TEXT),
  (SELECT row_id FROM end_users WHERE row_id = (base - 3 - 2 * :people / :buckets + n * 7919 % :people / :buckets) * 64
    + n * 7919 % :people % :buckets), since + n * step
FROM place, generate_series(CAST(0 AS BIGINT), :votes - 1) n;

INSERT INTO feedback (bucket, row_id, id, project, message, author_kind, author, name, sentiment, rating, comment, retracted, channel,
  version, words, created_at, updated_at)
SELECT n % :buckets, (base + n / :buckets * 2 + 1) * 64 + n % :buckets, pg_temp.id(since + n * step, 'feedback' || n), project,
  (base + n / :buckets * 2) * 64 + n % :buckets, 0,
  (base - 3 - 2 * :people / :buckets + n * 7919 % :people / :buckets) * 64 + n * 7919 % :people % :buckets, 1,
  CASE n / :buckets % 4 WHEN 0 THEN 2 ELSE 0 END, CASE n / :buckets % 4 WHEN 0 THEN 1 ELSE 0 END, said.comment, 0, 0, 1, said.words, since + n * step,
  since + n * step
FROM place CROSS JOIN generate_series(CAST(0 AS BIGINT), :votes - 1) n
LEFT JOIN said ON n % 5 = 0 AND said.place = n / 5 % 5000;

DELETE FROM rollups;
INSERT INTO rollups (project, kind, level, slot, value, detail, channel, name, sentiment, votes, comments, ratings, resolved, unresolved,
  scored, score) SELECT * FROM rollups_anew;

UPDATE buckets SET last_row = place.base + 2 * :votes / :buckets + 2 FROM place;
