//! A vote: what it meets, what the rules say, and saving just that.

use super::batch::{Batch, ProjectRow};
use super::codes::blob;
use super::counted::SumsKey;
use super::idempotency::{self, Remembered};
use super::situation::{self, Scene};
use super::sql::{self, Owner, Seat, params};
use super::standing::{NewRow, StandingRow};
use crate::clock;
use crate::domain::vote::{
    Addressee, AuthorRef, Command, Decision, Outcome, Place, Registration, RowRef, decide,
};
use crate::domain::{AuthorKind, EndUserDraft, FeedbackId, Judgement, Timestamp};
use crate::store::{Idempotency, VoteError, Voted, VotedOutcome};

/// When an author's last vote was accepted.
const KEEP_QUIET: &str = "INSERT INTO quiet_times (author, project, last_accepted_at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (author, project) DO UPDATE SET last_accepted_at = excluded.last_accepted_at";
/// The same where rows lie in buckets.
const KEEP_QUIET_IN_BUCKET: &str = "INSERT INTO quiet_times (author, project, last_accepted_at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (author, project, bucket) DO UPDATE SET last_accepted_at = excluded.last_accepted_at";

/// Votes. The outer error is the engine's and takes the transaction with it; the inner one is the caller's alone.
pub(super) fn vote(
    batch: &mut Batch<'_>,
    command: &Command,
    idempotency: Option<&Idempotency>,
) -> sql::Result<Result<Voted, VoteError>> {
    match idempotency::look_up(batch.connection, idempotency)? {
        Remembered::Nothing => {}
        Remembered::Vote(voted) => return Ok(Ok(voted)),
        Remembered::Another(error) => return Ok(Err(error.into())),
    }
    if command.told.is_empty() {
        return decide_and_save(batch, command, idempotency);
    }
    // A refused vote takes what was told with it.
    batch.undoing(|batch| match batch.tell(command)? {
        Ok(command) => decide_and_save(batch, &command, idempotency),
        Err(error) => Ok(Err(error.into())),
    })
}

fn decide_and_save(
    batch: &mut Batch<'_>,
    command: &Command,
    idempotency: Option<&Idempotency>,
) -> sql::Result<Result<Voted, VoteError>> {
    let now = batch.now();
    let mut scene = situation::load(batch, command)?;
    let decision = match decide(command, &scene.situation, now) {
        Ok(decision) => decision,
        Err(refusal) => {
            if refusal.register_author {
                register_author(batch, command, &mut scene, now)?;
            }
            return Ok(Err(VoteError::Refused(refusal.reason)));
        }
    };
    let voted = save(batch, command, &mut scene, decision, now)?;
    if let Some(idempotency) = idempotency {
        idempotency::remember_vote(batch.connection, idempotency, &voted, now)?;
    }
    Ok(Ok(voted))
}

fn save(
    batch: &mut Batch<'_>,
    command: &Command,
    scene: &mut Scene,
    decision: Decision,
    now: Timestamp,
) -> sql::Result<Voted> {
    register(batch, command, scene, decision.registration, now)?;
    let voted = match decision.outcome {
        Outcome::Nothing => {
            return Ok(Voted {
                outcome: VotedOutcome::Nothing,
                feedback: None,
                version: 0,
                created_at: now,
                updated_at: now,
                end_user: scene.author.map(|author| author.id),
                replayed: false,
            });
        }
        Outcome::Unchanged { standing } => {
            return Ok(answer(
                scene,
                VotedOutcome::Unchanged,
                &scene.standing[standing],
            ));
        }
        Outcome::Created(judgement) => {
            let row = create(batch, command, scene, &judgement, now)?;
            answer(scene, VotedOutcome::Created, &row)
        }
        Outcome::Changed {
            standing,
            judgement,
        } => {
            let row = change(batch, command, scene, standing, Some(&judgement), now)?;
            answer(scene, VotedOutcome::Changed, &row)
        }
        Outcome::TakenBack { standing } => {
            let row = change(batch, command, scene, standing, None, now)?;
            answer(scene, VotedOutcome::TakenBack, &row)
        }
    };
    if let (Some(_), Some(author)) = (command.policy.quiet_microseconds, scene.author) {
        let connection = batch.connection;
        // Beside the person, so that all servers look at one row whichever conversation is the latest.
        connection.insert(
            connection.text(KEEP_QUIET, KEEP_QUIET_IN_BUCKET),
            Seat::Unnumbered(Owner::EndUser(author.row)),
            params![author.row, scene.project.project, now.microseconds()],
        )?;
    }
    Ok(voted)
}

fn answer(scene: &Scene, outcome: VotedOutcome, row: &StandingRow) -> Voted {
    Voted {
        outcome,
        feedback: Some(row.id),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        end_user: scene.author.map(|author| author.id),
        replayed: false,
    }
}

fn create(
    batch: &mut Batch<'_>,
    command: &Command,
    scene: &Scene,
    judgement: &Judgement,
    now: Timestamp,
) -> sql::Result<StandingRow> {
    let Addressee::Vote { author, name, .. } = &command.addressee else {
        // Only a vote for a target creates: `decide` refuses an unknown id.
        return Err(sql::Error::NoRows);
    };
    let (author_kind, author_row) = match author {
        AuthorRef::Anonymous => (AuthorKind::Anonymous, None),
        AuthorRef::EndUser { .. } => (AuthorKind::EndUser, scene.author.map(|user| user.row)),
        AuthorRef::Reviewer(name) => (AuthorKind::Reviewer, Some(batch.label(name)?)),
        AuthorRef::Model(name) => (AuthorKind::Model, Some(batch.label(name)?)),
    };
    let new = NewRow {
        id: FeedbackId(clock::new_id()),
        external_id: command.external_id.as_deref(),
        project: scene.project.project,
        message: scene.message,
        conversation: scene.message.map_or(scene.conversation, |_| None),
        author_kind,
        author: author_row,
        name: batch.label(name)?,
        channel: command.channel,
        key: batch.key(command)?,
        created_at: command.created_at.unwrap_or(now),
        updated_at: command.updated_at.unwrap_or(now),
    };
    let row = new.insert(batch.connection, judgement)?;
    let key = row.sums_key(scene.project.project, judgement);
    batch.sums.count(key, judgement, 1);
    if judgement.comment.is_some() {
        batch.comment_changed(row.row, judgement.comment.as_deref())?;
    }
    batch.log(command, scene.project.project, &row)?;
    batch.mirror(command, &row, now)?;
    Ok(row)
}

/// Writes a new version; without a judgement, one that takes the feedback back.
fn change(
    batch: &mut Batch<'_>,
    command: &Command,
    scene: &Scene,
    standing: usize,
    judgement: Option<&Judgement>,
    now: Timestamp,
) -> sql::Result<StandingRow> {
    let old = &scene.standing[standing];
    let before = &scene.situation.standing[standing];
    let project = scene.project.project;
    let key = batch.key(command)?;
    // A clock that was set back must not make a later version look earlier.
    let updated_at = command.updated_at.unwrap_or(now).max(old.updated_at);
    let new = old.replaced(command.channel, key, updated_at);
    old.keep_version(batch.connection, &before.judgement, before.retracted)?;
    let nothing = Judgement::default();
    let says = judgement.unwrap_or(&nothing);
    new.update(batch.connection, says, judgement.is_none())?;
    if !before.retracted {
        let key = old.sums_key(project, &before.judgement);
        batch.sums.count(key, &before.judgement, -1);
    }
    if let Some(judgement) = judgement {
        let key = new.sums_key(project, judgement);
        batch.sums.count(key, judgement, 1);
    }
    if before.judgement.comment != says.comment {
        batch.comment_changed(old.row, says.comment.as_deref())?;
    }
    batch.log(command, project, &new)?;
    batch.mirror(command, &new, now)?;
    Ok(new)
}

fn register(
    batch: &mut Batch<'_>,
    command: &Command,
    scene: &mut Scene,
    registration: Registration,
    now: Timestamp,
) -> sql::Result<()> {
    if registration.author {
        register_author(batch, command, scene, now)?;
    }
    let Addressee::Vote { place, .. } = &command.addressee else {
        return Ok(());
    };
    if registration.target {
        register_target(batch, scene, place, now)?;
    } else if let Some(message) = scene.message
        && command.may_change
    {
        link(batch, scene, message, place, now)?;
    }
    if registration.owner
        && let (Some(message), Some(author)) = (scene.message, scene.author)
    {
        batch
            .connection
            .prepare_cached("UPDATE messages SET owner = ?2 WHERE row_id = ?1")?
            .execute([message, author.row])?;
    }
    Ok(())
}

fn register_author(
    batch: &mut Batch<'_>,
    command: &Command,
    scene: &mut Scene,
    now: Timestamp,
) -> sql::Result<()> {
    let Addressee::Vote {
        author: AuthorRef::EndUser {
            external_id,
            of_workspace,
        },
        ..
    } = &command.addressee
    else {
        return Ok(());
    };
    let ProjectRow { project, workspace } = scene.project;
    let scope = (workspace, (!of_workspace).then_some(project));
    let made = batch.insert_end_user(scope, external_id, &EndUserDraft::default(), now)?;
    scene.author = Some(made);
    Ok(())
}

fn register_target(
    batch: &mut Batch<'_>,
    scene: &mut Scene,
    place: &Place,
    now: Timestamp,
) -> sql::Result<()> {
    let owner = scene.author.map(|author| author.row);
    let project = scene.project.project;
    let named = match place {
        Place::Message { conversation, .. } => conversation.as_ref(),
        Place::LastMessage { conversation } | Place::Conversation { conversation } => {
            Some(conversation)
        }
        Place::LatestConversation => None,
    };
    if scene.conversation.is_none() && (named.is_some() || *place == Place::LatestConversation) {
        let external_id = named.and_then(external);
        scene.conversation = Some(batch.insert_conversation(project, external_id, owner, now)?);
    }
    if let Place::Message { message, .. } = place {
        let stub = batch.insert_stub(project, scene.conversation, external(message), owner, now)?;
        scene.message = Some(stub);
    }
    Ok(())
}

/// A message that was known without its conversation is linked to the one that the vote names.
fn link(
    batch: &mut Batch<'_>,
    scene: &mut Scene,
    message: i64,
    place: &Place,
    now: Timestamp,
) -> sql::Result<()> {
    let Place::Message {
        conversation: Some(conversation),
        ..
    } = place
    else {
        return Ok(());
    };
    if scene.linked {
        return Ok(());
    }
    let row = if let Some(row) = scene.conversation {
        row
    } else {
        let owner = scene.author.map(|author| author.row);
        batch.insert_conversation(scene.project.project, external(conversation), owner, now)?
    };
    scene.conversation = Some(row);
    let key: Option<i64> = batch
        .connection
        .prepare_cached(
            "UPDATE messages SET conversation = ?2 WHERE row_id = ?1 RETURNING external_key",
        )?
        .query_row([message, row], |row| row.get(0))?;
    batch.name_linked(key, message, row)
}

fn external(row: &RowRef) -> Option<&str> {
    match row {
        RowRef::External(id) => Some(id),
        RowRef::Id(_) | RowRef::Number(_) => None,
    }
}

impl Batch<'_> {
    /// A conversation of which only the name is known.
    fn insert_conversation(
        &mut self,
        project: i64,
        external_id: Option<&str>,
        end_user: Option<i64>,
        now: Timestamp,
    ) -> sql::Result<i64> {
        let key =
            external_id.map(|id| self.external_key(super::batch::Kind::Conversation, project, id));
        let id = clock::new_id();
        self.connection
            .insert("INSERT INTO conversations (id, project, external_key, external_id, end_user, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)", self.seat_of_conversation(key, end_user, &id), params![
                blob(&id),
                project,
                key,
                external_id,
                end_user,
                now.microseconds()
            ])
    }

    /// A message of which only the name is known.
    fn insert_stub(
        &mut self,
        project: i64,
        conversation: Option<i64>,
        external_id: Option<&str>,
        owner: Option<i64>,
        now: Timestamp,
    ) -> sql::Result<i64> {
        let key = external_id.map(|id| self.external_key(super::batch::Kind::Message, project, id));
        let id = clock::new_id();
        let seat = match (key, conversation) {
            (None, Some(conversation)) => Seat::Beside(Owner::Conversation(conversation)),
            _ => self.seat_of(key, &id),
        };
        let row = self
            .connection
            .insert("INSERT INTO messages (id, project, conversation, external_key, external_id, owner, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", seat, params![
                blob(&id),
                project,
                conversation,
                key,
                external_id,
                owner,
                now.microseconds()
            ])?;
        self.message_added(key, row, conversation);
        Ok(row)
    }
}

impl StandingRow {
    /// The sum that this row counts in with a judgement.
    fn sums_key(&self, project: i64, judgement: &Judgement) -> SumsKey {
        let came = (self.channel, self.name);
        SumsKey::of(project, self.created_at, came, judgement)
    }
}
