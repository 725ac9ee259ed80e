//! `candor import dify --upstream`: what was said before the project came here, as the app's own interface tells it.

use crate::app::{App, EndUserFilter, Paging};
use crate::dialects::import::{ImportReport, all};
use crate::domain::vote::RowRef;
use crate::domain::{
    Caller, ConversationDraft, EndUser, Message, MessageDraft, Project, Role, Timestamp,
};
use crate::error::{Error, Result};
use crate::limits;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// The most items on a page of Dify's lists.
const PAGE_ITEMS: usize = 100;

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    pub data: Vec<T>,
    /// Whether there are more pages.
    #[serde(default)]
    pub has_more: bool,
}

/// A conversation as Dify lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    name: Option<String>,
    created_at: Option<i64>,
}

/// A question with its answer, as Dify lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct Said {
    /// Its id.
    pub id: String,
    query: Option<String>,
    answer: Option<String>,
    created_at: Option<i64>,
}

/// Brings what was said into a project. Doing it again changes nothing.
#[derive(Debug)]
pub struct History<'import> {
    app: &'import App,
    caller: &'import Caller,
    project: &'import Project,
    report: ImportReport,
    told: u64,
}

/// What refused messages are told by: their places count in the order in which they came.
pub const PLACES: &str = "message";

/// What clients had as their base URL without the root at its end, which the paths here begin with.
pub fn server(base_url: &str) -> &str {
    let base_url = base_url.trim_end_matches('/');
    let base_url = base_url.strip_suffix("/v1").unwrap_or(base_url);
    base_url.trim_end_matches('/')
}

/// Where a person's conversations are, the oldest first, from behind one of them on: new ones do not move the pages then.
pub fn conversations(user: &str, last: Option<&str>) -> String {
    let last = last.map(|id| format!("&last_id={}", encoded(id)));
    format!(
        "v1/conversations?user={}&limit={PAGE_ITEMS}&sort_by=created_at{}",
        encoded(user),
        last.unwrap_or_default()
    )
}

/// Where a conversation's messages are, from before one of them back.
pub fn messages(user: &str, conversation: &str, first: Option<&str>) -> String {
    let first = first.map(|id| format!("&first_id={}", encoded(id)));
    format!(
        "v1/messages?user={}&conversation_id={}&limit={PAGE_ITEMS}{}",
        encoded(user),
        encoded(conversation),
        first.unwrap_or_default()
    )
}

fn encoded(value: &str) -> impl std::fmt::Display {
    utf8_percent_encode(value, NON_ALPHANUMERIC)
}

/// The page in an answer.
pub fn page<T: DeserializeOwned>(answer: &[u8]) -> Result<Page<T>> {
    serde_json::from_slice(answer).map_err(|error| {
        // Without the words of the error, which may quote what somebody said.
        let place = format!("line {}, column {}", error.line(), error.column());
        Error::invalid("data", format!("is no page of Dify's: {place}"))
    })
}

impl<'import> History<'import> {
    /// Nothing brought yet.
    pub fn new(app: &'import App, caller: &'import Caller, project: &'import Project) -> Self {
        Self {
            app,
            caller,
            project,
            report: ImportReport::default(),
            told: 0,
        }
    }

    /// Whose history it is: the people that the project knows, and those who are named, in the order of their names.
    pub async fn users(&self, named: &[String]) -> Result<BTreeSet<String>> {
        let mut users: BTreeSet<_> = named.iter().cloned().collect();
        let mut paging = Paging::first(limits::PAGE_ITEMS);
        loop {
            let filter = EndUserFilter::OfProject(self.project.id);
            let page = self.app.list_end_users(self.caller, filter, paging).await?;
            users.extend(page.items.into_iter().map(|user: EndUser| user.external_id));
            if page.next.is_none() {
                return Ok(users);
            }
            paging.after = page.next;
        }
    }

    /// Brings a page of a conversation's messages.
    pub async fn bring(&mut self, user: &str, listed: &Listed, page: &Page<Said>) -> Result<()> {
        let conversation = RowRef::External(listed.id.clone());
        let known = self
            .app
            .conversation(self.caller, self.project, conversation)
            .await?;
        let mut draft = ConversationDraft {
            external_id: Some(listed.id.clone()),
            end_user: Some(user.to_owned()),
            title: listed.name.clone().filter(|name| !name.is_empty()),
            created_at: at(listed.created_at).filter(|_| known.is_none()),
            ..ConversationDraft::default()
        };
        App::check_conversation(&draft)?;
        let known_messages = all(page.data.iter().map(|said| self.message(said))).await;
        for (said, known) in page.data.iter().zip(known_messages) {
            self.told += 1;
            let message = message(said, known?.as_ref(), self.project);
            let checked = match &message {
                None => Ok(false),
                Some(message) => App::check_conversation(&ConversationDraft {
                    messages: vec![message.clone()],
                    ..ConversationDraft::default()
                })
                .map(|()| true),
            };
            let taken = checked.is_ok();
            self.report.count(self.told, checked)?;
            draft.messages.extend(message.filter(|_| taken));
        }
        let named = known.is_some_and(|known| draft.title.is_none() || known.title == draft.title);
        if !draft.messages.is_empty() || !named {
            self.app
                .ingest(self.caller, self.project, vec![draft], None)
                .await?;
        }
        Ok(())
    }

    /// What became of everything.
    pub fn into_report(self) -> ImportReport {
        self.report
    }

    async fn message(&self, said: &Said) -> Result<Option<Message>> {
        let message = RowRef::External(said.id.clone());
        self.app.message(self.caller, self.project, message).await
    }
}

/// What is told of a message; none if that is known. What is known of its time is known better than in whole seconds.
fn message(said: &Said, known: Option<&Message>, project: &Project) -> Option<MessageDraft> {
    let known = known.filter(|known| !known.stub);
    let draft = MessageDraft {
        external_id: Some(said.id.clone()),
        role: Some(Role::Assistant),
        query: said.query.clone(),
        content: said.answer.clone(),
        created_at: at(said.created_at).filter(|_| known.is_none()),
        ..MessageDraft::default()
    };
    let kept = project.keep_text.redacted(draft.clone());
    let same = known.is_some_and(|known| {
        let says = |told: &Option<String>, known: &Option<String>| told.is_none() || told == known;
        known.conversation.is_some()
            && says(&kept.query, &known.query)
            && says(&kept.content, &known.content)
    });
    (!same).then_some(draft)
}

fn at(seconds: Option<i64>) -> Option<Timestamp> {
    let microseconds = seconds?.checked_mul(1_000_000)?;
    Some(Timestamp::from_microseconds(microseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_end_with_the_root_or_before_it() {
        for base_url in [
            "https://a.example/v1/",
            "https://a.example/v1",
            "https://a.example",
        ] {
            assert_eq!(server(base_url), "https://a.example");
        }
    }

    #[test]
    fn names_are_written_such_that_they_stay_what_they_are() {
        assert_eq!(
            conversations("a&b=ü", Some("c")),
            "v1/conversations?user=a%26b%3D%C3%BC&limit=100&sort_by=created_at&last_id=c"
        );
        assert_eq!(
            messages("ada", "c", None),
            "v1/messages?user=ada&conversation_id=c&limit=100"
        );
    }

    #[test]
    fn what_is_no_page_is_refused_without_its_words() {
        let error = page::<Said>(br#"{"data": "private"}"#).unwrap_err();
        assert!(!error.to_string().contains("private"), "{error}");
    }
}
