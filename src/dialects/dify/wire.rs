//! Requests and answers, spelled as Dify spells them.

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt;

/// Dify's JSON answers name no character set.
pub(super) const CONTENT_TYPE: &str = "application/json";
/// The answer to every accepted vote, to the byte.
pub(super) const SUCCESS: &str = "{\"result\":\"success\"}\n";

/// The body of `POST /messages/{id}/feedbacks`, its values still in JSON: they are looked at in an order of their own,
/// and most votes need no more than that.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FeedbackBody<'body> {
    pub(super) user: Option<&'body RawValue>,
    pub(super) rating: Option<&'body RawValue>,
    pub(super) content: Option<&'body RawValue>,
}

/// Why a body is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyFault {
    /// It is not JSON in UTF-8.
    NotJson,
    /// It is JSON, but not an object.
    NotAnObject,
}

impl<'body> FeedbackBody<'body> {
    pub(super) fn parse(bytes: &'body [u8]) -> Result<Self, BodyFault> {
        let text = std::str::from_utf8(bytes).map_err(|_| BodyFault::NotJson)?;
        serde_json::from_str(text).map_err(|_| {
            let is_object = text.trim_start().starts_with('{');
            if !is_object && serde_json::from_str::<IgnoredAny>(text).is_ok() {
                BodyFault::NotAnObject
            } else {
                BodyFault::NotJson
            }
        })
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum FeedbackField {
    User,
    Rating,
    Content,
    #[serde(other)]
    Other,
}

impl<'body> Deserialize<'body> for FeedbackBody<'body> {
    fn deserialize<D: Deserializer<'body>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'body> Visitor<'body> for Fields {
            type Value = FeedbackBody<'body>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            // By hand, because of a field that is given twice the last counts.
            fn visit_map<A: MapAccess<'body>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut body = FeedbackBody::default();
                while let Some(field) = map.next_key()? {
                    let value: &RawValue = map.next_value()?;
                    check_escapes(value.get()).map_err(A::Error::custom)?;
                    match field {
                        FeedbackField::User => body.user = Some(value),
                        FeedbackField::Rating => body.rating = Some(value),
                        FeedbackField::Content => body.content = Some(value),
                        FeedbackField::Other => {}
                    }
                }
                Ok(body)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// Half a surrogate pair makes the whole body bad, also in a value that nobody reads: of an unknown field, of a kind that
/// the field does not take, or replaced by a later value.
fn check_escapes(json: &str) -> Result<(), &'static str> {
    const FAULT: &str = "half a surrogate pair";
    let mut rest = json;
    // JSON that was read has backslashes in strings alone, and whole escapes after them.
    while let Some(escape) = rest.find('\\').and_then(|place| rest.get(place..)) {
        let (unit, after) = utf16_unit(escape);
        rest = match unit {
            0xDC00..=0xDFFF => return Err(FAULT),
            0xD800..=0xDBFF => match utf16_unit(after) {
                (0xDC00..=0xDFFF, after) => after,
                _ => return Err(FAULT),
            },
            _ => after,
        };
    }
    Ok(())
}

/// The unit that an escape of the form `\uXXXX` stands for, or 0, and what follows the escape.
fn utf16_unit(json: &str) -> (u16, &str) {
    let unit = json
        .strip_prefix("\\u")
        .and_then(|digits| digits.get(..4))
        .and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let length = if unit.is_some() { 6 } else { 2 };
    (
        unit.unwrap_or_default(),
        json.get(length..).unwrap_or_default(),
    )
}

/// Every failure.
#[derive(Debug, Serialize)]
pub(super) struct Failure<'answer> {
    pub(super) code: &'answer str,
    pub(super) message: &'answer str,
    pub(super) status: u16,
}

/// `GET /app/feedbacks`. There is nothing else in it: neither a total nor whether there is more.
#[derive(Debug, Serialize)]
pub(super) struct FeedbackList {
    pub(super) data: Vec<FeedbackItem>,
}

/// An item of [`FeedbackList`].
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct FeedbackItem {
    pub(super) id: String,
    pub(super) app_id: String,
    pub(super) conversation_id: Option<String>,
    pub(super) message_id: Option<String>,
    pub(super) rating: &'static str,
    pub(super) content: Option<String>,
    pub(super) from_source: &'static str,
    pub(super) from_end_user_id: Option<String>,
    pub(super) from_account_id: Option<String>,
    pub(super) created_at: String,
    pub(super) updated_at: String,
}

/// `GET /messages` and `GET /conversations`.
#[derive(Debug, Serialize)]
pub(super) struct Scroll<T> {
    pub(super) limit: usize,
    pub(super) has_more: bool,
    pub(super) data: Vec<T>,
}

/// A question with its answer, in `GET /messages`. What Candor does not keep is always empty.
#[derive(Debug, Serialize)]
pub(super) struct MessageItem {
    pub(super) id: String,
    pub(super) conversation_id: String,
    pub(super) parent_message_id: Option<String>,
    pub(super) inputs: Empty,
    pub(super) query: String,
    pub(super) answer: String,
    pub(super) feedback: Option<MessageFeedback>,
    pub(super) retriever_resources: [Empty; 0],
    /// Seconds since 1970.
    pub(super) created_at: i64,
    pub(super) agent_thoughts: [Empty; 0],
    pub(super) message_files: [Empty; 0],
    pub(super) status: &'static str,
    pub(super) error: Option<String>,
    pub(super) extra_contents: [Empty; 0],
}

/// The end user's own feedback in [`MessageItem`]; the comment is not shown there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct MessageFeedback {
    pub(super) rating: &'static str,
}

/// An item of `GET /conversations`.
#[derive(Debug, Serialize)]
pub(super) struct ConversationItem {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) inputs: Empty,
    pub(super) status: &'static str,
    pub(super) introduction: &'static str,
    /// Seconds since 1970.
    pub(super) created_at: i64,
    /// Seconds since 1970.
    pub(super) updated_at: i64,
}

/// `{}`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Empty {}

/// `GET /end-users/{id}`.
#[derive(Debug, Serialize)]
pub(super) struct EndUserDetail {
    pub(super) id: String,
    pub(super) tenant_id: String,
    pub(super) app_id: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) external_user_id: String,
    pub(super) name: Option<String>,
    pub(super) is_anonymous: bool,
    pub(super) session_id: String,
    pub(super) created_at: String,
    pub(super) updated_at: String,
}

/// `GET /info`.
#[derive(Debug, Serialize)]
pub(super) struct AppInfo<'answer> {
    pub(super) name: &'answer str,
    pub(super) description: &'answer str,
    pub(super) tags: [&'answer str; 0],
    pub(super) mode: &'static str,
    pub(super) author_name: &'answer str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(body: &str) -> Result<Option<&str>, BodyFault> {
        FeedbackBody::parse(body.as_bytes()).map(|body| body.rating.map(RawValue::get))
    }

    #[test]
    fn of_a_field_given_twice_the_last_counts() {
        assert_eq!(
            rating(r#"{"rating":"dislike","user":"u","rating":"like"}"#),
            Ok(Some("\"like\""))
        );
    }

    #[test]
    fn a_name_may_be_escaped() {
        assert_eq!(rating(r#"{"r\u0061ting":null}"#), Ok(Some("null")));
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert_eq!(
            rating(r#"{"foo":[1,{"a":"\u00e9"}],"big":123456789012345678901234567890}"#),
            Ok(None)
        );
    }

    #[test]
    fn whole_pairs_and_escaped_backslashes_are_no_fault() {
        for json in [
            r#""\ud83d\ude00 \uD83D\uDE00 \u00e9""#,
            r#""\\ud800""#,
            r#""\\\ud83d\ude00\\""#,
            r#"{"\n":["\u0000",1e999]}"#,
        ] {
            assert_eq!(
                rating(&format!("{{\"x\":{json},\"rating\":null}}")),
                Ok(Some("null")),
                "{json}"
            );
        }
    }

    #[test]
    fn json_that_is_not_an_object_is_told_apart() {
        for body in ["[1]", "\"x\"", "null", " 5 "] {
            assert_eq!(rating(body), Err(BodyFault::NotAnObject), "{body}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for body in [
            "",
            "{\"rating\":\"like\",",
            "{} x",
            "[1] x",
            "{\"x\":NaN}",
            "\u{feff}{}",
            r#"{"x":"\ud800"}"#,
            r#"{"x":"\udc00"}"#,
            r#"{"x":"\ud800x"}"#,
            r#"{"x":"\ud800\ud800"}"#,
            r#"{"x":"\ud800\n\udc00"}"#,
            r#"{"x":["\\\ud800"]}"#,
            r#"{"rating":["\ud800"]}"#,
            r#"{"user":"\ud800","user":"a","rating":"like"}"#,
            "{'rating':'like'}",
        ] {
            assert_eq!(rating(body), Err(BodyFault::NotJson), "{body}");
        }
        assert_eq!(
            FeedbackBody::parse(b"{\"x\":\"\xff\"}").err(),
            Some(BodyFault::NotJson)
        );
    }
}
