-- Votes that the vendors behind projects are still to hear of, or did not take. What arrived leaves no row.
--
-- `target` is the message, or less than zero the conversation, that is judged: what is said of one target is sent in
-- order. `due_at` is the next try of one that waits; `tried_since` its first try; `status` and `reason` are the last answer's.
CREATE TABLE mirror_jobs (
    row_id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects,
    feedback INTEGER NOT NULL REFERENCES feedback,
    version INTEGER NOT NULL,
    target INTEGER NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    tried_since INTEGER,
    status INTEGER,
    reason TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mirror_jobs_by_state ON mirror_jobs (project, state);
CREATE INDEX mirror_jobs_by_target ON mirror_jobs (target);
CREATE INDEX mirror_jobs_due ON mirror_jobs (project, due_at) WHERE state = 0;
