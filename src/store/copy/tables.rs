//! What is copied: every table that is no index of another, with what its rows are told apart by.

/// A table of both engines.
#[derive(Debug)]
pub(super) struct Table {
    /// What it is called.
    pub(super) name: &'static str,
    /// The columns that both engines have, separated by commas. Those it is read in the order of come first.
    pub(super) columns: &'static str,
    /// How many of the columns tell the rows apart.
    pub(super) key: usize,
    /// The bucket of a row `s` that is being copied, on PostgreSQL; none if the table has no buckets.
    pub(super) bucket: Option<&'static str>,
}

/// The bucket of a name, or of a row without one.
const NAMED: &str = "CASE WHEN s.external_key IS NULL THEN s.row_id ELSE s.external_key END & (SELECT get_byte(value, 0) - 1 \
     FROM settings WHERE name = 'buckets')";
/// The bucket of the feedback that a row belongs to.
const OF_FEEDBACK: &str = "(SELECT f.bucket FROM feedback f WHERE f.row_id = s.feedback)";
/// The bucket of a conversation: that of its name, or else of the person whose it is.
const OF_CONVERSATION: &str = "CASE WHEN s.external_key IS NULL AND s.end_user IS NOT NULL \
     THEN (SELECT u.bucket FROM end_users u WHERE u.row_id = s.end_user) \
     ELSE CASE WHEN s.external_key IS NULL THEN s.row_id ELSE s.external_key END & (SELECT get_byte(value, 0) - 1 \
     FROM settings WHERE name = 'buckets') END";
/// The bucket of the person whom a row is about.
const OF_AUTHOR: &str = "coalesce((SELECT u.bucket FROM end_users u WHERE u.row_id = s.author), 0)";
/// The bucket of rows that are written while every bucket is held.
const FIRST: &str = "0";

const fn shared(name: &'static str, columns: &'static str, key: usize) -> Table {
    let bucket = None;
    Table {
        name,
        columns,
        key,
        bucket,
    }
}

const fn spread(
    name: &'static str,
    columns: &'static str,
    key: usize,
    bucket: &'static str,
) -> Table {
    let bucket = Some(bucket);
    Table {
        name,
        columns,
        key,
        bucket,
    }
}

/// All of them; what others point to comes first.
pub(super) const TABLES: [Table; 29] = [
    shared("workspaces", "row_id, id, name, created_at", 1),
    shared(
        "projects",
        "row_id, id, workspace, name, description, number, amazon_q_application_id, haptik_business_id, \
         wonderchat_chatbot_id, unknown_targets, enabled, keep_text, mode, client_settings, upstream_dialect, \
         upstream_base_url, upstream_mirror, upstream_credential, upstream_credential_hint, upstream_webhook_forward_to, \
         rate_per_second, rate_burst, created_at, updated_at, deleted_at",
        1,
    ),
    shared(
        "api_keys",
        "row_id, id, dialect, workspace, project, name, secret_sha256, hint, access_key_id, client_id, sealed_secret, \
         publishable, scopes, rate_per_second, rate_burst, created_at, revoked_at",
        1,
    ),
    shared("attributes", "row_id, id, project, name, created_at", 1),
    shared(
        "attribute_options",
        "row_id, id, attribute, name, created_at",
        1,
    ),
    shared(
        "accounts",
        "row_id, id, workspace, email, email_key, name, role, limited, password, created_at, disabled_at, last_seen_at",
        1,
    ),
    shared("account_projects", "account, project", 2),
    shared(
        "sessions",
        "row_id, id, account, token_sha256, created_at, expires_at, last_seen_at",
        1,
    ),
    shared(
        "invites",
        "row_id, id, workspace, kind, role, limited, email, account, token_sha256, created_at, expires_at",
        1,
    ),
    shared("invite_projects", "invite, project", 2),
    shared(
        "audit_log",
        "row_id, id, workspace, at, actor_kind, actor, actor_name, action, subject, subject_name, project, detail",
        1,
    ),
    shared("labels", "row_id, text", 1),
    spread(
        "end_users",
        "row_id, id, workspace, project, external_key, external_id, name, email, username, phone, language, metadata, \
         created_at, updated_at",
        1,
        NAMED,
    ),
    shared("segment_kinds", "row_id, workspace, name, created_at", 1),
    shared("segments", "row_id, kind, name, created_at", 1),
    spread("end_user_segments", "end_user, segment", 2, FIRST),
    spread("internal_end_users", "project, end_user", 2, FIRST),
    spread(
        "conversations",
        "row_id, id, project, external_key, external_id, end_user, title, metadata, tags, created_at, updated_at, erased_at",
        1,
        OF_CONVERSATION,
    ),
    spread(
        "messages",
        "row_id, id, project, conversation, external_key, external_id, owner, role, query, content, model, version, \
         metadata, speaker, format, created_at",
        1,
        "CASE WHEN s.external_key IS NULL AND s.conversation IS NOT NULL \
         THEN (SELECT c.bucket FROM conversations c WHERE c.row_id = s.conversation) \
         ELSE CASE WHEN s.external_key IS NULL THEN s.row_id ELSE s.external_key END & (SELECT get_byte(value, 0) - 1 \
         FROM settings WHERE name = 'buckets') END",
    ),
    shared(
        "topics",
        "row_id, project, kind, name, description, created_at",
        1,
    ),
    spread(
        "topic_messages",
        "row_id, topic, message, created_at",
        1,
        "(SELECT m.bucket FROM messages m WHERE m.row_id = s.message)",
    ),
    spread(
        "feedback",
        "row_id, id, external_id, project, message, conversation, author_kind, author, name, sentiment, rating, score, \
         score_lowest, score_highest, resolved, reasons, comment, correction, attributes, message_copied_at, submitted_at, \
         metadata, retracted, channel, api_key, version, created_at, updated_at",
        1,
        "coalesce((SELECT m.bucket FROM messages m WHERE m.row_id = s.message), \
         (SELECT c.bucket FROM conversations c WHERE c.row_id = s.conversation))",
    ),
    spread(
        HISTORY,
        "feedback, version, rating, score, score_lowest, score_highest, resolved, reasons, comment, correction, attributes, \
         message_copied_at, submitted_at, metadata, retracted, channel, api_key, updated_at",
        2,
        OF_FEEDBACK,
    ),
    spread(
        ROLLUPS,
        "project, kind, level, slot, value, detail, channel, name, sentiment, votes, comments, ratings, resolved, unresolved, \
         scored, score",
        9,
        FIRST,
    ),
    spread(
        "quiet_times",
        "author, project, last_accepted_at",
        2,
        OF_AUTHOR,
    ),
    spread(
        "idempotency_keys",
        "key, request_sha256, made, outcome, version, created_at",
        1,
        FIRST,
    ),
    shared("imports", "project, source, position, updated_at", 2),
    spread(
        "feedback_log",
        "row_id, project, feedback, version, at",
        1,
        OF_FEEDBACK,
    ),
    spread(
        "mirror_jobs",
        "row_id, project, feedback, version, dialect, target, state, attempts, due_at, tried_since, status, reason, \
         created_at",
        1,
        OF_FEEDBACK,
    ),
];

/// Versions that were replaced, which lie in tables by months on PostgreSQL.
pub(super) const HISTORY: &str = "feedback_versions";

/// Sums, of which PostgreSQL has one for every bucket and SQLite one.
pub(super) const ROLLUPS: &str = "rollups";

impl Table {
    /// The columns, one by one.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.split(',').map(str::trim)
    }

    /// Where its rows are read from: the sums without those that are zero, of which each engine has its own.
    fn rows(&self) -> &'static str {
        if self.name == ROLLUPS {
            "(SELECT project, kind, level, slot, value, detail, channel, name, sentiment, CAST(sum(votes) AS BIGINT) AS votes, \
             CAST(sum(comments) AS BIGINT) AS comments, CAST(sum(ratings) AS BIGINT) AS ratings, \
             CAST(sum(resolved) AS BIGINT) AS resolved, CAST(sum(unresolved) AS BIGINT) AS unresolved, \
             CAST(sum(scored) AS BIGINT) AS scored, CAST(sum(score) AS BIGINT) AS score FROM rollups \
             GROUP BY project, kind, level, slot, value, detail, channel, name, sentiment HAVING sum(votes) <> 0) AS rollups"
        } else {
            self.name
        }
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> String {
        format!("SELECT count(*) FROM {}", self.rows())
    }

    /// The columns of the key, compared so that both engines agree: texts byte by byte, whatever the database's language.
    fn ordered(&self, order: &str) -> String {
        let ordered = |name: &str| match name {
            "key" | "source" => format!("{name} COLLATE {{C}}{order}"),
            name => format!("{name}{order}"),
        };
        let key: Vec<String> = self.names().take(self.key).map(ordered).collect();
        key.join(", ")
    }

    /// The next rows, in the order of what tells them apart; with the values of that where it goes on, and how many.
    pub(super) fn page(&self, goes_on: bool) -> String {
        let key = self.ordered("");
        let places = vec!["?"; self.key].join(", ");
        let after = if goes_on {
            format!(" WHERE ({key}) > ({places})")
        } else {
            String::new()
        };
        format!(
            "SELECT {} FROM {}{after} ORDER BY {key} LIMIT ?",
            self.columns,
            self.rows()
        )
    }

    /// What tells the last row from the others.
    pub(super) fn last(&self) -> String {
        let key: Vec<&str> = self.names().take(self.key).collect();
        format!(
            "SELECT {} FROM {} ORDER BY {} LIMIT 1",
            key.join(", "),
            self.name,
            self.ordered(" DESC")
        )
    }
}
