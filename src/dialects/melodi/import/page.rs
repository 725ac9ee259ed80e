//! Pages of threads as Melodi gives them: `GET /threads?includeFeedback=true`.

use crate::error::{Error, ErrorKind};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A page of threads, read as far as its list. Threads that cannot be read are told one by one.
#[derive(Debug)]
pub struct Page {
    /// How many threads there are on all pages, where it says so.
    pub count: Option<usize>,
    /// Threads; of one that cannot be read the id, if that can be, and the reason.
    pub(super) threads: Vec<Result<Thread, (u64, String)>>,
}

#[derive(Deserialize)]
struct Rows<'bytes> {
    count: Option<usize>,
    #[serde(borrow)]
    rows: Vec<&'bytes RawValue>,
}

/// As much as can be read of any thread.
#[derive(Deserialize)]
struct Bare {
    id: u64,
}

/// A thread.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Thread {
    pub(super) id: u64,
    pub(super) external_id: Option<String>,
    pub(super) project: Option<Project>,
    pub(super) external_user: Option<User>,
    #[serde(default)]
    pub(super) messages: Vec<Message>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) outcome: Option<String>,
    /// On the thread as a whole, as Candor shows it.
    pub(super) external_feedback: Option<Vec<Feedback>>,
    pub(super) created_at: String,
}

/// The project of a thread.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Project {
    pub(super) id: i64,
}

/// A person.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) external_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) username: Option<String>,
    #[serde(default)]
    pub(super) segments: Vec<Segment>,
}

/// A group that a person belongs to.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Segment {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: Named,
}

/// Something of which only the name matters.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

/// A message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    pub(super) id: u64,
    pub(super) external_id: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) role: Option<String>,
    pub(super) content: Option<String>,
    pub(super) json_content: Option<Value>,
    pub(super) metadata: Option<Map<String, Value>>,
    pub(super) created_at: Option<String>,
    external_feedback: Option<Vec<Feedback>>,
    external_feedback_associations: Option<Vec<Association>>,
}

/// How older answers tell of a feedback.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Association {
    external_feedback: Option<Feedback>,
}

/// A feedback.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Feedback {
    pub(super) id: u64,
    #[serde(rename = "feedbackType")]
    pub(super) rating: Option<String>,
    #[serde(rename = "feedbackText")]
    pub(super) comment: Option<String>,
    /// The colleague who reviewed, where it is not an external user's.
    pub(super) user_id: Option<i64>,
    pub(super) external_user: Option<User>,
    #[serde(default)]
    pub(super) attribute_options: Vec<AttributeOption>,
    #[serde(default)]
    pub(super) is_deleted: bool,
    pub(super) created_at: String,
    pub(super) updated_at: Option<String>,
}

/// An option that a feedback names.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct AttributeOption {
    pub(super) name: String,
    pub(super) attribute: Named,
}

impl Page {
    /// Reads a page, or a bare list of threads. Fails only if the whole is neither.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let refused = |error: serde_json::Error| {
            let message = format!("this is not a page of Melodi's threads: {error}");
            Error::new(ErrorKind::Invalid, message)
        };
        let bytes = bytes.trim_ascii_start();
        let rows = if bytes.starts_with(b"[") {
            let rows = serde_json::from_slice(bytes).map_err(refused)?;
            Rows { count: None, rows }
        } else {
            serde_json::from_slice(bytes).map_err(refused)?
        };
        let thread = |row: &RawValue| {
            serde_json::from_str::<Thread>(row.get()).map_err(|error| {
                let bare: Option<Bare> = serde_json::from_str(row.get()).ok();
                (bare.map_or(0, |bare| bare.id), error.to_string())
            })
        };
        Ok(Self {
            count: rows.count,
            threads: rows.rows.into_iter().map(thread).collect(),
        })
    }

    /// How many threads are on it.
    pub const fn threads(&self) -> usize {
        self.threads.len()
    }
}

impl Message {
    /// The feedback on it, in the order in which it was given.
    pub(super) fn feedback(&mut self) -> Vec<Feedback> {
        let mut found = self.external_feedback.take().unwrap_or_default();
        if found.is_empty() {
            let associations = self.external_feedback_associations.take();
            let associations = associations.unwrap_or_default().into_iter();
            found.extend(associations.filter_map(|one| one.external_feedback));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn thread(feedback: &Value) -> Value {
        let message = json!({"id": 2, "role": "user", "externalFeedback": [], "externalFeedbackAssociations": feedback});
        json!({"id": 1, "messages": [message], "createdAt": "2024-01-01T00:00:00Z"})
    }

    #[test]
    fn feedback_is_read_where_old_answers_have_it() {
        let old =
            json!([{"id": 9, "externalFeedback": {"id": 5, "createdAt": "2024-01-01T00:00:00Z"}}]);
        let page = json!({"count": 1, "rows": [thread(&old)]}).to_string();
        let mut page = Page::read(page.as_bytes()).unwrap();
        let thread = page.threads.remove(0).unwrap();
        let feedback = thread.messages[0].clone().feedback();
        assert_eq!(feedback[0].id, 5);
    }

    #[test]
    fn a_bad_thread_is_told_alone() {
        let page = json!([thread(&json!([])), {"id": "x"}]).to_string();
        let page = Page::read(page.as_bytes()).unwrap();
        let good: Vec<_> = page.threads.iter().map(Result::is_ok).collect();
        assert_eq!(good, [true, false]);
    }

    #[test]
    fn anything_else_is_no_page() {
        for text in [
            "",
            "7",
            "{}",
            r#"{"error": "Unauthorized"}"#,
            r#"{"rows": 7}"#,
            "[7",
        ] {
            assert!(Page::read(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_fall_over(bytes in any::<Vec<u8>>()) {
            let _ = Page::read(&bytes);
        }
    }
}
