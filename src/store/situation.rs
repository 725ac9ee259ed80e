//! What a vote meets: the facts for the rules, and the rows that they were read from.

use super::batch::{Batch, ProjectRow};
use super::codes::{Coded as _, blob, optional_time};
use super::counted::Words;
use super::find::{MessageRow, UserRow};
use super::sql::{self, OptionalExtension as _, params};
use super::standing::{self, StandingRow};
use crate::domain::AuthorKind;
use crate::domain::vote::{
    Addressee, AuthorRef, Command, Identity, Owner, Place, RowRef, Situation, TargetFacts,
};

/// Feedback of one author for one target that is looked at; there is more than one only where every vote is new.
const STANDING_MOST: usize = 64;

/// What a vote meets.
pub(super) struct Scene {
    pub(super) project: ProjectRow,
    /// The author, if it is a known end user.
    pub(super) author: Option<UserRow>,
    /// The conversation that is named or that the message belongs to, if it is known.
    pub(super) conversation: Option<i64>,
    /// The message that is judged, if it is known.
    pub(super) message: Option<i64>,
    /// What wrote the message.
    pub(super) words: Words,
    /// Whether the message is known to belong to a conversation.
    pub(super) linked: bool,
    /// The rows of [`Situation::standing`], in the same order.
    pub(super) standing: Vec<StandingRow>,
    pub(super) situation: Situation,
}

/// Reads what a command meets.
pub(super) fn load(batch: &mut Batch<'_>, command: &Command) -> sql::Result<Scene> {
    let mut scene = Scene {
        project: batch.project(command.project)?,
        author: None,
        conversation: None,
        message: None,
        words: Words::default(),
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

fn load_author(batch: &mut Batch<'_>, scene: &mut Scene, author: &AuthorRef) -> sql::Result<()> {
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

fn load_target(batch: &mut Batch<'_>, scene: &mut Scene, place: &Place) -> sql::Result<()> {
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
) -> sql::Result<TargetFacts> {
    let project = scene.project.project;
    let mut conversation_owner = None;
    if let Some(conversation) = conversation {
        match batch.find_conversation(project, conversation)? {
            Some((row, owner)) => {
                scene.conversation = Some(row);
                conversation_owner = owner;
            }
            None if !matches!(conversation, RowRef::External(_)) => {
                return Ok(TargetFacts::NoSuchId);
            }
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
        (RowRef::Number(number), _) => batch.message_by_number(project, *number)?.filter(fits),
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
        RowRef::Id(_) | RowRef::Number(_) => TargetFacts::NoSuchId,
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
    scene.words = found.words.clone();
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
) -> sql::Result<()> {
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
        "{target} = ?1 AND author_kind = ?2 AND author IS NOT DISTINCT FROM ?3 AND name = ?4
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
    parameters: impl sql::Parameters,
) -> sql::Result<()> {
    let mut select = batch.connection.prepare_cached(sql)?;
    let mut rows = select.query(parameters)?;
    while let Some(row) = rows.next()? {
        let (row, says) = StandingRow::read(batch.connection, &row)?;
        scene.standing.push(row);
        scene.situation.standing.push(says);
    }
    Ok(())
}

fn load_quiet_time(batch: &Batch<'_>, scene: &mut Scene) -> sql::Result<()> {
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
