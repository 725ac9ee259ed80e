-- Votes that the vendors behind projects are still to hear of, or did not take. What arrived leaves no row.
--
-- `dialect` is the vendor that was behind the project when the vote was accepted: what is said of it is no other's affair.
-- `target` is the message, or less than zero the conversation, that is judged: what is said of one target is sent in
-- order. `due_at` is the next try of one that waits; `tried_since` its first try; `status` and `reason` are the last answer's.
CREATE TABLE mirror_jobs (
    row_id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects,
    feedback INTEGER NOT NULL REFERENCES feedback,
    version INTEGER NOT NULL,
    dialect INTEGER NOT NULL,
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
-- What waits of a target is looked for among all that was refused of it.
CREATE INDEX mirror_jobs_waiting ON mirror_jobs (target) WHERE state = 0;
CREATE INDEX mirror_jobs_due ON mirror_jobs (project, due_at) WHERE state = 0;
