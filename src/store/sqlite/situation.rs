//! What a vote meets: the facts for the rules, and the rows that they were read from.

use super::batch::{Batch, Kind, ProjectRow};
use super::codes::{Coded as _, blob, id, optional_time};
use super::standing::{self, StandingRow};
use crate::domain::vote::{
    Addressee, AuthorRef, Command, Identity, Owner, Place, RowRef, Situation, TargetFacts,
};
use crate::domain::{AuthorKind, EndUserId};
use rusqlite::{OptionalExtension as _, Row, params};

/// Feedback of one author for one target that is looked at; there is more than one only where every vote is new.
const STANDING_MOST: usize = 64;

// A plus sign keeps the planner from an index that begins with a column in which thousands of rows are alike: names are
// looked up by their hash.

/// An end user by name.
const FIND_END_USER: &str = "SELECT row_id, id FROM end_users \
     WHERE external_key = ?1 AND external_id = ?2 AND +workspace = ?3 AND +project IS ?4";
/// A conversation by name.
const FIND_CONVERSATION: &str = "SELECT row_id, end_user FROM conversations \
     WHERE external_key = ?1 AND external_id = ?2 AND +project = ?3";
/// A message of one conversation by name, or with none of those that belong to no conversation.
const FIND_MESSAGE_IN: &str = "SELECT row_id, conversation, owner FROM messages \
     WHERE external_key = ?1 AND conversation IS ?4 AND external_id = ?2 AND +project = ?3 \
     ORDER BY row_id DESC LIMIT 1";
/// A message by name alone: the one of the newest conversation, for names may repeat between conversations.
const FIND_MESSAGE: &str = "SELECT row_id, conversation, owner FROM messages \
     WHERE external_key = ?1 AND external_id = ?2 AND +project = ?3 \
     ORDER BY conversation DESC, row_id DESC LIMIT 1";

/// What a vote meets.
pub(super) struct Scene {
    pub(super) project: ProjectRow,
    /// The author, if it is a known end user.
    pub(super) author: Option<UserRow>,
    /// The conversation that is named or that the message belongs to, if it is known.
    pub(super) conversation: Option<i64>,
    /// The message that is judged, if it is known.
    pub(super) message: Option<i64>,
    /// Whether the message is known to belong to a conversation.
    pub(super) linked: bool,
    /// The rows of [`Situation::standing`], in the same order.
    pub(super) standing: Vec<StandingRow>,
    pub(super) situation: Situation,
}

/// An end user's row.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserRow {
    pub(super) row: i64,
    pub(super) id: EndUserId,
}

pub(super) struct MessageRow {
    pub(super) row: i64,
    conversation: Option<i64>,
    owner: Option<i64>,
}

/// Reads what a command meets.
pub(super) fn load(batch: &mut Batch<'_>, command: &Command) -> rusqlite::Result<Scene> {
    let mut scene = Scene {
        project: batch.project(command.project)?,
        author: None,
        conversation: None,
        message: None,
        linked: false,
        standing: Vec::new(),
        situation: Situation {
            author_known: true,
            ..Situation::default()
        },
    };
    match &command.addressee {
        Addressee::Feedback(id) => {
            let project = scene.project.project;
            let sql = standing::select("id = ?1 AND project = ?2");
            load_standing(batch, &mut scene, &sql, params![blob(&id.0), project])?;
        }
        Addressee::Vote {
            place,
            author,
            name,
        } => {
            load_author(batch, &mut scene, author)?;
            load_target(batch, &mut scene, place)?;
            if command.policy.identity != Identity::EveryVote {
                load_votes(batch, &mut scene, author, name)?;
            }
            if command.policy.quiet_microseconds.is_some() {
                load_quiet_time(batch, &mut scene)?;
            }
        }
    }
    Ok(scene)
}

fn load_author(
    batch: &mut Batch<'_>,
    scene: &mut Scene,
    author: &AuthorRef,
) -> rusqlite::Result<()> {
    let AuthorRef::EndUser {
        external_id,
        of_workspace,
    } = author
    else {
        return Ok(());
    };
    let ProjectRow { project, workspace } = scene.project;
    let scope = (workspace, (!of_workspace).then_some(project));
    scene.author = batch.find_person(scope, external_id)?;
    scene.situation.author_known = scene.author.is_some();
    Ok(())
}

fn load_target(batch: &mut Batch<'_>, scene: &mut Scene, place: &Place) -> rusqlite::Result<()> {
    let project = scene.project.project;
    scene.situation.target = match place {
        Place::Message {
            conversation,
            message,
        } => load_message(batch, scene, conversation.as_ref(), message)?,
        Place::Conversation { conversation } => {
            match batch.find_conversation(project, conversation)? {
                Some((row, owner)) => known_conversation(scene, row, owner),
                None => unknown(conversation),
            }
        }
        Place::LastMessage { conversation } => {
            match batch.find_conversation(project, conversation)? {
                None => unknown(conversation),
                Some((row, owner)) => {
                    scene.conversation = Some(row);
                    match batch.last_message(row)? {
                        None => TargetFacts::NoMessage,
                        Some(message) => known_message(scene, &message, owner),
                    }
                }
            }
        }
        Place::LatestConversation => match scene.author {
            None => TargetFacts::Unknown,
            Some(author) => match batch.latest_conversation(project, author.row)? {
                None => TargetFacts::Unknown,
                Some(row) => known_conversation(scene, row, Some(author.row)),
            },
        },
    };
    Ok(())
}

fn load_message(
    batch: &mut Batch<'_>,
    scene: &mut Scene,
    conversation: Option<&RowRef>,
    message: &RowRef,
) -> rusqlite::Result<TargetFacts> {
    let project = scene.project.project;
    let mut conversation_owner = None;
    if let Some(conversation) = conversation {
        match batch.find_conversation(project, conversation)? {
            Some((row, owner)) => {
                scene.conversation = Some(row);
                conversation_owner = owner;
            }
            None if matches!(conversation, RowRef::Id(_)) => return Ok(TargetFacts::NoSuchId),
            None => {}
        }
    }
    // A message that belongs to another conversation is another message: ids may repeat between conversations.
    let fits = |found: &MessageRow| {
        conversation.is_none()
            || found.conversation.is_none()
            || found.conversation == scene.conversation
    };
    let found = match (message, conversation) {
        (RowRef::Id(id), _) => batch.message_by_id(project, id)?.filter(fits),
        (RowRef::External(name), None) => batch.message_named(project, name)?,
        (RowRef::External(name), Some(_)) => {
            batch.message_named_in(project, name, scene.conversation)?
        }
    };
    let Some(found) = found else {
        return Ok(unknown(message));
    };
    if conversation.is_none()
        && found.owner.is_none()
        && let Some(row) = found.conversation
    {
        conversation_owner = batch.conversation_owner(row)?;
    }
    Ok(known_message(scene, &found, conversation_owner))
}

const fn unknown(row: &RowRef) -> TargetFacts {
    match row {
        RowRef::Id(_) => TargetFacts::NoSuchId,
        RowRef::External(_) => TargetFacts::Unknown,
    }
}

fn known_conversation(scene: &mut Scene, row: i64, owner: Option<i64>) -> TargetFacts {
    scene.conversation = Some(row);
    TargetFacts::Known {
        owner: scene.owner(owner),
    }
}

fn known_message(
    scene: &mut Scene,
    found: &MessageRow,
    conversation_owner: Option<i64>,
) -> TargetFacts {
    scene.message = Some(found.row);
    scene.linked = found.conversation.is_some();
    if found.conversation.is_some() {
        scene.conversation = found.conversation;
    }
    TargetFacts::Known {
        owner: scene.owner(found.owner.or(conversation_owner)),
    }
}

impl Scene {
    fn owner(&self, owner: Option<i64>) -> Owner {
        match (owner, self.author) {
            (None, _) => Owner::Nobody,
            (Some(owner), Some(author)) if owner == author.row => Owner::Author,
            (Some(_), _) => Owner::Another,
        }
    }
}

fn load_votes(
    batch: &mut Batch<'_>,
    scene: &mut Scene,
    author: &AuthorRef,
    name: &str,
) -> rusqlite::Result<()> {
    let (kind, author) = match author {
        AuthorRef::Anonymous => (AuthorKind::Anonymous, None),
        AuthorRef::EndUser { .. } => match scene.author {
            Some(author) => (AuthorKind::EndUser, Some(author.row)),
            None => return Ok(()),
        },
        AuthorRef::Reviewer(name) | AuthorRef::Model(name) => {
            let kind = match author {
                AuthorRef::Reviewer(_) => AuthorKind::Reviewer,
                _ => AuthorKind::Model,
            };
            match batch.known_label(name)? {
                Some(label) => (kind, Some(label)),
                None => return Ok(()),
            }
        }
    };
    let Some(name) = batch.known_label(name)? else {
        return Ok(());
    };
    let (target, row) = match (scene.message, scene.conversation) {
        (Some(message), _) => ("message", message),
        (None, Some(conversation)) if judges_conversation(scene) => ("conversation", conversation),
        _ => return Ok(()),
    };
    let sql = standing::select(&format!(
        "{target} = ?1 AND author_kind = ?2 AND author IS ?3 AND name = ?4
         ORDER BY row_id DESC LIMIT {STANDING_MOST}"
    ));
    load_standing(batch, scene, &sql, params![row, kind.code(), author, name])
}

/// Whether what is judged is a known conversation; a message that is not known yet may name one too.
fn judges_conversation(scene: &Scene) -> bool {
    scene.message.is_none()
        && matches!(
            scene.situation.target,
            TargetFacts::Known { .. } | TargetFacts::NoMessage
        )
}

fn load_standing(
    batch: &Batch<'_>,
    scene: &mut Scene,
    sql: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<()> {
    let mut select = batch.connection.prepare_cached(sql)?;
    let mut rows = select.query(parameters)?;
    while let Some(row) = rows.next()? {
        let (row, says) = StandingRow::read(batch.connection, row)?;
        scene.standing.push(row);
        scene.situation.standing.push(says);
    }
    Ok(())
}

fn load_quiet_time(batch: &Batch<'_>, scene: &mut Scene) -> rusqlite::Result<()> {
    let Some(author) = scene.author else {
        return Ok(());
    };
    scene.situation.last_accepted_at = batch
        .connection
        .prepare_cached(
            "SELECT last_accepted_at FROM quiet_times WHERE author = ?1 AND project = ?2",
        )?
        .query_row([author.row, scene.project.project], |row| {
            optional_time(row, 0)
        })
        .optional()?
        .flatten();
    Ok(())
}

fn message_row(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    Ok(MessageRow {
        row: row.get(0)?,
        conversation: row.get(1)?,
        owner: row.get(2)?,
    })
}

impl Batch<'_> {
    /// An end user of a workspace and perhaps a project, by what the application calls the person.
    pub(super) fn find_end_user(
        &self,
        (workspace, project): (i64, Option<i64>),
        external_id: &str,
    ) -> rusqlite::Result<Option<UserRow>> {
        let scope = project.unwrap_or(-workspace);
        self.connection
            .prepare_cached(FIND_END_USER)?
            .query_row(
                params![
                    self.external_key(Kind::EndUser, scope, external_id),
                    external_id,
                    workspace,
                    project
                ],
                |row| {
                    Ok(UserRow {
                        row: row.get(0)?,
                        id: EndUserId(id(row, 1)?),
                    })
                },
            )
            .optional()
    }

    /// An end user as [`Batch::find_end_user`]; whom the project does not know, its workspace may.
    pub(super) fn find_person(
        &self,
        (workspace, project): (i64, Option<i64>),
        external_id: &str,
    ) -> rusqlite::Result<Option<UserRow>> {
        let known = self.find_end_user((workspace, project), external_id)?;
        if known.is_some() || project.is_none() {
            return Ok(known);
        }
        self.find_end_user((workspace, None), external_id)
    }

    /// A conversation's row and owner.
    pub(super) fn find_conversation(
        &self,
        project: i64,
        conversation: &RowRef,
    ) -> rusqlite::Result<Option<(i64, Option<i64>)>> {
        let pair = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        match conversation {
            RowRef::Id(id) => self
                .connection
                .prepare_cached(
                    "SELECT row_id, end_user FROM conversations WHERE id = ?1 AND project = ?2",
                )?
                .query_row(params![blob(id), project], pair),
            RowRef::External(name) => self
                .connection
                .prepare_cached(FIND_CONVERSATION)?
                .query_row(
                    params![
                        self.external_key(Kind::Conversation, project, name),
                        name,
                        project
                    ],
                    pair,
                ),
        }
        .optional()
    }

    fn conversation_owner(&self, conversation: i64) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT end_user FROM conversations WHERE row_id = ?1")?
            .query_row([conversation], |row| row.get(0))
    }

    fn message_by_id(&self, project: i64, id: &uuid::Uuid) -> rusqlite::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                "SELECT row_id, conversation, owner FROM messages WHERE id = ?1 AND project = ?2",
            )?
            .query_row(params![blob(id), project], message_row)
            .optional()
    }

    fn message_named(&self, project: i64, name: &str) -> rusqlite::Result<Option<MessageRow>> {
        let key = self.external_key(Kind::Message, project, name);
        self.connection
            .prepare_cached(FIND_MESSAGE)?
            .query_row(params![key, name, project], message_row)
            .optional()
    }

    /// The message of a conversation, else one of that name that belongs to none yet.
    pub(super) fn message_named_in(
        &self,
        project: i64,
        name: &str,
        conversation: Option<i64>,
    ) -> rusqlite::Result<Option<MessageRow>> {
        let key = self.external_key(Kind::Message, project, name);
        let mut find = self.connection.prepare_cached(FIND_MESSAGE_IN)?;
        let mut found = find
            .query_row(params![key, name, project, conversation], message_row)
            .optional()?;
        if found.is_none() && conversation.is_some() {
            let nowhere = None::<i64>;
            found = find
                .query_row(params![key, name, project, nowhere], message_row)
                .optional()?;
        }
        Ok(found)
    }

    fn last_message(&self, conversation: i64) -> rusqlite::Result<Option<MessageRow>> {
        self.connection
            .prepare_cached(
                "SELECT row_id, conversation, owner FROM messages WHERE conversation = ?1
                 ORDER BY created_at DESC, row_id DESC LIMIT 1",
            )?
            .query_row([conversation], message_row)
            .optional()
    }

    fn latest_conversation(&self, project: i64, end_user: i64) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached(
                "SELECT row_id FROM conversations WHERE end_user = ?1 AND +project = ?2
                 ORDER BY created_at DESC, row_id DESC LIMIT 1",
            )?
            .query_row([end_user, project], |row| row.get(0))
            .optional()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;
    use rusqlite::Connection;

    #[test]
    fn names_are_looked_up_by_their_hash() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        for sql in [
            FIND_END_USER,
            FIND_CONVERSATION,
            FIND_MESSAGE_IN,
            FIND_MESSAGE,
        ] {
            let mut explain = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let values = vec![0; explain.parameter_count()];
            let plan: String = explain
                .query_row(rusqlite::params_from_iter(values), |row| row.get("detail"))
                .unwrap();
            assert!(plan.contains("_by_external_key (external_key=?"), "{plan}");
        }
    }
}
