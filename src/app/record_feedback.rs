//! Voting: the use case that Candor exists for.

use super::learn::Stage;
use super::validate::{self, text};
use super::{App, authenticate, conversations};
use crate::domain::vote::{
    Addressee, Ask, Asked, AuthorRef, Command, Place, RefusalReason, RowRef, Told, takes_back,
};
use crate::domain::{Caller, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::{Idempotency, VoteError, Voted};

impl App {
    /// Records a vote: checks the caller and every bound, and answers once it is on disk.
    ///
    /// The command's project must be one that the caller's key opens; dialects take it from the key or from
    /// [`Directory::project_named`](super::Directory::project_named).
    pub async fn record_feedback(
        &self,
        caller: &Caller,
        mut command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Voted, VoteError> {
        self.check_vote(caller, &command)?;
        self.count_request_for(command.project)?;
        self.check_bounds(&command.addressee, &command.asked, &command.told)?;
        self.keep_what_is_allowed(caller, &mut command);
        command.may_change = !caller.publishable;
        command.mirror = self.mirrored_to(&command);
        let mirrored = command.mirror.is_some();
        let channel = command.channel;
        let usefulness = self.usefulness(&command);
        let voted = self.vote(command, idempotency).await;
        let outcome = match &voted {
            Ok(voted) => voted.outcome.name(),
            Err(VoteError::Refused(_)) => "refused",
            Err(VoteError::Failed(_)) => "failed",
        };
        metrics::counter!("candor_votes_total", "channel" => channel.name(), "outcome" => outcome)
            .increment(1);
        if let (Ok(voted), Some(usefulness)) = (&voted, usefulness) {
            self.note_usefulness(usefulness, voted);
        }
        if let (Ok(voted), true) = (&voted, mirrored) {
            self.note_mirrored(voted);
        }
        voted
    }

    /// Votes. Where the target or the author is not known and something is about to be learnt in the project, the vote
    /// is decided anew when that is written.
    async fn vote(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Voted, VoteError> {
        if !self.expectations.any() {
            return self.store.vote(command, idempotency).await;
        }
        let project = Some(command.project);
        let until = self.expectations.until(project, Stage::Answering);
        let mut voted = self.store.vote(command.clone(), idempotency.clone()).await;
        let Some(until) = until else { return voted };
        // What is still being answered may take minutes, and is waited for only once.
        let stages = std::iter::once(Stage::Answering).chain(std::iter::repeat(Stage::Answered));
        for (wait, stage) in limits::LEARN_WAITS.into_iter().zip(stages) {
            if !is_of_something_unknown(&voted) {
                break;
            }
            let gone = self.expectations.gone(project, until, stage);
            let all_is_known = tokio::time::timeout(wait, gone).await.is_ok();
            voted = self.store.vote(command.clone(), idempotency.clone()).await;
            if all_is_known {
                break;
            }
        }
        voted
    }

    fn check_vote(&self, caller: &Caller, command: &Command) -> Result<()> {
        let speaks_for_staff = matches!(
            &command.addressee,
            Addressee::Vote {
                author: AuthorRef::Reviewer(_) | AuthorRef::Model(_),
                ..
            }
        );
        if caller.publishable && speaks_for_staff {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "this key is publishable: it records what end users say, not reviewers or models",
            ));
        }
        let directory = self.directory();
        if !directory.opens(caller, command.project) {
            return Err(Error::not_found("no such project"));
        }
        match &command.addressee {
            Addressee::Vote { .. } if !takes_back(command) => {
                authenticate::require_creating_feedback(caller)?;
            }
            _ => authenticate::require(caller, Scope::FeedbackWrite)?,
        }
        if !directory
            .project(command.project)
            .is_some_and(|project| project.enabled)
        {
            return Err(authenticate::switched_off_project());
        }
        Ok(())
    }

    /// Whether all that a vote says and tells is within bounds, for interfaces that do more before they record it.
    pub fn check_bounds(&self, addressee: &Addressee, asked: &Asked, told: &Told) -> Result<()> {
        self.check_asked(asked)?;
        check_addressee(addressee)?;
        if let Some(draft) = &told.end_user {
            validate::end_user(draft).map_err(|error| error.under("end_user"))?;
        }
        told.conversation.as_ref().map_or(Ok(()), |draft| {
            validate::conversation(draft).map_err(|error| error.under("conversation"))
        })
    }

    /// Drops the texts that the project does not keep, and keeps a key of one project from changing what is
    /// known of the workspace's people.
    fn keep_what_is_allowed(&self, caller: &Caller, command: &mut Command) {
        let of_workspace = matches!(
            &command.addressee,
            Addressee::Vote {
                author: AuthorRef::EndUser {
                    of_workspace: true,
                    ..
                },
                ..
            }
        );
        command.told.end_user_stays = of_workspace && !caller.opens_workspace();
        let Some(draft) = command.told.conversation.take() else {
            return;
        };
        let draft = conversations::of_caller(caller, draft);
        let directory = self.directory();
        let project = directory.project(command.project);
        command.told.conversation =
            Some(project.map_or(draft.clone(), |project| project.keep_text.kept_of(draft)));
    }

    fn check_asked(&self, asked: &Asked) -> Result<()> {
        let longest = self.comment_characters;
        if let Ask::Set(comment) = &asked.comment {
            text("comment", comment, longest)?;
        }
        if let Ask::Set(correction) = &asked.correction {
            text("correction", correction, longest)?;
        }
        if let Ask::Set(metadata) = &asked.metadata {
            validate::metadata("metadata", metadata)?;
        }
        if let Ask::Set(reasons) = &asked.reasons {
            validate::count("reasons", reasons.len(), limits::REASONS)?;
            for (place, reason) in reasons.iter().enumerate() {
                validate::name(
                    &format!("reasons[{place}]"),
                    reason,
                    limits::REASON_CHARACTERS,
                )?;
            }
        }
        if let Ask::Set(answers) = &asked.attributes {
            validate::count("attributes", answers.len(), limits::ATTRIBUTE_ANSWERS)?;
            let twice = answers.iter().enumerate().any(|(place, answer)| {
                answers[..place]
                    .iter()
                    .any(|earlier| earlier.attribute == answer.attribute)
            });
            if twice {
                return Err(Error::invalid(
                    "attributes",
                    "an attribute is answered twice",
                ));
            }
        }
        Ok(())
    }

    /// The longest comment, in characters.
    pub const fn comment_characters(&self) -> usize {
        self.comment_characters
    }
}

const fn is_of_something_unknown(voted: &Result<Voted, VoteError>) -> bool {
    matches!(
        voted,
        Err(VoteError::Refused(
            RefusalReason::UnknownTarget | RefusalReason::UnknownAuthor | RefusalReason::NoMessage
        ))
    )
}

fn check_addressee(addressee: &Addressee) -> Result<()> {
    let Addressee::Vote {
        place,
        author,
        name,
    } = addressee
    else {
        return Ok(());
    };
    validate::name("name", name, limits::NAME_CHARACTERS)?;
    match author {
        AuthorRef::Anonymous => {}
        AuthorRef::EndUser { external_id, .. } => {
            validate::name("end_user", external_id, limits::EXTERNAL_ID_CHARACTERS)?;
        }
        AuthorRef::Reviewer(name) | AuthorRef::Model(name) => {
            validate::name("author", name, limits::NAME_CHARACTERS)?;
        }
    }
    let external = |field: &str, row: &RowRef| match row {
        RowRef::External(id) => validate::name(field, id, limits::EXTERNAL_ID_CHARACTERS),
        RowRef::Id(_) | RowRef::Number(_) => Ok(()),
    };
    match place {
        Place::Message {
            conversation,
            message,
        } => {
            if let Some(conversation) = conversation {
                external("conversation", conversation)?;
            }
            external("message", message)
        }
        Place::LastMessage { conversation } | Place::Conversation { conversation } => {
            external("conversation", conversation)
        }
        Place::LatestConversation => Ok(()),
    }
}
