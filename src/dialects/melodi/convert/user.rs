//! External users.

use super::super::error::Rejection;
use super::super::wire;
use super::not_empty;
use crate::dialects::answer::milliseconds;
use crate::domain::{EndUser, EndUserDetails, EndUserDraft, KnownSegment};
use serde_json::Value;

/// A person as a request names and describes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Person {
    /// What the application calls the person.
    pub(in super::super) external_id: String,
    /// What is said of the person.
    pub(in super::super) draft: EndUserDraft,
    /// Whether the person belongs to the organization, where that is said.
    pub(in super::super) is_internal: Option<bool>,
}

impl Person {
    /// The person of a body. One without an id is nobody in particular.
    pub(in super::super) fn of(
        body: Option<wire::ExternalUserBody>,
    ) -> Result<Option<Self>, Rejection> {
        let Some(body) = body else {
            return Ok(None);
        };
        let Some(external_id) = not_empty(body.external_id) else {
            return Ok(None);
        };
        let segments = body.segments.unwrap_or_default().into_iter();
        let groups: Vec<_> = segments
            .filter(|(_, values)| !values.is_null())
            .map(|(kind, values)| groups(kind, values))
            .collect::<Result<_, _>>()?;
        let details = EndUserDetails {
            name: body.name,
            email: body.email,
            username: body.username,
            ..EndUserDetails::default()
        };
        Ok(Some(Self {
            external_id,
            draft: EndUserDraft::new(details, groups),
            is_internal: body.is_internal,
        }))
    }
}

/// The groups under one type: a string, or a list of them.
fn groups(kind: String, values: Value) -> Result<(String, Vec<String>), Rejection> {
    let texts = match values {
        Value::String(value) => Some(vec![value]),
        Value::Array(values) => values
            .into_iter()
            .map(|value| match value {
                Value::String(value) => Some(value),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    match texts {
        Some(texts) => Ok((kind, texts)),
        None => Err(Rejection::bad_request(format!(
            "externalUser.segments.{kind} must be a string or a list of strings"
        ))),
    }
}

/// A person as Melodi shows one.
pub(in super::super) fn end_user(organization: i64, end_user: EndUser) -> wire::ExternalUser {
    let shown = |known| segment(organization, known, true);
    wire::ExternalUser {
        id: end_user.number,
        organization_id: organization,
        external_id: end_user.external_id,
        name: end_user.details.name,
        email: end_user.details.email,
        username: end_user.details.username,
        segments: end_user.segments.into_iter().map(shown).collect(),
        created_at: milliseconds(end_user.created_at),
        updated_at: milliseconds(end_user.updated_at),
    }
}

/// A person as shown to a key that may not read: no more than the request itself said.
pub(in super::super) fn receipt(
    shown: wire::ExternalUser,
    told: Option<&Person>,
    at: &str,
) -> wire::ExternalUser {
    let details = told.map(|person| person.draft.details.clone());
    let details = details.unwrap_or_default();
    wire::ExternalUser {
        name: details.name,
        email: details.email,
        username: details.username,
        segments: Vec::new(),
        created_at: at.to_owned(),
        updated_at: at.to_owned(),
        ..shown
    }
}

fn segment(organization: i64, known: KnownSegment, with_kind: bool) -> wire::Segment {
    let kind = with_kind.then(|| segment_kind(organization, &known));
    wire::Segment {
        id: known.number,
        organization_id: organization,
        name: known.segment.value,
        user_segment_type_id: known.kind_number,
        created_at: milliseconds(known.created_at),
        updated_at: milliseconds(known.created_at),
        kind,
    }
}

fn segment_kind(organization: i64, known: &KnownSegment) -> wire::SegmentKind {
    wire::SegmentKind {
        id: known.kind_number,
        organization_id: organization,
        name: known.segment.kind.clone(),
        created_at: milliseconds(known.kind_created_at),
        updated_at: milliseconds(known.kind_created_at),
    }
}

/// Groups under their types. Those of one type come one after the other.
pub(in super::super) fn segment_types(
    organization: i64,
    known: Vec<KnownSegment>,
) -> Vec<wire::SegmentType> {
    let mut types: Vec<wire::SegmentType> = Vec::new();
    for known in known {
        if types
            .last()
            .is_none_or(|last| last.kind.id != known.kind_number)
        {
            types.push(wire::SegmentType {
                kind: segment_kind(organization, &known),
                segments: Vec::new(),
            });
        }
        if let Some(last) = types.last_mut() {
            last.segments.push(segment(organization, known, false));
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(json: &str) -> Result<Option<Person>, Rejection> {
        Person::of(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn segments_are_strings_or_lists() {
        let known = person(
            r#"{"externalId": "u", "segments": {"team": "a", "plan": ["b", "c"], "x": null}}"#,
        );
        let segments = known.unwrap().unwrap().draft.segments;
        let pairs: Vec<_> = segments
            .iter()
            .map(|segment| (segment.kind.as_str(), segment.value.as_str()))
            .collect();
        assert_eq!(pairs, [("team", "a"), ("plan", "b"), ("plan", "c")]);
        assert!(person(r#"{"externalId": "u", "segments": {"team": 7}}"#).is_err());
    }

    #[test]
    fn who_has_no_id_is_nobody() {
        for json in [
            "null",
            "{}",
            r#"{"externalId": null}"#,
            r#"{"externalId": "", "name": "Ada"}"#,
        ] {
            assert!(person(json).unwrap().is_none(), "{json}");
        }
    }
}
