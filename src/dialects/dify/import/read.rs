//! Reading an export: rows, each with its place in the file, or with what is wrong about it.

use super::super::convert::rating_named;
use crate::domain::vote::AuthorRef;
use crate::domain::{Rating, Timestamp};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use csv::StringRecord;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::path::Path;
use uuid::Uuid;

/// Who reviews where the export does not tell the name: its account was deleted.
const NAMELESS_REVIEWER: &str = "admin";
/// A byte order mark, which spreadsheets put before what they save.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// An export that was read, with its rows in the order of the file.
#[derive(Debug)]
pub struct Export {
    rows: Vec<(u64, Result<Row, String>)>,
    places: &'static str,
}

impl Export {
    /// How many rows it has, bad ones included.
    pub const fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What the places of rows count: `"line"` or `"record"`.
    pub const fn places(&self) -> &'static str {
        self.places
    }

    pub(super) fn into_rows(self) -> Vec<(u64, Result<Row, String>)> {
        self.rows
    }
}

/// One feedback of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) feedback: Option<String>,
    pub(super) conversation: String,
    pub(super) conversation_name: Option<String>,
    pub(super) message: String,
    pub(super) query: Option<String>,
    pub(super) answer: Option<String>,
    pub(super) rating: Rating,
    pub(super) comment: Option<String>,
    pub(super) author: AuthorRef,
    pub(super) given_at: Timestamp,
    pub(super) asked_at: Timestamp,
}

/// A row as Dify writes it (`api/services/feedback_service.py`), in the CSV and the JSON form alike.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record {
    feedback_id: Option<String>,
    conversation_id: Option<String>,
    conversation_name: Option<String>,
    message_id: Option<String>,
    user_query: Option<String>,
    ai_response: Option<String>,
    feedback_rating: Option<String>,
    feedback_rating_raw: Option<String>,
    feedback_comment: Option<String>,
    feedback_source: Option<String>,
    feedback_date: Option<String>,
    message_date: Option<String>,
    from_account_name: Option<String>,
    from_end_user_id: Option<String>,
}

/// Reads an export in either form, which is told by how the file begins. Fails only if the file as a whole is none.
pub fn read(file: &Path) -> Result<Export> {
    let bytes = std::fs::read(file).map_err(|error| {
        let message = format!("cannot read {}: {error}", file.display());
        Error::new(ErrorKind::Invalid, message).because(error)
    })?;
    parse(&bytes).map_err(|reason| {
        let message = format!("{} is not an export of Dify: {reason}", file.display());
        Error::new(ErrorKind::Invalid, message)
    })
}

fn parse(bytes: &[u8]) -> Result<Export, String> {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    if bytes.trim_ascii_start().starts_with(b"{") {
        parse_json(bytes)
    } else {
        parse_csv(bytes)
    }
}

#[derive(Deserialize)]
struct JsonExport<'file> {
    #[serde(borrow)]
    feedback_data: Vec<&'file RawValue>,
}

fn parse_json(bytes: &[u8]) -> Result<Export, String> {
    let export: JsonExport<'_> =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let row = |json: &RawValue| {
        serde_json::from_str::<Record>(json.get())
            .map_err(|error| error.to_string())
            .and_then(row)
    };
    Ok(Export {
        rows: (1..)
            .zip(export.feedback_data.into_iter().map(row))
            .collect(),
        places: "record",
    })
}

fn parse_csv(bytes: &[u8]) -> Result<Export, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let columns = reader.headers().map_err(|error| error.to_string())?.clone();
    if !columns.iter().any(|column| column == "message_id") {
        return Err("it has no column \"message_id\"".to_owned());
    }
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let (position, row) = match record {
            Ok(record) => (record.position().cloned(), csv_row(&record, &columns)),
            Err(error) => (error.position().cloned(), Err(error.to_string())),
        };
        rows.push((position.map_or(0, |position| line(bytes, &position)), row));
    }
    Ok(Export {
        rows,
        places: "line",
    })
}

/// The line on which a record begins. The reader's own count stops short of the line ends before it.
fn line(bytes: &[u8], position: &csv::Position) -> u64 {
    let before = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let ends = bytes.iter().skip(before);
    let ends = ends.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    (position.line()..)
        .zip(ends.filter(|byte| **byte == b'\n'))
        .last()
        .map_or(position.line(), |(line, _)| line + 1)
}

fn csv_row(record: &StringRecord, columns: &StringRecord) -> Result<Row, String> {
    record
        .deserialize::<Record>(Some(columns))
        .map_err(|error| error.to_string())
        .and_then(row)
}

fn row(record: Record) -> Result<Row, String> {
    let names = limits::NAME_CHARACTERS;
    let texts = limits::MESSAGE_CHARACTERS;
    let reviewer = text("from_account_name", record.from_account_name, names)?;
    let end_user = text(
        "from_end_user_id",
        record.from_end_user_id,
        limits::EXTERNAL_ID_CHARACTERS,
    )?;
    Ok(Row {
        rating: rating(record.feedback_rating_raw, record.feedback_rating)?,
        author: author(
            record.feedback_source.as_deref().unwrap_or_default(),
            reviewer,
            end_user,
        )?,
        message: id("message_id", record.message_id)?,
        conversation: id("conversation_id", record.conversation_id)?,
        given_at: time("feedback_date", record.feedback_date)?,
        asked_at: time("message_date", record.message_date)?,
        feedback: text(
            "feedback_id",
            record.feedback_id,
            limits::EXTERNAL_ID_CHARACTERS,
        )?,
        conversation_name: text(
            "conversation_name",
            record.conversation_name,
            limits::TITLE_CHARACTERS,
        )?,
        query: text("user_query", record.user_query, texts)?,
        answer: text("ai_response", record.ai_response, texts)?,
        // Its bound is the operator's, and is looked at where the vote is recorded.
        comment: text("feedback_comment", record.feedback_comment, usize::MAX)?,
    })
}

/// A text of at most so many characters; Dify writes an empty one where there is none.
fn text(column: &str, value: Option<String>, most: usize) -> Result<Option<String>, String> {
    let value = value.filter(|value| !value.is_empty());
    if let Some(value) = &value {
        if !limits::fits(value, most) {
            return Err(format!("{column} has more than {most} characters"));
        }
        if value.contains('\0') {
            return Err(format!("{column} contains a NUL character"));
        }
    }
    Ok(value)
}

/// An id, written as votes write it.
fn id(column: &str, value: Option<String>) -> Result<String, String> {
    let value = value
        .filter(|value| !value.trim().is_empty())
        .ok_or_else(|| format!("{column} is missing"))?;
    Uuid::try_parse(value.trim())
        .map(|id| id.hyphenated().to_string())
        .map_err(|_| format!("{column} \"{value}\" is not a UUID"))
}

fn rating(raw: Option<String>, shown: Option<String>) -> Result<Rating, String> {
    let said = raw
        .or(shown)
        .filter(|said| !said.is_empty())
        .ok_or("feedback_rating_raw is missing")?;
    match said.as_str() {
        "👍" => Some(Rating::Positive),
        "👎" => Some(Rating::Negative),
        word => rating_named(word),
    }
    .ok_or_else(|| format!("the rating \"{said}\" is neither like nor dislike"))
}

fn author(
    source: &str,
    reviewer: Option<String>,
    end_user: Option<String>,
) -> Result<AuthorRef, String> {
    match (source, end_user) {
        ("user", Some(external_id)) => Ok(AuthorRef::EndUser {
            external_id,
            of_workspace: false,
        }),
        ("user", None) => Ok(AuthorRef::Anonymous),
        ("admin", _) => Ok(AuthorRef::Reviewer(
            reviewer.unwrap_or_else(|| NAMELESS_REVIEWER.to_owned()),
        )),
        (other, _) => Err(format!(
            "feedback_source \"{other}\" is neither user nor admin"
        )),
    }
}

/// `2026-05-01 12:00:00` or RFC 3339; in UTC if no offset is named, as Dify's are.
fn time(column: &str, value: Option<String>) -> Result<Timestamp, String> {
    let value = value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| format!("{column} is missing"))?;
    value
        .parse()
        .or_else(|_| format!("{value}Z").parse())
        .map_err(|_| format!("{column} \"{value}\" is not a date and time"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const MESSAGE: &str = "23890902-dec2-55aa-a685-6d0b13a925ed";
    const CONVERSATION: &str = "e2facc2b-57e3-555d-808c-37f5fa693c21";

    fn record() -> Value {
        json!({
            "feedback_id": "81eb758e-d619-4d0c-91d2-87d68393bcf8",
            "conversation_id": CONVERSATION,
            "conversation_name": "Refund",
            "message_id": MESSAGE,
            "user_query": "Why?",
            "ai_response": "Because.",
            "feedback_rating": "👍",
            "feedback_rating_raw": "like",
            "feedback_comment": "",
            "feedback_source": "user",
            "feedback_date": "2026-05-01 12:00:00",
            "message_date": "2026-05-01 11:59:00",
            "from_account_name": "",
            "from_end_user_id": "b4916e01-2fe3-5b08-8817-63a1a7a5786e",
        })
    }

    fn with(column: &str, value: impl Into<Value>) -> Result<Row, String> {
        let mut changed = record();
        changed[column] = value.into();
        rows(&json!({"export_info": {}, "feedback_data": [changed]}).to_string())
            .into_iter()
            .next()
            .map_or_else(|| Err("no row".to_owned()), |(_, row)| row)
    }

    fn rows(file: &str) -> Vec<(u64, Result<Row, String>)> {
        parse(file.as_bytes()).map_or_else(|_| Vec::new(), Export::into_rows)
    }

    #[test]
    fn a_date_may_be_written_as_dify_or_as_iso_writes_it() {
        let expected = with("feedback_date", "2026-05-01T12:00:00Z").map(|row| row.given_at);
        assert!(expected.is_ok());
        for date in [
            "2026-05-01 12:00:00",
            "2026-05-01T12:00:00",
            "2026-05-01T12:00:00.000",
            "2026-05-01T14:00:00+02:00",
        ] {
            let row = with("feedback_date", date);
            assert_eq!(row.map(|row| row.given_at), expected, "{date}");
        }
    }

    #[test]
    fn bad_values_are_refused_with_their_column() {
        for (column, value) in [
            ("message_id", json!("")),
            ("message_id", json!(null)),
            ("message_id", json!("message-1")),
            ("conversation_id", json!("")),
            ("feedback_date", json!("yesterday")),
            ("feedback_date", json!("2026-13-01 12:00:00")),
            ("message_date", json!("2026-05-01")),
            ("feedback_source", json!("robot")),
            ("user_query", json!("a\u{0}b")),
            ("from_account_name", json!("x".repeat(256))),
        ] {
            let reason = with(column, value.clone()).err().unwrap_or_default();
            assert!(reason.contains(column), "{column} = {value}: {reason:?}");
        }
    }

    #[test]
    fn an_unknown_rating_is_refused() {
        assert!(with("feedback_rating_raw", "neutral").is_err());
        assert!(with("feedback_rating_raw", 1).is_err());
    }

    #[test]
    fn a_thumb_will_do_where_the_word_is_missing() {
        let row = with("feedback_rating_raw", Value::Null);
        assert_eq!(row.map(|row| row.rating), Ok(Rating::Positive));
    }

    #[test]
    fn an_empty_comment_is_none() {
        assert_eq!(
            with("feedback_comment", "").map(|row| row.comment),
            Ok(None)
        );
    }

    #[test]
    fn ids_are_written_in_lower_case() {
        let row = with("message_id", MESSAGE.to_uppercase());
        assert_eq!(row.map(|row| row.message).as_deref(), Ok(MESSAGE));
    }

    #[test]
    fn what_an_admin_says_is_a_reviewers() {
        let mut changed = record();
        changed["feedback_source"] = json!("admin");
        changed["from_account_name"] = json!("Ada");
        let file = json!({"feedback_data": [changed]}).to_string();
        let author = rows(&file).pop().and_then(|(_, row)| row.ok());
        assert_eq!(
            author.map(|row| row.author),
            Some(AuthorRef::Reviewer("Ada".to_owned()))
        );
    }

    #[test]
    fn a_table_is_read_with_its_line_numbers() {
        let file = format!(
            "\u{feff}feedback_id,message_id,conversation_id,user_query,feedback_rating_raw,feedback_source,\
             feedback_date,message_date,extra\r\n\
             f1,{MESSAGE},{CONVERSATION},\"two\r\nlines, \"\"quoted\"\"\",like,user,2026-05-01 12:00:00,\
             2026-05-01 11:59:00,x\r\n\
             f2,,{CONVERSATION},q,like,user,2026-05-01 12:00:00,2026-05-01 11:59:00,x\r\n\
             f3,too,short\r\n\
             f4,{MESSAGE},{CONVERSATION},q,dislike,user,2026-05-01 12:00:00,2026-05-01 11:59:00,x\r\n"
        );
        let rows = rows(&file);
        let places: Vec<_> = rows
            .iter()
            .map(|(line, row)| (*line, row.is_ok()))
            .collect();
        assert_eq!(places, [(2, true), (4, false), (5, false), (6, true)]);
        let query = rows.into_iter().next().and_then(|(_, row)| row.ok()?.query);
        assert_eq!(query.as_deref(), Some("two\r\nlines, \"quoted\""));
    }

    #[test]
    fn another_file_is_not_an_export() {
        for file in [
            "",
            "a,b\n1,2\n",
            "{\"data\":[]}",
            "{\"feedback_data\":",
            "[]",
        ] {
            assert!(parse(file.as_bytes()).is_err(), "{file}");
        }
    }

    #[test]
    fn an_export_without_feedback_is_one() {
        let export = parse(b"{\"export_info\":{},\"feedback_data\":[]}");
        assert_eq!(export.map(|export| export.rows()), Ok(0));
    }

    proptest! {
        #[test]
        fn any_text_comes_through_the_table(comment in "[^\0]+") {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let fields = record();
            let fields = fields.as_object().cloned().unwrap_or_default();
            let _ = writer.write_record(fields.keys());
            let _ = writer.write_record(fields.iter().map(|(column, value)| {
                if column == "feedback_comment" { comment.as_str() } else { value.as_str().unwrap_or("") }
            }));
            let file = writer.into_inner().unwrap_or_default();
            let row = parse(&file).map(|export| export.into_rows().pop());
            let read = row.ok().flatten().and_then(|(_, row)| row.ok()).and_then(|row| row.comment);
            prop_assert_eq!(read, Some(comment));
        }

        #[test]
        fn no_file_makes_the_reader_fall_over(file in any::<Vec<u8>>()) {
            let _ = parse(&file);
        }
    }
}
