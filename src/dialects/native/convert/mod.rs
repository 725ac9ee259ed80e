//! Between the API's JSON and the domain. Pure.

mod account;
mod answer;
mod feedback;
mod filter;
mod mirror;
mod query;
mod record;
mod request;

pub(super) use account::{
    accepting, account, account_change, account_draft, audit_entry, audit_filter, invite,
    invite_draft, invite_look, issued_invite, me,
};
pub(super) use answer::{
    attribute, conversation, detail, end_user, key, listed_feedback, message, outcome, project,
    written,
};
pub(super) use feedback::{change, new_feedback};
pub(super) use filter::{bounded, feedback_filter, page_of, paging, shown, with_texts, yes_or_no};
pub(super) use mirror::{mirror, mirror_state, mirrored_vote};
pub(super) use query::{sums, sums_query};
pub(super) use record::{feedback_record, log_filter, placed_record};
pub(super) use request::{
    attribute_draft, conversation_draft, end_user_draft, key_draft, new_conversation_draft,
    project_draft, rate_limit,
};

use super::wire::Reference;
use crate::domain::vote::RowRef;
use uuid::Uuid;

/// What a path or a query names: `id:` and one of our ids, else what the application calls it.
///
/// The prefix hides nothing of an application's: an id of its own that looks like this holds a UUID that we made.
pub(super) fn named(text: &str) -> RowRef {
    text.strip_prefix("id:")
        .and_then(|id| Uuid::parse_str(id).ok())
        .map_or_else(|| RowRef::External(text.to_owned()), RowRef::Id)
}

/// What a body names.
fn referred(reference: Reference) -> RowRef {
    match reference {
        Reference::Id(id) => RowRef::Id(id.0),
        Reference::ExternalId(id) => RowRef::External(id.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_ids_stand_behind_a_prefix() {
        let id = Uuid::from_u128(7);
        assert_eq!(named(&format!("id:{id}")), RowRef::Id(id));
        for external in [id.to_string().as_str(), "id:", "id:7", "m1"] {
            assert_eq!(named(external), RowRef::External(external.to_owned()));
        }
    }
}
