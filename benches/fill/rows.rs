//! Rows as the program writes them.

use super::random::Random;
use super::{PROJECTS, text};
use rusqlite::{CachedStatement, Connection, params};
use siphasher::sip::SipHasher13;
use std::hash::Hasher as _;

const REASONS: [&str; 5] = ["not_factual", "incomplete", "unsafe", "too_slow", "other"];

/// Codes of the tables.
const POSITIVE: i64 = 1;
const NEGATIVE: i64 = 2;
const NATIVE: i64 = 0;
const DIFY: i64 = 1;
const END_USER: i64 = 1;
const ASSISTANT: i64 = 1;

/// What rows of everything are named by.
pub struct Names {
    hash_key: [u8; 16],
    workspace: i64,
    pub projects: [Project; 3],
    /// The criteria, the first far more frequent.
    labels: [i64; 2],
}

pub struct Project {
    pub row: i64,
    /// Its Dify key.
    key: i64,
}

/// Ids of a message and of the vote on it: they grow with time, as the program's do.
pub struct Ids {
    vote: [u8; 16],
    other: [u8; 16],
}

/// The statements.
pub struct Insert<'connection> {
    person: CachedStatement<'connection>,
    conversation: CachedStatement<'connection>,
    message: CachedStatement<'connection>,
    vote: CachedStatement<'connection>,
    version: CachedStatement<'connection>,
    comment: CachedStatement<'connection>,
}

/// A vote as it stands.
pub struct Vote {
    project: i64,
    message: i64,
    person: i64,
    key: i64,
    at: i64,
    pub channel: i64,
    pub name: i64,
    pub sentiment: i64,
    rating: Option<i64>,
    reasons: Option<String>,
    pub comment: Option<String>,
    pub retracted: bool,
    changed: bool,
}

impl Names {
    pub fn read(connection: &Connection) -> Self {
        let number = |sql: &str, name: &str| -> i64 {
            connection
                .query_row(sql, [name], |row| row.get(0))
                .expect("a row")
        };
        let label = |name| {
            number(
                "INSERT INTO labels (text) VALUES (?1) ON CONFLICT DO UPDATE SET text = text RETURNING row_id",
                name,
            )
        };
        Self {
            hash_key: connection
                .query_row("SELECT value FROM settings WHERE name = 'hash_key'", [], |row| row.get(0))
                .expect("the key of the hashes"),
            workspace: number("SELECT workspace FROM projects WHERE name = ?1", PROJECTS[0].0),
            projects: PROJECTS.map(|(name, _)| Project {
                row: number("SELECT row_id FROM projects WHERE name = ?1", name),
                key: number(
                    "SELECT k.row_id FROM api_keys k JOIN projects p ON p.row_id = k.project WHERE p.name = ?1",
                    name,
                ),
            }),
            labels: [label("user_feedback"), label("accuracy")],
        }
    }

    /// The hash of a name: see `src/store/batch.rs`.
    fn key(&self, kind: u8, scope: i64, name: &str) -> i64 {
        let mut hasher = SipHasher13::new_with_key(&self.hash_key);
        hasher.write_u8(kind);
        hasher.write_i64(scope);
        hasher.write(name.as_bytes());
        hasher.finish().cast_signed()
    }
}

impl Ids {
    pub fn new(random: &mut Random, at: i64) -> Self {
        let mut id = || {
            let mut id = [0; 16];
            let milliseconds = (at / 1000).to_be_bytes();
            id[..6].copy_from_slice(&milliseconds[2..]);
            id[6] = 0x70 | u8::try_from(at % 1000 / 63).unwrap_or(15);
            id[7] = u8::try_from(at % 63).unwrap_or(0);
            id[8..].copy_from_slice(&random.next().to_be_bytes());
            id[8] = 0x80 | (id[8] & 0x3F);
            id
        };
        Self {
            vote: id(),
            other: id(),
        }
    }

    /// What an application calls it: a UUID as text.
    fn name(&self) -> String {
        let mut bytes = self.other;
        bytes.rotate_left(8);
        uuid::Uuid::from_bytes(bytes).to_string()
    }
}

impl<'connection> Insert<'connection> {
    pub fn new(connection: &'connection Connection) -> Self {
        let prepare = |sql| connection.prepare_cached(sql).expect("a statement");
        Self {
            person: prepare(
                "INSERT INTO end_users (id, workspace, project, external_key, external_id, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            ),
            conversation: prepare(
                "INSERT INTO conversations (id, project, external_key, external_id, end_user, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            ),
            message: prepare(
                "INSERT INTO messages (id, project, conversation, external_key, external_id, owner, role, query, content,
                 created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            ),
            vote: prepare(
                "INSERT INTO feedback (id, project, message, author_kind, author, name, sentiment, rating, reasons,
                 comment, retracted, channel, api_key, version, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            ),
            version: prepare(
                "INSERT INTO feedback_versions (feedback, version, rating, retracted, channel, api_key, updated_at)
                 VALUES (?1, 1, ?2, 0, ?3, ?4, ?5)",
            ),
            comment: prepare("INSERT INTO search_pending (feedback) VALUES (?1)"),
        }
    }

    pub fn person(
        &mut self,
        names: &Names,
        project: i64,
        of_workspace: bool,
        ids: &Ids,
        number: u64,
        at: i64,
    ) -> i64 {
        let name = format!("person-{number}");
        let (scope, project) = if of_workspace {
            (-names.workspace, None)
        } else {
            (project, Some(project))
        };
        let key = names.key(1, scope, &name);
        self.person
            .insert(params![ids.other, names.workspace, project, key, name, at])
            .expect("a person")
    }

    pub fn conversation(
        &mut self,
        names: &Names,
        project: i64,
        ids: &Ids,
        person: i64,
        at: i64,
    ) -> i64 {
        let name = ids.name();
        let key = names.key(2, project, &name);
        self.conversation
            .insert(params![ids.other, project, key, name, person, at])
            .expect("a conversation")
    }

    /// With texts if it is of a conversation.
    #[expect(clippy::too_many_arguments, reason = "they are a row")]
    pub fn message(
        &mut self,
        names: &Names,
        project: i64,
        ids: &Ids,
        conversation: Option<i64>,
        person: i64,
        at: i64,
        random: &mut Random,
    ) -> i64 {
        let name = ids.name();
        let key = names.key(3, project, &name);
        let known =
            conversation.map(|_| (ASSISTANT, text::text(random, 40), text::text(random, 80)));
        let (role, query, content) = match known {
            Some((role, query, content)) => (Some(role), Some(query), Some(content)),
            None => (None, None, None),
        };
        self.message
            .insert(params![
                ids.other,
                project,
                conversation,
                key,
                name,
                person,
                role,
                query,
                content,
                at - 1
            ])
            .expect("a message")
    }

    pub fn vote(&mut self, vote: &Vote, ids: &Ids, random: &mut Random) {
        let changes = vote.changed || vote.retracted;
        let version = 1 + i64::from(changes);
        let changed_at = if changes {
            vote.at + i64::try_from(random.below(3_000_000)).expect("a few seconds")
        } else {
            vote.at
        };
        let row = self
            .vote
            .insert(params![
                ids.vote,
                vote.project,
                vote.message,
                END_USER,
                vote.person,
                vote.name,
                vote.sentiment,
                vote.rating,
                vote.reasons,
                vote.comment,
                vote.retracted,
                vote.channel,
                vote.key,
                version,
                vote.at,
                changed_at
            ])
            .expect("a vote");
        if changes {
            self.version
                .execute(params![row, 0, vote.channel, vote.key, vote.at])
                .expect("a version");
        }
        if vote.comment.is_some() {
            self.comment.execute([row]).expect("a comment");
        }
    }
}

impl Vote {
    pub fn new(
        names: &Names,
        project: usize,
        message: i64,
        person: i64,
        at: i64,
        random: &mut Random,
    ) -> Self {
        let retracted = random.one_in(200);
        let negative = random.one_in(4);
        let (sentiment, rating) = match (retracted, negative) {
            (true, _) => (0, None),
            (false, true) => (NEGATIVE, Some(1)),
            (false, false) => (POSITIVE, Some(0)),
        };
        let gives_reason = !retracted && negative && random.one_in(3);
        let comments = random.one_in(5) && !retracted;
        let native = random.one_in(20);
        Self {
            project: names.projects[project].row,
            message,
            person,
            key: names.projects[project].key,
            at,
            channel: if native { NATIVE } else { DIFY },
            name: names.labels[usize::from(native)],
            sentiment,
            rating,
            reasons: gives_reason.then(|| {
                let place = usize::try_from(random.below(5)).expect("a place of the list");
                format!("[\"{}\"]", REASONS[place])
            }),
            comment: comments.then(|| text::text(random, 75)),
            retracted,
            changed: random.one_in(50),
        }
    }
}
