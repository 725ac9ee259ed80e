//! How the domain's values stand in columns.

use super::sql::{Error, Result, Row};
use crate::domain::{
    AccountRole, ActorKind, AuthorKind, Dialect, FeedbackState, InviteKind, KeepText, MirrorState,
    Mode, Rating, Role, Sentiment, TextFormat, Timestamp, TopicKind, UnknownTargets,
};
use uuid::Uuid;

/// A UUID as it is stored.
pub(super) fn blob(id: &Uuid) -> &[u8] {
    id.as_bytes()
}

/// A value that is stored as its place in a list.
pub(super) trait Coded: Copy + PartialEq + 'static {
    /// The list. Values are only ever added, at its end.
    const VALUES: &'static [Self];

    /// The place of the value.
    fn code(self) -> i64 {
        let place = Self::VALUES.iter().position(|value| *value == self);
        place
            .and_then(|place| i64::try_from(place).ok())
            .unwrap_or(-1)
    }

    /// The value at a place.
    fn decode(code: i64) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|place| Self::VALUES.get(place))
            .copied()
    }
}

macro_rules! coded {
    ($($name:ty = $values:expr),+ $(,)?) => {$(
        impl Coded for $name {
            const VALUES: &'static [Self] = &$values;
        }
    )+};
}

coded! {
    Dialect = Dialect::ALL,
    AccountRole = AccountRole::ALL,
    ActorKind = ActorKind::ALL,
    InviteKind = InviteKind::ALL,
    Sentiment = Sentiment::ALL,
    AuthorKind = AuthorKind::ALL,
    Role = Role::ALL,
    KeepText = KeepText::ALL,
    MirrorState = MirrorState::ALL,
    Mode = Mode::ALL,
    TextFormat = TextFormat::ALL,
    TopicKind = TopicKind::ALL,
    UnknownTargets = UnknownTargets::ALL,
    Rating = [Rating::Positive, Rating::Negative],
    FeedbackState = [FeedbackState::Standing, FeedbackState::Retracted],
}

/// A column that holds a [`Coded`] value.
pub(super) fn coded<T: Coded>(row: &Row<'_>, column: usize) -> Result<T> {
    let code = row.get(column)?;
    T::decode(code).ok_or_else(|| unexpected(column, format!("no value {code}")))
}

/// A column that holds a [`Coded`] value or nothing.
pub(super) fn optional_coded<T: Coded>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    match row.get::<_, Option<i64>>(column)? {
        None => Ok(None),
        Some(_) => coded(row, column).map(Some),
    }
}

/// A column that holds a UUID.
pub(super) fn id(row: &Row<'_>, column: usize) -> Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

/// A column that holds a UUID or nothing.
pub(super) fn optional_id(row: &Row<'_>, column: usize) -> Result<Option<Uuid>> {
    Ok(row
        .get::<_, Option<[u8; 16]>>(column)?
        .map(Uuid::from_bytes))
}

/// A column that holds a time.
pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    row.get(column).map(Timestamp::from_microseconds)
}

/// A column that holds a time or nothing.
pub(super) fn optional_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    Ok(row
        .get::<_, Option<i64>>(column)?
        .map(Timestamp::from_microseconds))
}

/// Data that this program did not write, or wrote wrongly.
pub(super) fn unexpected(column: usize, what: impl Into<String>) -> Error {
    let what = what.into();
    Error::Unexpected { column, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_as_it_was_written() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::decode(dialect.code()), Some(dialect));
        }
        for sentiment in Sentiment::ALL {
            assert_eq!(Sentiment::decode(sentiment.code()), Some(sentiment));
        }
    }

    #[test]
    fn a_code_beyond_the_list_is_no_value() {
        assert_eq!(Rating::decode(2), None);
        assert_eq!(Rating::decode(-1), None);
    }
}
