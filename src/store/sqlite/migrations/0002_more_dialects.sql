-- What the dialects of Wonderchat, Melodi and Haptik need to keep.

ALTER TABLE projects ADD COLUMN wonderchat_chatbot_id TEXT;
-- What vendors' clients asked to be kept: a JSON object, by dialect.
ALTER TABLE projects ADD COLUMN client_settings TEXT;

ALTER TABLE attributes ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attribute_options ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
UPDATE attributes SET created_at = (SELECT created_at FROM projects WHERE row_id = attributes.project);
UPDATE attribute_options SET created_at = (SELECT created_at FROM attributes WHERE row_id = attribute_options.attribute);

-- A JSON list of texts.
ALTER TABLE conversations ADD COLUMN tags TEXT;

-- What the application calls the speaker, where it is none of the roles; and how the content is written: none is Markdown.
ALTER TABLE messages ADD COLUMN speaker TEXT;
ALTER TABLE messages ADD COLUMN format INTEGER;

ALTER TABLE end_users ADD COLUMN metadata TEXT;

-- Groups that people belong to, by kind of group.
CREATE TABLE segment_kinds (
    row_id INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (workspace, name)
) STRICT;
CREATE TABLE segments (
    row_id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL REFERENCES segment_kinds,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (kind, name)
) STRICT;
CREATE TABLE end_user_segments (
    end_user INTEGER NOT NULL REFERENCES end_users,
    segment INTEGER NOT NULL REFERENCES segments,
    PRIMARY KEY (end_user, segment)
) STRICT, WITHOUT ROWID;
CREATE INDEX end_user_segments_by_segment ON end_user_segments (segment, end_user);

-- They stood in the person's row: a JSON list of [kind, group].
INSERT INTO segment_kinds (workspace, name, created_at)
    SELECT u.workspace, pair.value ->> 0, min(u.updated_at) FROM end_users u, json_each(u.segments) pair
    GROUP BY 1, 2;
INSERT INTO segments (kind, name, created_at)
    SELECT k.row_id, pair.value ->> 1, min(u.updated_at) FROM end_users u, json_each(u.segments) pair
    JOIN segment_kinds k ON k.workspace = u.workspace AND k.name = pair.value ->> 0
    GROUP BY 1, 2;
INSERT OR IGNORE INTO end_user_segments (end_user, segment)
    SELECT u.row_id, s.row_id FROM end_users u, json_each(u.segments) pair
    JOIN segment_kinds k ON k.workspace = u.workspace AND k.name = pair.value ->> 0
    JOIN segments s ON s.kind = k.row_id AND s.name = pair.value ->> 1;
ALTER TABLE end_users DROP COLUMN segments;

-- What conversations are about, by a project's own words: an issue that people run into, an intent that they have.
CREATE TABLE topics (
    row_id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects,
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (project, kind, name)
) STRICT;
-- Rows are deleted here, and no number is given twice.
CREATE TABLE topic_messages (
    row_id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic INTEGER NOT NULL REFERENCES topics,
    message INTEGER NOT NULL REFERENCES messages,
    created_at INTEGER NOT NULL,
    UNIQUE (topic, message)
) STRICT;
CREATE INDEX topic_messages_by_message ON topic_messages (message);

-- People who belong to the operator rather than to the public.
CREATE TABLE internal_end_users (
    project INTEGER NOT NULL REFERENCES projects,
    end_user INTEGER NOT NULL REFERENCES end_users,
    PRIMARY KEY (project, end_user)
) STRICT, WITHOUT ROWID;

-- How far an import that reads from a vendor came.
CREATE TABLE imports (
    project INTEGER NOT NULL REFERENCES projects,
    source TEXT NOT NULL,
    position TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (project, source)
) STRICT, WITHOUT ROWID;
