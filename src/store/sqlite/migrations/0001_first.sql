-- The first schema.
--
-- Every row has a small integer of its own, by which rows name each other, and a UUID for the outside. UUIDs are of
-- version 7, so their indexes grow at one end. The only indexes in random order are the `external_key` ones: hashes of
-- what the application calls a row. Times are microseconds since 1970-01-01T00:00:00Z. Small enums are the places of
-- their values in the domain's lists.

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    name TEXT NOT NULL,
    description TEXT,
    number INTEGER NOT NULL UNIQUE,
    amazon_q_application_id TEXT,
    haptik_business_id INTEGER,
    unknown_targets INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    keep_text INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    upstream_dialect INTEGER,
    upstream_base_url TEXT,
    upstream_mirror INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE TABLE api_keys (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    dialect INTEGER NOT NULL,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    project INTEGER REFERENCES projects,
    name TEXT,
    secret_sha256 BLOB NOT NULL,
    hint TEXT NOT NULL,
    access_key_id TEXT,
    client_id TEXT,
    sealed_secret BLOB,
    publishable INTEGER NOT NULL,
    scopes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE attributes (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    project INTEGER NOT NULL REFERENCES projects,
    name TEXT NOT NULL,
    UNIQUE (project, name)
) STRICT;

CREATE TABLE attribute_options (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    attribute INTEGER NOT NULL REFERENCES attributes,
    name TEXT NOT NULL,
    UNIQUE (attribute, name)
) STRICT;

-- Words that many rows repeat: criteria, reviewers, models that judge.
CREATE TABLE labels (
    row_id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- `project` is null for a person whom the workspace as a whole knows.
CREATE TABLE end_users (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    project INTEGER REFERENCES projects,
    external_key INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT,
    email TEXT,
    username TEXT,
    phone TEXT,
    language TEXT,
    segments TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX end_users_by_external_key ON end_users (external_key);
CREATE INDEX end_users_by_time ON end_users (workspace, project, created_at);

CREATE TABLE conversations (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    project INTEGER NOT NULL REFERENCES projects,
    external_key INTEGER,
    external_id TEXT,
    end_user INTEGER REFERENCES end_users,
    title TEXT,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_by_external_key ON conversations (external_key) WHERE external_key IS NOT NULL;
CREATE INDEX conversations_by_time ON conversations (project, created_at);
CREATE INDEX conversations_by_end_user ON conversations (end_user, created_at) WHERE end_user IS NOT NULL;

-- A message without a role is a stub: only its id is known, from a vote that came before it.
CREATE TABLE messages (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    project INTEGER NOT NULL REFERENCES projects,
    conversation INTEGER REFERENCES conversations,
    external_key INTEGER,
    external_id TEXT,
    owner INTEGER REFERENCES end_users,
    role INTEGER,
    query TEXT,
    content TEXT,
    model TEXT,
    version TEXT,
    metadata TEXT,
    created_at INTEGER NOT NULL
) STRICT;
-- With the conversation, because names such as `msg-1` repeat in thousands of them.
CREATE INDEX messages_by_external_key ON messages (external_key, conversation) WHERE external_key IS NOT NULL;
CREATE INDEX messages_by_conversation ON messages (conversation, created_at) WHERE conversation IS NOT NULL;

-- One row a feedback, with its current version. `message` is what is judged, or `conversation` where that is judged as
-- a whole. `author` is an end user or a label, by `author_kind`. `attributes` is a JSON list of the options' rows.
CREATE TABLE feedback (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    external_id TEXT,
    project INTEGER NOT NULL REFERENCES projects,
    message INTEGER REFERENCES messages,
    conversation INTEGER REFERENCES conversations,
    author_kind INTEGER NOT NULL,
    author INTEGER,
    name INTEGER NOT NULL REFERENCES labels,
    sentiment INTEGER NOT NULL,
    rating INTEGER,
    score REAL,
    score_lowest REAL,
    score_highest REAL,
    resolved INTEGER,
    reasons TEXT,
    comment TEXT,
    correction TEXT,
    attributes TEXT,
    message_copied_at INTEGER,
    submitted_at INTEGER,
    metadata TEXT,
    retracted INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    api_key INTEGER REFERENCES api_keys,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
-- With the author, because thousands of people may judge one message.
CREATE INDEX feedback_by_message ON feedback (message, author_kind, author) WHERE message IS NOT NULL;
CREATE INDEX feedback_by_conversation ON feedback (conversation, author_kind, author) WHERE conversation IS NOT NULL;
CREATE INDEX feedback_by_time ON feedback (project, created_at);

-- Versions that were replaced. Rows are added and never changed.
CREATE TABLE feedback_versions (
    row_id INTEGER PRIMARY KEY,
    feedback INTEGER NOT NULL REFERENCES feedback,
    version INTEGER NOT NULL,
    rating INTEGER,
    score REAL,
    score_lowest REAL,
    score_highest REAL,
    resolved INTEGER,
    reasons TEXT,
    comment TEXT,
    correction TEXT,
    attributes TEXT,
    message_copied_at INTEGER,
    submitted_at INTEGER,
    metadata TEXT,
    retracted INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    api_key INTEGER REFERENCES api_keys,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_versions_by_feedback ON feedback_versions (feedback);

-- Sums over standing feedback, by the day of `created_at`.
CREATE TABLE rollups (
    project INTEGER NOT NULL REFERENCES projects,
    day INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    name INTEGER NOT NULL REFERENCES labels,
    sentiment INTEGER NOT NULL,
    votes INTEGER NOT NULL,
    comments INTEGER NOT NULL,
    PRIMARY KEY (project, day, channel, name, sentiment)
) STRICT, WITHOUT ROWID;

-- When an author's last vote was accepted, where the dialect asks for a quiet time after it.
CREATE TABLE quiet_times (
    author INTEGER NOT NULL REFERENCES end_users,
    project INTEGER NOT NULL REFERENCES projects,
    last_accepted_at INTEGER NOT NULL,
    PRIMARY KEY (author, project)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    request_sha256 BLOB NOT NULL,
    made BLOB,
    outcome INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);

-- The words of comments; the text itself is in the feedback's row. What is not indexed yet is in `search_pending`.
CREATE VIRTUAL TABLE search USING fts5 (
    comment, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE search_pending (
    feedback INTEGER PRIMARY KEY
) STRICT;
