//! People who talk to an application.

use super::{EndUserId, ProjectId, Timestamp};

/// A person who talks to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndUser {
    /// Our id.
    pub id: EndUserId,
    /// An integer that stays the same for good, for clients whose ids are integers.
    pub number: i64,
    /// The project that knows the person; none where the workspace as a whole does.
    pub project: Option<ProjectId>,
    /// What the application calls the person.
    pub external_id: String,
    /// What is known of the person.
    pub details: EndUserDetails,
    /// Groups that the person belongs to, by kind, in the order in which they were first heard of.
    pub segments: Vec<KnownSegment>,
    /// When the person was first heard of.
    pub created_at: Timestamp,
    /// When the details or segments last changed.
    pub updated_at: Timestamp,
}

/// What is known or said of a person. An absent field says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EndUserDetails {
    /// Full name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Account name.
    pub username: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// ISO 639-1 language.
    pub language: Option<String>,
    /// Free JSON object, as compact text.
    pub metadata: Option<String>,
}

/// What is said of a person.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EndUserDraft {
    /// Details; what is absent stays as it is known.
    pub details: EndUserDetails,
    /// Groups the person belongs to. A kind of group that is named is replaced whole, all others stay.
    pub segments: Vec<Segment>,
    /// Kinds of group of which the person belongs to none.
    pub emptied: Vec<String>,
}

/// A group that a person belongs to, under a kind of group: `team` = `engineering`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// The kind of group.
    pub kind: String,
    /// The group.
    pub value: String,
}

/// A group that the workspace has heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSegment {
    /// An integer that stays the same for good, for clients whose ids are integers.
    pub number: i64,
    /// The same of the kind of group.
    pub kind_number: i64,
    /// The group and its kind.
    pub segment: Segment,
    /// When the group was first heard of.
    pub created_at: Timestamp,
    /// When the kind of group was first heard of.
    pub kind_created_at: Timestamp,
}

impl EndUserDetails {
    /// What is known after `later` was said too: absent fields stay.
    #[must_use]
    pub fn merged(mut self, later: Self) -> Self {
        let replace = |old: &mut Option<String>, new: Option<String>| {
            if new.is_some() {
                *old = new;
            }
        };
        replace(&mut self.name, later.name);
        replace(&mut self.email, later.email);
        replace(&mut self.username, later.username);
        replace(&mut self.phone, later.phone);
        replace(&mut self.language, later.language);
        replace(&mut self.metadata, later.metadata);
        self
    }
}

impl EndUserDraft {
    /// What is said of a person, with the groups by kind.
    pub fn new(
        details: EndUserDetails,
        groups: impl IntoIterator<Item = (String, Vec<String>)>,
    ) -> Self {
        let mut draft = Self {
            details,
            ..Self::default()
        };
        for (kind, values) in groups {
            if values.is_empty() {
                draft.emptied.push(kind.clone());
            }
            let values = values.into_iter();
            draft.segments.extend(values.map(|value| Segment {
                kind: kind.clone(),
                value,
            }));
        }
        draft
    }
}

impl Segment {
    /// The groups that a person belongs to after `later` was said of one who belonged to `known`.
    pub fn merged(known: Vec<Self>, later: &EndUserDraft) -> Vec<Self> {
        let mut merged = known;
        merged.retain(|old| {
            later.segments.iter().all(|new| new.kind != old.kind)
                && !later.emptied.contains(&old.kind)
        });
        for new in &later.segments {
            if !merged.contains(new) {
                merged.push(new.clone());
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(value: &str) -> Segment {
        Segment {
            kind: "team".to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn saying_nothing_changes_nothing() {
        let known = EndUserDetails {
            name: Some("Ada".to_owned()),
            ..EndUserDetails::default()
        };
        assert_eq!(known.clone().merged(EndUserDetails::default()), known);
        let nothing = EndUserDraft::default();
        assert_eq!(Segment::merged(vec![team("a")], &nothing), vec![team("a")]);
    }

    #[test]
    fn a_named_kind_of_segment_is_replaced_whole() {
        let known = vec![team("engineering"), team("support")];
        let says = |values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            EndUserDraft::new(EndUserDetails::default(), [("team".to_owned(), values)])
        };
        let merged = Segment::merged(known, &says(&["sales", "sales"]));
        assert_eq!(merged, vec![team("sales")]);
        assert_eq!(Segment::merged(merged, &says(&[])), []);
    }
}
