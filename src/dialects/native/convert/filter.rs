//! What is asked of lists.

use super::named;
use crate::app::{Cursor, FeedbackFilter, Page, Paging};
use crate::dialects::native::wire;
use crate::domain::{AttributeAnswer, Segment, Timestamp};
use crate::error::{Error, Result};
use crate::limits;
use serde::de::{DeserializeOwned, IntoDeserializer as _, value};
use std::str::FromStr;

/// Which part of a list.
pub(in super::super) fn paging(cursor: Option<&str>, limit: Option<&str>) -> Result<Paging> {
    let limit = match limit {
        None => limits::PAGE_ITEMS_DEFAULT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=limits::PAGE_ITEMS).contains(limit))
            .ok_or_else(|| {
                Error::invalid(
                    "limit",
                    format!("must be a whole number from 1 to {}", limits::PAGE_ITEMS),
                )
            })?,
    };
    Ok(Paging {
        after: cursor.map(Cursor::decode).transpose()?,
        ..Paging::first(limit)
    })
}

/// A part of a list that is held in memory. The items are sorted by their places.
pub(in super::super) fn page_of<T>(
    items: Vec<T>,
    paging: &Paging,
    place: impl Fn(&T) -> Cursor,
) -> Page<T> {
    let ordered = |cursor: Cursor| (cursor.at, cursor.id);
    let after = paging.after.map(ordered);
    let mut rest = items
        .into_iter()
        .filter(|item| after.is_none_or(|after| ordered(place(item)) > after));
    let items: Vec<T> = rest.by_ref().take(paging.limit).collect();
    let goes_on = rest.next().is_some();
    let next = items.last().map(&place).filter(|_| goes_on);
    Page { items, next }
}

/// A part of a list as it is answered.
pub(in super::super) fn shown<T, U>(page: Page<T>, show: impl FnMut(T) -> U) -> wire::List<U> {
    wire::List {
        items: page.items.into_iter().map(show).collect(),
        next_cursor: page.next.map(Cursor::encode),
    }
}

/// Which feedback. The project and the answer to one of its attributes are looked up before.
pub(in super::super) fn feedback_filter(
    query: &wire::FeedbackQuery,
    attribute: Option<AttributeAnswer>,
) -> Result<FeedbackFilter> {
    let word = |field, text: &Option<String>, most| {
        text.as_ref()
            .map(|text| bounded(field, text, most).map(|()| text.clone()))
            .transpose()
    };
    let row = |field, text: &Option<String>| {
        word(field, text, limits::EXTERNAL_ID_CHARACTERS).map(|text| text.map(|text| named(&text)))
    };
    Ok(FeedbackFilter {
        channel: chosen::<wire::Channel, _>("channel", query.channel.as_deref())?,
        name: word("name", &query.name, limits::NAME_CHARACTERS)?,
        sentiment: chosen::<wire::Sentiment, _>("sentiment", query.sentiment.as_deref())?,
        rating: chosen::<wire::Rating, _>("rating", query.rating.as_deref())?,
        score_minimum: number("score_min", query.score_min.as_deref())?,
        score_maximum: number("score_max", query.score_max.as_deref())?,
        resolved: yes_or_no("resolved", query.resolved.as_deref())?,
        reason: word("reason", &query.reason, limits::REASON_CHARACTERS)?,
        attribute,
        end_user: row("end_user", &query.end_user)?,
        segment: segment(query)?,
        conversation: row("conversation", &query.conversation)?,
        messages: row("message", &query.message)?.into_iter().collect(),
        has_comment: yes_or_no("has_comment", query.has_comment.as_deref())?,
        since: time("since", query.since.as_deref())?,
        until: time("until", query.until.as_deref())?,
        search: word("search", &query.search, limits::SEARCH_CHARACTERS)?,
        with_retracted: yes_or_no("with_retracted", query.with_retracted.as_deref())?
            .unwrap_or_default(),
        ..FeedbackFilter::default()
    })
}

/// Whether question and answer are asked for too.
pub(in super::super) fn with_texts(query: &wire::FeedbackQuery) -> Result<bool> {
    yes_or_no("with_texts", query.with_texts.as_deref()).map(Option::unwrap_or_default)
}

fn segment(query: &wire::FeedbackQuery) -> Result<Option<Segment>> {
    match (&query.segment_kind, &query.segment) {
        (None, None) => Ok(None),
        (Some(kind), Some(value)) => {
            bounded("segment_kind", kind, limits::NAME_CHARACTERS)?;
            bounded("segment", value, limits::NAME_CHARACTERS)?;
            Ok(Some(Segment {
                kind: kind.clone(),
                value: value.clone(),
            }))
        }
        (None, Some(_)) => Err(Error::invalid("segment_kind", "is needed with segment")),
        (Some(_), None) => Err(Error::invalid("segment", "is needed with segment_kind")),
    }
}

/// A text of a path or a query that is not empty, not too long and without NUL.
pub(in super::super) fn bounded(field: &str, text: &str, most: usize) -> Result<()> {
    let wrong = if text.is_empty() {
        "must not be empty".to_owned()
    } else if !limits::fits(text, most) {
        format!("must have at most {most} characters")
    } else if text.contains('\0') {
        "must not contain NUL (0x00) characters".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::invalid(field, wrong))
}

/// One of the names that a type of the API has.
pub(super) fn chosen<Name: DeserializeOwned, Meant: From<Name>>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<Meant>> {
    text.map(|text| {
        Name::deserialize(text.into_deserializer())
            .map(Meant::from)
            .map_err(|error: value::Error| Error::invalid(field, error.to_string()))
    })
    .transpose()
}

fn parsed<T: FromStr>(field: &str, text: Option<&str>, expected: &str) -> Result<Option<T>> {
    text.map(|text| {
        text.parse()
            .map_err(|_| Error::invalid(field, format!("must be {expected}")))
    })
    .transpose()
}

pub(in super::super) fn yes_or_no(field: &str, text: Option<&str>) -> Result<Option<bool>> {
    parsed(field, text, "true or false")
}

fn number(field: &str, text: Option<&str>) -> Result<Option<f64>> {
    match parsed::<f64>(field, text, "a number")? {
        Some(number) if !number.is_finite() => Err(Error::invalid(field, "must be finite")),
        number => Ok(number),
    }
}

pub(super) fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>> {
    let expected = "a time with its offset, such as 2026-05-01T12:00:00Z";
    parsed(field, text, expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn place(item: &u128) -> Cursor {
        Cursor {
            at: Timestamp::from_microseconds(0),
            id: Uuid::from_u128(*item),
        }
    }

    fn read(items: &[u128], after: Option<u128>, limit: usize) -> Page<u128> {
        let paging = Paging {
            after: after.map(|item| place(&item)),
            ..Paging::first(limit)
        };
        page_of(items.to_vec(), &paging, place)
    }

    #[test]
    fn a_list_in_memory_is_read_part_by_part() {
        let first = read(&[1, 2, 3], None, 2);
        assert_eq!((first.items, first.next), (vec![1, 2], Some(place(&2))));
        let second = read(&[1, 2, 3], Some(2), 2);
        assert_eq!((second.items, second.next), (vec![3], None));
        assert_eq!(read(&[1, 2, 3], None, 3).next, None);
    }

    #[test]
    fn a_place_may_be_one_that_is_gone() {
        assert_eq!(read(&[1, 3], Some(2), 9).items, [3]);
    }

    #[test]
    fn a_parameter_that_is_wrong_is_named() {
        let refused = |change: fn(&mut wire::FeedbackQuery)| {
            let mut query = wire::FeedbackQuery::default();
            change(&mut query);
            let error = feedback_filter(&query, None).unwrap_err();
            error.field().unwrap().to_owned()
        };
        assert_eq!(refused(|it| it.channel = Some("fax".into())), "channel");
        assert_eq!(refused(|it| it.score_min = Some("NaN".into())), "score_min");
        assert_eq!(refused(|it| it.resolved = Some("1".into())), "resolved");
        assert_eq!(refused(|it| it.since = Some("today".into())), "since");
        assert_eq!(refused(|it| it.name = Some(String::new())), "name");
        assert_eq!(refused(|it| it.message = Some("\0".into())), "message");
    }
}
