//! People who talk to an application.

use super::{EndUserId, ProjectId, Timestamp};

/// A person who talks to an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndUser {
    /// Our id.
    pub id: EndUserId,
    /// The project that knows the person; none where the workspace as a whole does.
    pub project: Option<ProjectId>,
    /// What the application calls the person.
    pub external_id: String,
    /// Details, and what they were last set to.
    pub details: EndUserDraft,
    /// When the person was first heard of.
    pub created_at: Timestamp,
    /// When the details last changed.
    pub updated_at: Timestamp,
}

/// What is said of a person. An absent field says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EndUserDraft {
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
    /// Groups the person belongs to.
    pub segments: Vec<Segment>,
}

/// A group that a person belongs to, under a kind of group: `team` = `engineering`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment {
    /// The kind of group.
    pub kind: String,
    /// The group.
    pub value: String,
}

impl EndUserDraft {
    /// What is known after `later` was said too: absent fields stay, a kind of segment that is named is replaced whole.
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
        self.segments
            .retain(|old| !later.segments.iter().any(|new| new.kind == old.kind));
        self.segments.extend(later.segments);
        self
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
        let known = EndUserDraft {
            name: Some("Ada".to_owned()),
            segments: vec![team("engineering")],
            ..EndUserDraft::default()
        };
        assert_eq!(known.clone().merged(EndUserDraft::default()), known);
    }

    #[test]
    fn a_named_kind_of_segment_is_replaced_whole() {
        let known = EndUserDraft {
            segments: vec![team("engineering"), team("support")],
            ..EndUserDraft::default()
        };
        let later = EndUserDraft {
            segments: vec![team("sales")],
            ..EndUserDraft::default()
        };
        assert_eq!(known.merged(later).segments, vec![team("sales")]);
    }
}
