//! What waits for a lane: a vote, and the way to answer who asked for it.

use super::bucket_of;
use crate::domain::vote::{Addressee, AuthorRef, Command, Place, RowRef};
use crate::domain::{FeedbackId, ProjectId};
use crate::store::batch::{Kind, ProjectRow, external_key};
use crate::store::{Idempotency, VoteError, Voted};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;
use uuid::Uuid;

/// What a lane is asked.
pub(super) enum Job {
    /// To vote.
    Vote(Box<Entry>),
    /// For a project's row.
    Project(ProjectId, Reply<ProjectRow>),
    /// For the bucket of what has an id of ours; none if nothing has it.
    Bucket(Sought, Reply<Option<i16>>),
}

/// What is named by our id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    /// A message.
    Message(Uuid),
    /// A conversation.
    Conversation(Uuid),
    /// A feedback.
    Feedback(Uuid),
}

/// What a lane makes of a vote.
#[derive(Debug)]
pub enum Cast {
    /// It is decided.
    Voted(Voted),
    /// It is not for this lane, nor for another: what it judges and what forbids it lie in two buckets.
    ByAll(Box<Command>, Option<Idempotency>),
}

/// The way to answer. Whoever asked may give up as long as the lane has not begun; who of them is first decides.
pub(super) struct Reply<T> {
    sender: oneshot::Sender<Result<T, VoteError>>,
    begun: Arc<AtomicBool>,
}

impl<T> Reply<T> {
    /// A way to answer, what comes out of it, and the mark of who was first.
    pub(super) fn new() -> (
        Self,
        oneshot::Receiver<Result<T, VoteError>>,
        Arc<AtomicBool>,
    ) {
        let (sender, receiver) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let reply = Self {
            sender,
            begun: Arc::clone(&begun),
        };
        (reply, receiver, begun)
    }

    /// Begins, unless who asked has given up.
    pub(super) fn begin(&self) -> bool {
        !self.begun.swap(true, Ordering::AcqRel)
    }

    /// Answers. Somebody who went away is no failure: what was stored stays.
    pub(super) fn give(self, answer: Result<T, VoteError>) {
        let _ = self.sender.send(answer);
    }
}

/// A vote that waits.
pub(super) struct Entry {
    pub(super) vote: Prepared,
    pub(super) reply: Reply<Cast>,
    /// How often it was run.
    pub(super) runs: u32,
}

/// A vote with the hashes of all names in it.
pub(super) struct Prepared {
    pub(super) command: Command,
    pub(super) idempotency: Option<Idempotency>,
    pub(super) project: ProjectRow,
    /// That of what is judged, or of the person whose latest conversation is: its bucket is the vote's.
    pub(super) key: i64,
    /// The conversation's, where one is named.
    pub(super) conversation: Option<i64>,
    /// The person's, where the project knows them and where the workspace does.
    pub(super) author: Option<PersonKeys>,
}

/// The hashes of a person's name.
#[derive(Clone, Copy, Debug)]
pub(super) struct PersonKeys {
    /// In the project; none for a person who is meant to be the workspace's.
    pub(super) in_project: Option<i64>,
    /// In the workspace.
    pub(super) in_workspace: i64,
}

/// A message, a conversation or a person, by name. `scope` is a project's row, or a workspace's made negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Named<'batch> {
    pub(super) key: i64,
    pub(super) scope: i64,
    pub(super) name: &'batch str,
}

/// What a vote judges, as it names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Aim<'batch> {
    /// A message.
    Message(Named<'batch>),
    /// A conversation as a whole.
    Conversation(Named<'batch>),
    /// The latest conversation of a person whom the workspace knows.
    LatestOf(Named<'batch>),
    /// A message by our id.
    MessageOfId(Uuid),
    /// A conversation by our id.
    ConversationOfId(Uuid),
    /// What a feedback judges that is there.
    Feedback(FeedbackId),
}

impl Sought {
    /// What a command names by our id, if it is all that it names.
    pub(super) const fn by(command: &Command) -> Option<Self> {
        match &command.addressee {
            Addressee::Feedback(id) => Some(Self::Feedback(id.0)),
            Addressee::Vote {
                place:
                    Place::Message {
                        conversation: None,
                        message: RowRef::Id(id),
                    },
                ..
            } => Some(Self::Message(*id)),
            Addressee::Vote {
                place:
                    Place::Conversation {
                        conversation: RowRef::Id(id),
                    },
                ..
            } => Some(Self::Conversation(*id)),
            Addressee::Vote { .. } => None,
        }
    }

    pub(super) const fn id(self) -> Uuid {
        match self {
            Self::Message(id) | Self::Conversation(id) | Self::Feedback(id) => id,
        }
    }
}

impl Entry {
    /// Gives the vote back to who asked.
    pub(super) fn hand_back(self) {
        let Prepared {
            command,
            idempotency,
            ..
        } = self.vote;
        self.reply
            .give(Ok(Cast::ByAll(Box::new(command), idempotency)));
    }
}

impl Prepared {
    /// A vote with the hashes of its names; none if it is not for the lanes. `found` is the key of what it names by our id.
    pub(super) fn new(
        command: Command,
        idempotency: Option<Idempotency>,
        project: ProjectRow,
        hash_key: &[u8; 16],
        found: Option<i64>,
    ) -> Option<Self> {
        let Addressee::Vote { place, author, .. } = &command.addressee else {
            return Some(Self {
                key: found?,
                command,
                idempotency,
                project,
                conversation: None,
                author: None,
            });
        };
        let hash = |kind, scope, name: &str| external_key(hash_key, kind, scope, name);
        let author = match author {
            AuthorRef::EndUser {
                external_id,
                of_workspace,
            } => Some(PersonKeys {
                in_project: (!of_workspace)
                    .then(|| hash(Kind::EndUser, project.project, external_id)),
                in_workspace: hash(Kind::EndUser, -project.workspace, external_id),
            }),
            AuthorRef::Anonymous | AuthorRef::Reviewer(_) | AuthorRef::Model(_) => None,
        };
        let of_conversation = |name: &str| hash(Kind::Conversation, project.project, name);
        let (key, conversation) = match place {
            Place::Message {
                conversation,
                message: RowRef::External(message),
            } => {
                let conversation = match conversation {
                    None => None,
                    Some(RowRef::External(name)) => Some(of_conversation(name)),
                    Some(RowRef::Id(_) | RowRef::Number(_)) => return None,
                };
                (hash(Kind::Message, project.project, message), conversation)
            }
            Place::Conversation {
                conversation: RowRef::External(name),
            } => (of_conversation(name), Some(of_conversation(name))),
            Place::LatestConversation => (author?.in_workspace, None),
            _ => (found?, None),
        };
        Some(Self {
            command,
            idempotency,
            project,
            key,
            conversation,
            author,
        })
    }

    pub(super) fn with(self, reply: Reply<Cast>) -> Entry {
        Entry {
            vote: self,
            reply,
            runs: 0,
        }
    }

    /// What is judged, who judges, and under which name.
    const fn parts(&self) -> Option<(&Place, &AuthorRef, &String)> {
        match &self.command.addressee {
            Addressee::Vote {
                place,
                author,
                name,
            } => Some((place, author, name)),
            Addressee::Feedback(_) => None,
        }
    }

    /// What is judged.
    pub(super) fn aim(&self) -> Aim<'_> {
        match Sought::by(&self.command) {
            Some(Sought::Message(id)) => return Aim::MessageOfId(id),
            Some(Sought::Conversation(id)) => return Aim::ConversationOfId(id),
            Some(Sought::Feedback(id)) => return Aim::Feedback(FeedbackId(id)),
            None => {}
        }
        let (key, scope) = (self.key, self.project.project);
        let named = |name| Named { key, scope, name };
        match self.parts() {
            Some((
                Place::Message {
                    message: RowRef::External(name),
                    ..
                },
                ..,
            )) => Aim::Message(named(name)),
            Some((
                Place::Conversation {
                    conversation: RowRef::External(name),
                },
                ..,
            )) => Aim::Conversation(named(name)),
            _ => Aim::LatestOf(Named {
                scope: -self.project.workspace,
                ..named(self.person())
            }),
        }
    }

    /// The message's name.
    pub(super) fn message(&self) -> Option<Named<'_>> {
        match self.aim() {
            Aim::Message(name) => Some(name),
            _ => None,
        }
    }

    /// The conversation's name.
    pub(super) fn conversation(&self) -> Option<Named<'_>> {
        let (Place::Message {
            conversation: Some(RowRef::External(name)),
            ..
        }
        | Place::Conversation {
            conversation: RowRef::External(name),
        }) = self.parts()?.0
        else {
            return None;
        };
        let (key, scope) = (self.conversation?, self.project.project);
        Some(Named { key, scope, name })
    }

    /// Who judges.
    pub(super) fn author(&self) -> &AuthorRef {
        self.parts()
            .map_or(&AuthorRef::Anonymous, |(_, author, _)| author)
    }

    /// The criterion.
    pub(super) fn name(&self) -> &str {
        self.parts().map_or("", |(.., name)| name)
    }

    /// What the application calls the person who judges.
    fn person(&self) -> &str {
        match self.author() {
            AuthorRef::EndUser { external_id, .. } => external_id,
            _ => "",
        }
    }

    /// The person's names, that in the project first: whom the project does not know, its workspace may.
    pub(super) fn people(&self) -> impl Iterator<Item = Named<'_>> {
        let name = self.person();
        let ProjectRow { project, workspace } = self.project;
        let keys = self.author;
        let in_project = keys.and_then(|keys| keys.in_project);
        let in_workspace = keys.map(|keys| keys.in_workspace);
        let named = move |scope| move |key| Named { key, scope, name };
        in_project
            .map(named(project))
            .into_iter()
            .chain(in_workspace.map(named(-workspace)))
    }
}

impl Named<'_> {
    /// The bucket in which a person or a conversation of this name is.
    pub(super) fn bucket(&self, buckets: usize) -> usize {
        bucket_of(self.key, buckets)
    }
}
