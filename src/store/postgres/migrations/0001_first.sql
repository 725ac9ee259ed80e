-- The first schema on PostgreSQL. What it holds is what `src/store/sqlite/migrations` hold, column for column; what
-- differs is how rows are spread and numbered.
--
-- Every row that a vote writes carries a `bucket`: a small number computed from its project and what the application calls
-- it. A transaction of votes holds one bucket's row of `buckets` locked and writes in no other, so servers that write the
-- same vote take turns. Of other buckets it only reads people, conversations and the keys of requests. Numbers of
-- rows are computed: the bucket's count times 64, plus the bucket; there are no sequences. A row is found by its number
-- alone, so the primary keys begin with it. What is small and shared by all (projects, keys, words) has no bucket and is
-- numbered by `shared_rows`.
--
-- Times are microseconds since 1970-01-01T00:00:00Z. Small enums are the places of their values in the domain's lists.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- How many rows a bucket has numbered, and which batch of votes was the last one in it: a number that its lane drew. Whoever
-- writes in a bucket holds its row.
CREATE TABLE buckets (
    bucket SMALLINT PRIMARY KEY,
    last_row BIGINT NOT NULL,
    last_batch BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

-- The same for rows without a bucket. One row.
CREATE TABLE shared_rows (
    only_one SMALLINT PRIMARY KEY CHECK (only_one = 0),
    last_row BIGINT NOT NULL,
    -- What is added to positions in the feedback log, so that they come after those of a log that was copied.
    log_base BIGINT NOT NULL DEFAULT 0,
    -- Grows with every change of projects, keys, attributes and accounts, which all servers hold in memory.
    directory BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
INSERT INTO shared_rows (only_one, last_row) VALUES (0, 0);

CREATE TABLE workspaces (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE projects (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    workspace BIGINT NOT NULL REFERENCES workspaces,
    name TEXT NOT NULL,
    description TEXT,
    number BIGINT NOT NULL UNIQUE,
    amazon_q_application_id TEXT,
    haptik_business_id BIGINT,
    wonderchat_chatbot_id TEXT,
    unknown_targets SMALLINT NOT NULL,
    enabled SMALLINT NOT NULL,
    keep_text SMALLINT NOT NULL,
    mode SMALLINT NOT NULL,
    client_settings TEXT,
    upstream_dialect SMALLINT,
    upstream_base_url TEXT,
    upstream_mirror SMALLINT,
    upstream_credential BYTEA,
    upstream_credential_hint TEXT,
    upstream_webhook_forward_to TEXT,
    rate_per_second BIGINT,
    rate_burst BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE api_keys (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    dialect SMALLINT NOT NULL,
    workspace BIGINT NOT NULL REFERENCES workspaces,
    project BIGINT REFERENCES projects,
    name TEXT,
    secret_sha256 BYTEA NOT NULL,
    hint TEXT NOT NULL,
    access_key_id TEXT,
    client_id TEXT,
    sealed_secret BYTEA,
    publishable SMALLINT NOT NULL,
    scopes BIGINT NOT NULL,
    rate_per_second BIGINT,
    rate_burst BIGINT,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE attributes (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    project BIGINT NOT NULL REFERENCES projects,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (project, name)
);

CREATE TABLE attribute_options (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    attribute BIGINT NOT NULL REFERENCES attributes,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (attribute, name)
);

-- People who sign in. `email_key` is the address as it is compared, without regard to capitals. `password` is an argon2id hash
-- in the PHC form. An account that is `limited` opens the projects of `account_projects` alone.
CREATE TABLE accounts (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    workspace BIGINT NOT NULL REFERENCES workspaces,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role SMALLINT NOT NULL,
    limited SMALLINT NOT NULL,
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    last_seen_at BIGINT
);
CREATE TABLE account_projects (
    account BIGINT NOT NULL REFERENCES accounts,
    project BIGINT NOT NULL REFERENCES projects,
    PRIMARY KEY (account, project)
);

-- Where an account is signed in. Who is signed out leaves no row.
CREATE TABLE sessions (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    account BIGINT NOT NULL REFERENCES accounts,
    token_sha256 BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- One-time links that were not used. `account` is the one whose password a link is for.
CREATE TABLE invites (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    workspace BIGINT NOT NULL REFERENCES workspaces,
    kind SMALLINT NOT NULL,
    role SMALLINT NOT NULL,
    limited SMALLINT NOT NULL,
    email TEXT,
    account BIGINT REFERENCES accounts,
    token_sha256 BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invites_by_account ON invites (account);
CREATE TABLE invite_projects (
    invite BIGINT NOT NULL REFERENCES invites,
    project BIGINT NOT NULL REFERENCES projects,
    PRIMARY KEY (invite, project)
);

-- Who changed what, in the transaction of the change. Names are those of the time; ids point nowhere, for what is logged stays.
CREATE TABLE audit_log (
    row_id BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    workspace BIGINT NOT NULL REFERENCES workspaces,
    at BIGINT NOT NULL,
    actor_kind SMALLINT NOT NULL,
    actor UUID,
    actor_name TEXT,
    action TEXT NOT NULL,
    subject UUID,
    subject_name TEXT,
    project BIGINT REFERENCES projects,
    detail TEXT NOT NULL
);
CREATE INDEX audit_log_by_time ON audit_log (workspace, at, id);

-- Words that many rows repeat: criteria, reviewers, models that judge.
CREATE TABLE labels (
    row_id BIGINT PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- `project` is null for a person whom the workspace as a whole knows.
CREATE TABLE end_users (
    bucket SMALLINT NOT NULL,
    row_id BIGINT NOT NULL,
    id UUID NOT NULL,
    workspace BIGINT NOT NULL,
    project BIGINT,
    external_key BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    username TEXT,
    phone TEXT,
    language TEXT,
    metadata TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (row_id, bucket)
);
CREATE INDEX end_users_by_id ON end_users (id);
CREATE INDEX end_users_by_external_key ON end_users (external_key);
CREATE INDEX end_users_by_time ON end_users (workspace, project, created_at);

CREATE TABLE segment_kinds (
    row_id BIGINT PRIMARY KEY,
    workspace BIGINT NOT NULL REFERENCES workspaces,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace, name)
);

CREATE TABLE segments (
    row_id BIGINT PRIMARY KEY,
    kind BIGINT NOT NULL REFERENCES segment_kinds,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (kind, name)
);

CREATE TABLE end_user_segments (
    bucket SMALLINT NOT NULL DEFAULT 0,
    end_user BIGINT NOT NULL,
    segment BIGINT NOT NULL,
    PRIMARY KEY (end_user, segment, bucket)
);
CREATE INDEX end_user_segments_by_segment ON end_user_segments (segment, end_user);

CREATE TABLE internal_end_users (
    bucket SMALLINT NOT NULL DEFAULT 0,
    project BIGINT NOT NULL,
    end_user BIGINT NOT NULL,
    PRIMARY KEY (project, end_user, bucket)
);

-- An erased conversation stays as a row without its texts and its name.
CREATE TABLE conversations (
    bucket SMALLINT NOT NULL,
    row_id BIGINT NOT NULL,
    id UUID NOT NULL,
    project BIGINT NOT NULL,
    external_key BIGINT,
    external_id TEXT,
    end_user BIGINT,
    title TEXT,
    metadata TEXT,
    tags TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    erased_at BIGINT,
    PRIMARY KEY (row_id, bucket)
);
CREATE INDEX conversations_by_id ON conversations (id);
CREATE INDEX conversations_by_external_key ON conversations (external_key) WHERE external_key IS NOT NULL;
CREATE INDEX conversations_by_time ON conversations (project, created_at, row_id);
CREATE INDEX conversations_by_end_user ON conversations (end_user, created_at, row_id) WHERE end_user IS NOT NULL;

-- A message without a role is a stub: only its id is known, from a vote that came before it.
CREATE TABLE messages (
    bucket SMALLINT NOT NULL,
    row_id BIGINT NOT NULL,
    id UUID NOT NULL,
    project BIGINT NOT NULL,
    conversation BIGINT,
    external_key BIGINT,
    external_id TEXT,
    owner BIGINT,
    role SMALLINT,
    query TEXT,
    content TEXT,
    model TEXT,
    version TEXT,
    metadata TEXT,
    speaker TEXT,
    format SMALLINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (row_id, bucket)
);
CREATE INDEX messages_by_id ON messages (id);
-- With the conversation, because names such as `msg-1` repeat in thousands of them.
CREATE INDEX messages_by_external_key ON messages (external_key, conversation) WHERE external_key IS NOT NULL;
CREATE INDEX messages_by_conversation ON messages (conversation, created_at, row_id) WHERE conversation IS NOT NULL;

CREATE TABLE topics (
    row_id BIGINT PRIMARY KEY,
    project BIGINT NOT NULL REFERENCES projects,
    kind SMALLINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (project, kind, name)
);

CREATE TABLE topic_messages (
    bucket SMALLINT NOT NULL,
    row_id BIGINT NOT NULL,
    topic BIGINT NOT NULL,
    message BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (row_id, bucket),
    UNIQUE (topic, message, bucket)
);
CREATE INDEX topic_messages_by_message ON topic_messages (message);

-- One row a feedback, with its current version. `message` is what is judged, or `conversation` where that is judged as
-- a whole. `author` is an end user or a label, by `author_kind`. `attributes` is a JSON list of the options' rows. `words`
-- are the comment's, for search. `segments` are the groups of the author when it was given first: a JSON list of rows.
CREATE TABLE feedback (
    bucket SMALLINT NOT NULL,
    row_id BIGINT NOT NULL,
    id UUID NOT NULL,
    external_id TEXT,
    project BIGINT NOT NULL,
    message BIGINT,
    conversation BIGINT,
    author_kind SMALLINT NOT NULL,
    author BIGINT,
    name BIGINT NOT NULL,
    sentiment SMALLINT NOT NULL,
    rating SMALLINT,
    score DOUBLE PRECISION,
    score_lowest DOUBLE PRECISION,
    score_highest DOUBLE PRECISION,
    resolved SMALLINT,
    reasons TEXT,
    comment TEXT,
    correction TEXT,
    attributes TEXT,
    message_copied_at BIGINT,
    submitted_at BIGINT,
    metadata TEXT,
    retracted SMALLINT NOT NULL,
    channel SMALLINT NOT NULL,
    api_key BIGINT,
    version BIGINT NOT NULL,
    words TSVECTOR,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    segments TEXT,
    PRIMARY KEY (row_id, bucket)
);
CREATE INDEX feedback_by_id ON feedback (id);
-- With the author, because thousands of people may judge one message.
CREATE INDEX feedback_by_message ON feedback (message, author_kind, author) WHERE message IS NOT NULL;
CREATE INDEX feedback_by_conversation ON feedback (conversation, author_kind, author) WHERE conversation IS NOT NULL;
CREATE INDEX feedback_by_time ON feedback (project, created_at, row_id);
CREATE INDEX feedback_commented ON feedback (project, created_at, row_id) WHERE comment IS NOT NULL;
CREATE INDEX feedback_complaints ON feedback (project, created_at, row_id) WHERE comment IS NOT NULL AND sentiment = 2;
CREATE INDEX feedback_words ON feedback USING gin (words) WHERE words IS NOT NULL;

-- Versions that were replaced. Rows are added and never changed. They lie apart by the month in which the version was given,
-- so that old ones are dropped as tables are (`drop_history_before`); what is older than the oldest month lies in
-- `feedback_versions_earlier`. Months are made ahead (`make_history_months`), and where one was missed all the same, its
-- rows lie in `feedback_versions_other`: no vote fails for it.
CREATE TABLE feedback_versions (
    bucket SMALLINT NOT NULL,
    feedback BIGINT NOT NULL,
    version BIGINT NOT NULL,
    rating SMALLINT,
    score DOUBLE PRECISION,
    score_lowest DOUBLE PRECISION,
    score_highest DOUBLE PRECISION,
    resolved SMALLINT,
    reasons TEXT,
    comment TEXT,
    correction TEXT,
    attributes TEXT,
    message_copied_at BIGINT,
    submitted_at BIGINT,
    metadata TEXT,
    retracted SMALLINT NOT NULL,
    channel SMALLINT NOT NULL,
    api_key BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (feedback, version, updated_at, bucket)
) PARTITION BY RANGE (updated_at);
CREATE TABLE feedback_versions_other PARTITION OF feedback_versions DEFAULT;

-- Sums over standing feedback: see migration 0012 of SQLite. What is read is their sum over the buckets.
CREATE TABLE rollups (
    bucket SMALLINT NOT NULL DEFAULT 0,
    project BIGINT NOT NULL,
    kind SMALLINT NOT NULL,
    level SMALLINT NOT NULL,
    slot INTEGER NOT NULL,
    value BIGINT NOT NULL,
    detail BIGINT NOT NULL,
    channel SMALLINT NOT NULL,
    name BIGINT NOT NULL,
    sentiment SMALLINT NOT NULL,
    votes BIGINT NOT NULL,
    comments BIGINT NOT NULL,
    ratings BIGINT NOT NULL,
    resolved BIGINT NOT NULL,
    unresolved BIGINT NOT NULL,
    scored BIGINT NOT NULL,
    score BIGINT NOT NULL,
    PRIMARY KEY (project, kind, level, slot, value, detail, channel, name, sentiment, bucket)
) WITH (fillfactor = 50);

-- Half of a number; PostgreSQL refuses to halve the smallest, which count as nothing on any scale that is divided.
CREATE FUNCTION half(number DOUBLE PRECISION) RETURNS DOUBLE PRECISION LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN abs(number) < 1e-300 THEN 0 ELSE number / 2 END
$$;

-- When an author's last vote was accepted, where the dialect asks for a quiet time after it. It lies with the author.
CREATE TABLE quiet_times (
    bucket SMALLINT NOT NULL DEFAULT 0,
    author BIGINT NOT NULL,
    project BIGINT NOT NULL,
    last_accepted_at BIGINT NOT NULL,
    PRIMARY KEY (author, project, bucket)
);

-- A key is there once, whatever the bucket: that of the vote's target, or the first.
CREATE TABLE idempotency_keys (
    bucket SMALLINT NOT NULL DEFAULT 0,
    key TEXT NOT NULL,
    request_sha256 BYTEA NOT NULL,
    made UUID,
    outcome SMALLINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (key, bucket)
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);

CREATE TABLE imports (
    project BIGINT NOT NULL REFERENCES projects,
    source TEXT NOT NULL,
    position TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (project, source)
);

-- Amazon Q's feedback in the order in which it was accepted, for those who follow it.
CREATE TABLE feedback_log (
    bucket SMALLINT NOT NULL,
    row_id BIGINT NOT NULL,
    project BIGINT NOT NULL,
    feedback BIGINT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (row_id, bucket)
);
CREATE INDEX feedback_log_by_project ON feedback_log (project, row_id);

-- Votes that the vendors behind projects are still to hear of, or did not take: see migration 0006 of SQLite.
CREATE TABLE mirror_jobs (
    bucket SMALLINT NOT NULL,
    row_id BIGINT NOT NULL,
    project BIGINT NOT NULL,
    feedback BIGINT NOT NULL,
    version BIGINT NOT NULL,
    dialect SMALLINT NOT NULL,
    target BIGINT NOT NULL,
    state SMALLINT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    tried_since BIGINT,
    status BIGINT,
    reason TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (row_id, bucket)
);
CREATE INDEX mirror_jobs_by_state ON mirror_jobs (project, state);
CREATE INDEX mirror_jobs_by_target ON mirror_jobs (target);
CREATE INDEX mirror_jobs_waiting ON mirror_jobs (target) WHERE state = 0;
CREATE INDEX mirror_jobs_due ON mirror_jobs (project, due_at) WHERE state = 0;

-- What a lane asks after a commit whose answer was lost: the transaction's number, and what became of a number.
CREATE FUNCTION transaction_number() RETURNS BIGINT LANGUAGE sql AS $$
    SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)
$$;
CREATE FUNCTION transaction_fate(number TEXT) RETURNS TEXT LANGUAGE sql AS $$
    SELECT pg_xact_status(CAST(number AS XID8))
$$;

-- The first position that a transaction may give in the feedback log, which has room for 1,024 of each transaction; and the
-- one before which all positions are given: those of transactions that are over.
CREATE FUNCTION log_position() RETURNS BIGINT LANGUAGE sql AS $$
    SELECT log_base + CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) * 1024 FROM shared_rows
$$;
CREATE FUNCTION log_horizon() RETURNS BIGINT LANGUAGE sql STABLE AS $$
    SELECT log_base + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) * 1024 FROM shared_rows
$$;

-- A document as JSON. PostgreSQL's texts hold no U+0000, so where a document has it, it is read as what it is written as.
CREATE FUNCTION readable_json(document TEXT) RETURNS JSON LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CAST(CASE WHEN strpos(document, '\u0000') = 0 THEN document
      ELSE regexp_replace(document, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\\\u0000', 'g') END AS JSON)
$$;

-- The values of a JSON list or object, as SQLite's function of that name gives them.
CREATE FUNCTION json_each(document TEXT) RETURNS TABLE (key TEXT, value TEXT, type TEXT, atom TEXT)
    LANGUAGE sql IMMUTABLE STRICT ROWS 10 AS $$
    SELECT one.key, one.value #>> '{}',
      CASE json_typeof(one.value) WHEN 'boolean' THEN one.value #>> '{}' ELSE json_typeof(one.value) END,
      CASE WHEN json_typeof(one.value) IN ('object', 'array') THEN NULL ELSE one.value #>> '{}' END
    FROM (
      SELECT pair.key, pair.value FROM pg_catalog.json_each(
        CASE json_typeof(readable_json(document)) WHEN 'object' THEN readable_json(document) END) AS pair (key, value)
      UNION ALL
      SELECT CAST(item.place - 1 AS TEXT), item.value FROM json_array_elements(
        CASE json_typeof(readable_json(document)) WHEN 'array' THEN readable_json(document) END)
        WITH ORDINALITY AS item (value, place)) AS one
$$;

-- What is counted: see migration 0012 of SQLite.
CREATE VIEW standing_feedback AS
    SELECT bucket, row_id AS feedback, project, created_at, message, reasons, attributes, segments,
      (created_at - (created_at % 900000000 + 900000000) % 900000000) / 900000000 AS quarter,
      channel, name, sentiment, rating, resolved, CASE WHEN comment IS NOT NULL THEN 1 END AS comment,
      CASE WHEN score IS NULL THEN NULL WHEN half(score_highest) - half(score_lowest) < 1e-290 THEN 0
        ELSE CAST(floor((half(score) - half(score_lowest)) / (half(score_highest) - half(score_lowest)) * 1000000 + 0.5) AS BIGINT)
        END AS score
    FROM feedback WHERE retracted = 0;
CREATE VIEW counted AS
    SELECT bucket, feedback, project, created_at, quarter, 0 AS kind, CAST(0 AS BIGINT) AS value, CAST(0 AS BIGINT) AS detail,
      channel, name, sentiment, rating, resolved, comment, score FROM standing_feedback
    UNION ALL
    SELECT f.bucket, f.feedback, f.project, f.created_at, f.quarter, 1, model.row_id, coalesce(version.row_id, 0), f.channel,
      f.name, f.sentiment, f.rating, f.resolved, f.comment, f.score
    FROM standing_feedback f JOIN messages m ON m.row_id = f.message AND m.bucket = f.bucket
    JOIN labels model ON model.text = m.model LEFT JOIN labels version ON version.text = m.version
    UNION ALL
    SELECT f.bucket, f.feedback, f.project, f.created_at, f.quarter, 2, label.row_id, 0, f.channel, f.name, f.sentiment,
      f.rating, f.resolved, f.comment, f.score
    FROM standing_feedback f CROSS JOIN LATERAL json_each(f.reasons) reason JOIN labels label ON label.text = reason.value
    WHERE NOT EXISTS (SELECT 1 FROM json_each(f.reasons) twin
      WHERE twin.value = reason.value AND CAST(twin.key AS BIGINT) < CAST(reason.key AS BIGINT))
    UNION ALL
    SELECT f.bucket, f.feedback, f.project, f.created_at, f.quarter, 3, CAST(answer.value AS BIGINT), 0, f.channel, f.name,
      f.sentiment, f.rating, f.resolved, f.comment, f.score
    FROM standing_feedback f CROSS JOIN LATERAL json_each(f.attributes) answer
    WHERE NOT EXISTS (SELECT 1 FROM json_each(f.attributes) twin
      WHERE twin.value = answer.value AND CAST(twin.key AS BIGINT) < CAST(answer.key AS BIGINT))
    UNION ALL
    SELECT f.bucket, f.feedback, f.project, f.created_at, f.quarter, 4, CAST(segment.value AS BIGINT), 0, f.channel, f.name,
      f.sentiment, f.rating, f.resolved, f.comment, f.score
    FROM standing_feedback f CROSS JOIN LATERAL json_each(f.segments) segment;

-- The sums as they must be, of all buckets together.
CREATE VIEW rollups_anew AS
    SELECT project, kind, 1 AS level, quarter AS slot, value, detail, channel, name, sentiment,
      count(*) AS votes, count(comment) AS comments, count(rating) AS ratings, count(*) FILTER (WHERE resolved = 1) AS resolved,
      count(*) FILTER (WHERE resolved = 0) AS unresolved, count(score) AS scored, CAST(coalesce(sum(score), 0) AS BIGINT) AS score
    FROM counted GROUP BY project, kind, quarter, value, detail, channel, name, sentiment
    UNION ALL
    SELECT project, kind, 0, (quarter - (quarter % 96 + 96) % 96) / 96 AS day, value, detail, channel, name, sentiment,
      count(*), count(comment), count(rating), count(*) FILTER (WHERE resolved = 1),
      count(*) FILTER (WHERE resolved = 0), count(score), CAST(coalesce(sum(score), 0) AS BIGINT)
    FROM counted GROUP BY project, kind, day, value, detail, channel, name, sentiment;

-- When a month begins, as times are stored, and the month of a table of history; null for the two that are for no month.
CREATE FUNCTION month_begins(month DATE) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CAST(extract(epoch FROM date_trunc('month', CAST(month AS TIMESTAMP))) AS BIGINT) * 1000000
$$;
CREATE FUNCTION history_month(name TEXT) RETURNS DATE LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_date(substring(name FROM '^feedback_versions_(\d{4}_\d{2})$'), 'YYYY_MM')
$$;

-- The tables of history.
CREATE VIEW history_parts AS
    SELECT CAST(c.relname AS TEXT) AS name, history_month(CAST(c.relname AS TEXT)) AS month
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = CAST('feedback_versions' AS REGCLASS);

-- Makes the tables of history from a month to another, but those that are there; returns how many it made. A table is made
-- beside the others and joined to them, which votes do not wait for. Where somebody reads the history for long meanwhile, or
-- votes come for a month that is being made, none is made: the next who asks makes them. What is older than the oldest month
-- gets months only while it is empty.
CREATE FUNCTION make_history_months(first DATE, last DATE) RETURNS INTEGER LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
    oldest DATE;
    newest DATE;
    month DATE;
    part TEXT;
    since BIGINT;
    until BIGINT;
    made INTEGER := 0;
BEGIN
    -- One after the other; the number is `history` in letters.
    PERFORM pg_advisory_xact_lock(x'686973746f7279'::bigint);
    SELECT min(p.month), max(p.month) INTO oldest, newest FROM history_parts p;
    IF oldest IS NOT NULL AND first >= oldest THEN
        first := oldest;
    ELSIF oldest IS NOT NULL THEN
        IF EXISTS (SELECT 1 FROM feedback_versions_earlier) THEN
            first := oldest;
        ELSE
            DROP TABLE feedback_versions_earlier;
        END IF;
    END IF;
    IF oldest IS NULL OR first < oldest THEN
        EXECUTE format('CREATE TABLE feedback_versions_earlier PARTITION OF feedback_versions FOR VALUES FROM (MINVALUE) TO (%s)',
            month_begins(first));
    END IF;
    FOR month IN SELECT CAST(m AS DATE) FROM generate_series(date_trunc('month', CAST(first AS TIMESTAMP)), last, INTERVAL '1 month') m LOOP
        CONTINUE WHEN month BETWEEN oldest AND newest;
        part := 'feedback_versions_' || to_char(month, 'YYYY_MM');
        since := month_begins(month);
        until := month_begins(CAST(month + INTERVAL '1 month' AS DATE));
        EXECUTE format('CREATE TABLE %I (LIKE feedback_versions INCLUDING ALL)', part);
        -- What came while the month had no table.
        IF EXISTS (SELECT 1 FROM feedback_versions_other o WHERE o.updated_at >= since AND o.updated_at < until) THEN
            EXECUTE format('WITH missed AS (DELETE FROM feedback_versions_other o WHERE o.updated_at >= $1 AND o.updated_at < $2
                RETURNING *) INSERT INTO %I SELECT * FROM missed', part) USING since, until;
        END IF;
        EXECUTE format('ALTER TABLE feedback_versions ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part, since, until);
        made := made + 1;
    END LOOP;
    RETURN made;
EXCEPTION WHEN lock_not_available OR check_violation THEN
    RETURN 0;
END
$$;

-- Drops the versions that were given before a month, one of those that there are tables for; notes that it did.
-- Votes wait for it, and it for whoever reads the history: after half a second it gives up instead, and nothing has changed.
CREATE FUNCTION drop_history_before(first_kept DATE) RETURNS VOID LANGUAGE plpgsql SET lock_timeout = '500ms' AS $$
DECLARE
    part TEXT;
BEGIN
    PERFORM pg_advisory_xact_lock(x'686973746f7279'::bigint);
    LOCK TABLE feedback_versions IN ACCESS EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM history_parts p WHERE p.month = first_kept) THEN
        RAISE EXCEPTION 'there is no table of history for the month of %', first_kept;
    END IF;
    FOR part IN SELECT p.name FROM history_parts p WHERE p.month < first_kept OR p.name = 'feedback_versions_earlier' LOOP
        EXECUTE format('DROP TABLE %I', part);
    END LOOP;
    EXECUTE format('CREATE TABLE feedback_versions_earlier PARTITION OF feedback_versions FOR VALUES FROM (MINVALUE) TO (%s)',
        month_begins(first_kept));
    INSERT INTO settings (name, value) VALUES ('history_begins', convert_to(CAST(month_begins(first_kept) AS TEXT), 'UTF8'))
        ON CONFLICT (name) DO UPDATE SET value = excluded.value;
END
$$;
