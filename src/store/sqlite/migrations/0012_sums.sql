-- Sums over standing feedback anew: by quarters of an hour as well, of which the days of every time zone are made, and with
-- more of what feedback says. `slot` is the day of UTC at level 0 and the quarter at level 1, of `created_at`. `score` is in
-- millionths of the scores' scales, so that taking back is exact. `kind`, `value` and `detail` are 0: all feedback.
DROP TABLE rollups;
CREATE TABLE rollups (
    project INTEGER NOT NULL REFERENCES projects,
    kind INTEGER NOT NULL,
    level INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    value INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    name INTEGER NOT NULL REFERENCES labels,
    sentiment INTEGER NOT NULL,
    votes INTEGER NOT NULL,
    comments INTEGER NOT NULL,
    ratings INTEGER NOT NULL,
    resolved INTEGER NOT NULL,
    unresolved INTEGER NOT NULL,
    scored INTEGER NOT NULL,
    score INTEGER NOT NULL,
    PRIMARY KEY (project, kind, level, slot, value, detail, channel, name, sentiment)
) STRICT, WITHOUT ROWID;

-- What is counted: a row for each time that a feedback is. A score's place on its scale is divided as `Score::millionths` does.
CREATE VIEW counted AS
    SELECT project, (created_at - (created_at % 900000000 + 900000000) % 900000000) / 900000000 AS quarter,
      0 AS kind, 0 AS value, 0 AS detail, channel, name, sentiment, rating, resolved,
      CASE WHEN comment IS NOT NULL THEN 1 END AS comment,
      CASE WHEN score IS NULL THEN NULL WHEN score_highest / 2.0 - score_lowest / 2.0 < 1e-290 THEN 0
        ELSE CAST((score / 2.0 - score_lowest / 2.0) / (score_highest / 2.0 - score_lowest / 2.0) * 1000000.0 + 0.5 AS INTEGER)
        END AS score
    FROM feedback WHERE retracted = 0;

-- The sums as they must be.
CREATE VIEW rollups_anew AS
    SELECT project, kind, 1 AS level, quarter AS slot, value, detail, channel, name, sentiment,
      count(*) AS votes, count(comment) AS comments, count(rating) AS ratings, count(*) FILTER (WHERE resolved = 1) AS resolved,
      count(*) FILTER (WHERE resolved = 0) AS unresolved, count(score) AS scored, coalesce(sum(score), 0) AS score
    FROM counted GROUP BY project, kind, quarter, value, detail, channel, name, sentiment
    UNION ALL
    SELECT project, kind, 0, (quarter - (quarter % 96 + 96) % 96) / 96 AS day, value, detail, channel, name, sentiment,
      count(*), count(comment), count(rating), count(*) FILTER (WHERE resolved = 1),
      count(*) FILTER (WHERE resolved = 0), count(score), coalesce(sum(score), 0)
    FROM counted GROUP BY project, kind, day, value, detail, channel, name, sentiment;

INSERT INTO rollups SELECT * FROM rollups_anew;
