-- Sums over standing feedback anew: by quarters of an hour as well, of which the days of every time zone are made, and with
-- more of what feedback says. `slot` is the day of UTC at level 0 and the quarter at level 1, of `created_at`. `score` is in
-- millionths of the scores' scales, so that taking back is exact. `kind` 0 is all feedback, with `value` and `detail` 0. Others are
-- what has something in common: 1 the model (a label) that wrote the message and its version (a label, or 0), 2 a reason (a
-- label), 3 an answer (an option), 4 a group of the author (a segment).
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

-- The groups that the author belonged to when the feedback was given first: a JSON list of rows, or nothing. Of what is there
-- already, it is not known any more; the groups of today take their place.
ALTER TABLE feedback ADD COLUMN segments TEXT;
UPDATE feedback SET segments = (
    SELECT json_group_array(segment) FROM (SELECT segment FROM end_user_segments WHERE end_user = author ORDER BY segment))
    WHERE author_kind = 1 AND author IN (SELECT end_user FROM end_user_segments);

-- What wrote a message, and reasons, have rows.
INSERT OR IGNORE INTO labels (text)
    SELECT model FROM messages WHERE model IS NOT NULL
    UNION SELECT version FROM messages WHERE model IS NOT NULL AND version IS NOT NULL
    UNION SELECT reason.value FROM feedback, json_each(feedback.reasons) reason;

-- What is counted: a row for each time that a feedback is. A score's place on its scale is divided as `Score::millionths` does.
CREATE VIEW standing_feedback AS
    SELECT row_id AS feedback, project, created_at, message, reasons, attributes, segments,
      (created_at - (created_at % 900000000 + 900000000) % 900000000) / 900000000 AS quarter,
      channel, name, sentiment, rating, resolved, CASE WHEN comment IS NOT NULL THEN 1 END AS comment,
      CASE WHEN score IS NULL THEN NULL WHEN score_highest / 2.0 - score_lowest / 2.0 < 1e-290 THEN 0
        ELSE CAST((score / 2.0 - score_lowest / 2.0) / (score_highest / 2.0 - score_lowest / 2.0) * 1000000.0 + 0.5 AS INTEGER)
        END AS score
    FROM feedback WHERE retracted = 0;
CREATE VIEW counted AS
    SELECT feedback, project, created_at, quarter, 0 AS kind, 0 AS value, 0 AS detail, channel, name, sentiment, rating, resolved,
      comment, score FROM standing_feedback
    UNION ALL
    SELECT f.feedback, f.project, f.created_at, f.quarter, 1, model.row_id, coalesce(version.row_id, 0), f.channel, f.name,
      f.sentiment, f.rating, f.resolved, f.comment, f.score
    FROM standing_feedback f JOIN messages m ON m.row_id = f.message JOIN labels model ON model.text = m.model
    LEFT JOIN labels version ON version.text = m.version
    UNION ALL
    SELECT f.feedback, f.project, f.created_at, f.quarter, 2, label.row_id, 0, f.channel, f.name, f.sentiment, f.rating,
      f.resolved, f.comment, f.score
    FROM standing_feedback f JOIN json_each(f.reasons) reason JOIN labels label ON label.text = reason.value
    WHERE NOT EXISTS (SELECT 1 FROM json_each(f.reasons) twin WHERE twin.value = reason.value AND twin.key < reason.key)
    UNION ALL
    SELECT f.feedback, f.project, f.created_at, f.quarter, 3, answer.value, 0, f.channel, f.name, f.sentiment, f.rating,
      f.resolved, f.comment, f.score
    FROM standing_feedback f JOIN json_each(f.attributes) answer
    WHERE NOT EXISTS (SELECT 1 FROM json_each(f.attributes) twin WHERE twin.value = answer.value AND twin.key < answer.key)
    UNION ALL
    SELECT f.feedback, f.project, f.created_at, f.quarter, 4, segment.value, 0, f.channel, f.name, f.sentiment, f.rating,
      f.resolved, f.comment, f.score
    FROM standing_feedback f JOIN json_each(f.segments) segment;

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
