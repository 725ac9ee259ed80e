//! What a vote is counted by besides its criterion and what it amounts to: what wrote the message, the reasons, the answers to
//! attributes, the groups that its author belonged to.

use super::batch::Batch;
use super::counted::{Facet, Words};
use super::standing::{self, StandingRow};
use super::{judgement, sql};
use crate::domain::{FacetKind, Judgement};

impl Batch<'_> {
    /// The facets of a vote. Words that are new are given a row.
    pub(super) fn facets(
        &mut self,
        words: &Words,
        judgement: &Judgement,
        segments: &[i64],
    ) -> sql::Result<Vec<Facet>> {
        let mut facets: Vec<Facet> = self.facet_of_words(words)?.into_iter().collect();
        for reason in &judgement.reasons {
            facets.push(Facet::new(FacetKind::Reason, self.label(reason)?));
        }
        if !judgement.attributes.is_empty() {
            let options = judgement::options(self.connection, &judgement.attributes)?;
            facets.extend(
                options
                    .into_iter()
                    .map(|row| Facet::new(FacetKind::Option, row)),
            );
        }
        let segments = segments.iter();
        facets.extend(segments.map(|row| Facet::new(FacetKind::Segment, *row)));
        Ok(facets)
    }

    fn facet_of_words(&mut self, words: &Words) -> sql::Result<Option<Facet>> {
        let Some(model) = &words.model else {
            return Ok(None);
        };
        let model = self.label(model)?;
        let version = words.version.as_ref().map(|version| self.label(version));
        Ok(Some(Facet::model(model, version.transpose()?)))
    }

    /// Gives the words of a message a row each. Whoever votes for it later, on whatever server, relies on that.
    pub(super) fn learn_words(&mut self, words: &Words) -> sql::Result<()> {
        self.facet_of_words(words).map(|_| ())
    }

    /// Moves the votes for a message, whose words are known now or known to be others, from sums to sums.
    pub(super) fn words_changed(
        &mut self,
        project: i64,
        message: i64,
        before: &Words,
        after: &Words,
    ) -> sql::Result<()> {
        let (before, after) = (self.facet_of_words(before)?, self.facet_of_words(after)?);
        let votes = self
            .connection
            .prepare_cached(&standing::select("message = ?1 AND retracted = 0"))?
            .query_map([message], |row| StandingRow::read(self.connection, row))?
            .collect::<sql::Result<Vec<_>>>()?;
        for (row, says) in votes {
            let key = row.sums_key(project, &says.judgement);
            self.sums
                .count_facets(key, before.as_slice(), &says.judgement, -1);
            self.sums
                .count_facets(key, after.as_slice(), &says.judgement, 1);
        }
        Ok(())
    }
}
