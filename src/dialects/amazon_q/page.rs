//! Pages: how many items, and where a list goes on.

use super::auth::Signed;
use super::constraint::Faults;
use super::convert;
use super::wire;
use crate::domain::{self, MessageId};
use crate::limits;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// What a request for a page asks for.
#[derive(Debug)]
pub(super) struct Wanted<Place> {
    /// Where the page before ended.
    pub(super) after: Option<Place>,
    /// The most items.
    pub(super) limit: usize,
}

impl<Place> Wanted<Place> {
    /// Reads `maxResults` and `nextToken`.
    pub(super) fn read(
        signed: &Signed,
        decode: impl Fn(&str) -> Option<Place>,
        faults: &mut Faults,
    ) -> Self {
        let most = limits::AMAZON_Q_PAGE_ITEMS;
        let limit = match signed.parameter("maxResults", faults) {
            None => most,
            Some(text) => match text.parse() {
                Ok(limit) if (1..=most).contains(&limit) => limit,
                _ => {
                    faults.add(
                        "maxResults",
                        format!("Member must be a number from 1 to {most}"),
                    );
                    most
                }
            },
        };
        let token = signed.parameter("nextToken", faults);
        let after = token.as_deref().and_then(decode);
        if token.is_some() && after.is_none() {
            faults.add("nextToken", "Member must be a token that a list gave");
        }
        Self { after, limit }
    }
}

/// A place in the list of a conversation's messages: after one of ours, or between its answer and its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) message: MessageId,
    /// Whether all of the message was shown.
    pub(super) whole: bool,
}

impl Place {
    /// After a message.
    pub(super) const fn after(message: MessageId) -> Self {
        Self {
            message,
            whole: true,
        }
    }

    pub(super) fn encode(self) -> String {
        let mut bytes = self.message.0.into_bytes().to_vec();
        bytes.push(u8::from(self.whole));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(super) fn decode(token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (whole, id) = bytes.split_last()?;
        Some(Self {
            message: MessageId(Uuid::from_slice(id).ok()?),
            whole: *whole == 1,
        })
    }
}

/// What one of our messages is to Amazon Q, each with the place after it.
pub(super) fn placed(message: domain::Message) -> Vec<(Place, wire::Message)> {
    let id = message.id;
    let parts = convert::messages(message);
    let last = parts.len().saturating_sub(1);
    parts
        .into_iter()
        .enumerate()
        .map(|(part, message)| {
            let whole = part == last;
            (Place { message: id, whole }, message)
        })
        .collect()
}

/// The place after a project of this number.
pub(super) fn number_token(number: u32) -> String {
    URL_SAFE_NO_PAD.encode(number.to_be_bytes())
}

/// The number in what [`number_token`] gave.
pub(super) fn after_number(token: &str) -> Option<u32> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    bytes.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_their_tokens() {
        for whole in [true, false] {
            let message = MessageId(Uuid::from_u128(7));
            let place = Place { message, whole };
            assert_eq!(Place::decode(&place.encode()), Some(place));
        }
        assert_eq!(after_number(&number_token(64)), Some(64));
    }

    #[test]
    fn nonsense_is_no_token() {
        for token in ["", "%", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(Place::decode(token), None);
            assert_eq!(after_number(token), None);
        }
    }
}
