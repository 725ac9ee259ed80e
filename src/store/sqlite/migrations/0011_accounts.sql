-- People who sign in. `email_key` is the address as it is compared, without regard to capitals. `password` is an argon2id hash
-- in the PHC form. An account that is `limited` opens the projects of `account_projects` alone.
CREATE TABLE accounts (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role INTEGER NOT NULL,
    limited INTEGER NOT NULL,
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    last_seen_at INTEGER
) STRICT;
CREATE TABLE account_projects (
    account INTEGER NOT NULL REFERENCES accounts,
    project INTEGER NOT NULL REFERENCES projects,
    PRIMARY KEY (account, project)
) STRICT, WITHOUT ROWID;

-- Where an account is signed in. Who is signed out leaves no row.
CREATE TABLE sessions (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES accounts,
    token_sha256 BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- One-time links that were not used. `account` is the one whose password a link is for.
CREATE TABLE invites (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    kind INTEGER NOT NULL,
    role INTEGER NOT NULL,
    limited INTEGER NOT NULL,
    email TEXT,
    account INTEGER REFERENCES accounts,
    token_sha256 BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invites_by_account ON invites (account);
CREATE TABLE invite_projects (
    invite INTEGER NOT NULL REFERENCES invites,
    project INTEGER NOT NULL REFERENCES projects,
    PRIMARY KEY (invite, project)
) STRICT, WITHOUT ROWID;

-- Who changed what, in the transaction of the change. Names are those of the time; ids point nowhere, for what is logged stays.
CREATE TABLE audit_log (
    row_id INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    workspace INTEGER NOT NULL REFERENCES workspaces,
    at INTEGER NOT NULL,
    actor_kind INTEGER NOT NULL,
    actor BLOB,
    actor_name TEXT,
    action TEXT NOT NULL,
    subject BLOB,
    subject_name TEXT,
    project INTEGER REFERENCES projects,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_by_time ON audit_log (workspace, at, id);
