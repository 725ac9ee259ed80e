//! What a vote is counted by besides its criterion and what it amounts to, from what the batch has loaded.

use super::entry::Entry;
use super::rows::{FeedbackRow, Rows, Target};
use super::save::Fault;
use super::session::Session;
use crate::domain::vote::Ask;
use crate::domain::{FacetKind, Judgement, OptionId};
use crate::store::counted::{Facet, Words};
use std::collections::{HashMap, HashSet};
use tokio_postgres::Row;

/// The reasons that a vote gives.
pub(super) fn reasons(entry: &Entry) -> impl Iterator<Item = &str> {
    let asked = &entry.vote.command.asked.reasons;
    let given = match asked {
        Ask::Set(reasons) => reasons.as_slice(),
        Ask::Absent | Ask::Clear => &[],
    };
    given.iter().map(String::as_str)
}

/// Learns the words of what was loaded: those of messages, and reasons that were given before. Each has a row, which was made
/// when it came.
pub(super) async fn learn(session: &Session, rows: &mut Rows<'_>) -> Result<(), Fault> {
    let of_messages = rows.words.values().flat_map(|words| {
        let version = words.version.as_deref();
        words.model.as_deref().into_iter().chain(version)
    });
    let given = rows
        .feedback
        .iter()
        .flat_map(|row| &row.said.judgement.reasons);
    let unknown: HashSet<&str> = of_messages
        .chain(given.map(String::as_str))
        .filter(|word| !rows.shared.labels.contains_key(*word))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let unknown: Vec<&str> = unknown.into_iter().collect();
    let found = session
        .client
        .query(&session.statements.labels, &[&unknown])
        .await?;
    for row in found {
        rows.learnt.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(())
}

impl Rows<'_> {
    /// Notes what wrote a message, from the columns that begin at `first`.
    pub(super) fn know_words(
        &mut self,
        message: i64,
        row: &Row,
        first: usize,
    ) -> Result<(), Fault> {
        let words = Words {
            model: row.try_get(first)?,
            version: row.try_get(first + 1)?,
        };
        if words.model.is_some() {
            self.words.insert(message, words);
        }
        Ok(())
    }

    /// Notes which groups people belong to.
    pub(super) fn know_segments(&mut self, people: &[Row]) -> Result<(), Fault> {
        for row in people {
            if let Some(segments) = row.try_get(5)? {
                self.segments.insert(row.try_get(3)?, segments);
            }
        }
        Ok(())
    }

    fn label(&self, word: &str) -> Option<i64> {
        let known = self.shared.labels.get(word);
        known.or_else(|| self.learnt.get(word)).copied()
    }

    /// Whether all reasons of a judgement have rows.
    pub(super) fn knows_reasons(&self, judgement: &Judgement) -> bool {
        let mut reasons = judgement.reasons.iter();
        reasons.all(|reason| self.label(reason).is_some())
    }

    /// The facets of a vote.
    pub(super) fn facets(&self, row: &FeedbackRow<'_>) -> Vec<Facet> {
        let mut facets = Vec::new();
        if let Target::Message(message) = row.key.target
            && let Some(words) = self.words.get(&message)
        {
            let label = |word: &Option<String>| word.as_ref().and_then(|word| self.label(word));
            let version = label(&words.version);
            facets.extend(label(&words.model).map(|model| Facet::model(model, version)));
        }
        let judgement = &row.said.judgement;
        let reasons = judgement.reasons.iter();
        facets.extend(
            reasons
                .filter_map(|reason| self.label(reason))
                .map(|label| Facet::new(FacetKind::Reason, label)),
        );
        let options: &HashMap<OptionId, i64> = &self.options;
        facets.extend(
            judgement
                .attributes
                .iter()
                .filter_map(|answer| options.get(&answer.option))
                .map(|option| Facet::new(FacetKind::Option, *option)),
        );
        let segments = row.segments.iter();
        facets.extend(segments.map(|segment| Facet::new(FacetKind::Segment, *segment)));
        facets
    }
}
