-- Amazon Q's feedback in the order in which it was accepted, for those who follow it: a row for every version that judges.
-- Its votes alone pay for it. Rows are added at the end and never deleted, so that a row's number is a place to read on from.
CREATE TABLE feedback_log (
    row_id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects,
    feedback INTEGER NOT NULL REFERENCES feedback,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_log_by_project ON feedback_log (project);
