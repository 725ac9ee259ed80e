//! Rows as columns: an array for each, as statements over arrays take them.

use super::code;
use super::rows::Said;
use crate::domain::{AttributeAnswer, OptionId, Score, Timestamp};
use std::collections::HashMap;
use tokio_postgres::types::ToSql;

/// What statements take.
pub(super) type Parameter<'value> = &'value (dyn ToSql + Sync);

macro_rules! arrays {
    ($(#[$doc:meta])* $name:ident $(<$life:lifetime>)? { $($field:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name $(<$life>)? {
            $(pub(super) $field: Vec<$type>,)+
        }

        impl $(<$life>)? $name $(<$life>)? {
            /// The columns, in order, behind what comes before them.
            pub(super) fn after<'value>(&'value self, mut before: Vec<Parameter<'value>>) -> Vec<Parameter<'value>> {
                before.extend([$(&self.$field as Parameter<'value>,)+]);
                before
            }

            /// Adds a row.
            #[allow(clippy::too_many_arguments, reason = "as many as there are columns")]
            pub(super) fn push(&mut self, $($field: $type,)+) {
                $(self.$field.push($field);)+
            }
        }
    };
}
pub(super) use arrays;

arrays! {
    /// What versions of feedback say.
    Judgements<'batch> {
        rating: Option<i16>,
        score: Option<f64>,
        score_lowest: Option<f64>,
        score_highest: Option<f64>,
        resolved: Option<i16>,
        reasons: Option<String>,
        comment: Option<&'batch str>,
        correction: Option<&'batch str>,
        attributes: Option<String>,
        message_copied_at: Option<i64>,
        submitted_at: Option<i64>,
        metadata: Option<&'batch str>,
        retracted: i16,
    }
}

impl<'batch> Judgements<'batch> {
    /// Adds what a version says. Answers to attributes that do not exist are left out; the application checked them.
    pub(super) fn add(
        &mut self,
        said: &'batch Said,
        options: &HashMap<OptionId, i64>,
    ) -> Result<(), serde_json::Error> {
        let judgement = &said.judgement;
        let reasons = if judgement.reasons.is_empty() {
            None
        } else {
            Some(serde_json::to_string(&judgement.reasons)?)
        };
        self.push(
            judgement.rating.map(code),
            judgement.score.map(Score::value),
            judgement.score.map(Score::lowest),
            judgement.score.map(Score::highest),
            judgement.resolved.map(i16::from),
            reasons,
            judgement.comment.as_deref(),
            judgement.correction.as_deref(),
            option_rows(&judgement.attributes, options),
            judgement.message_copied_at.map(Timestamp::microseconds),
            judgement.submitted_at.map(Timestamp::microseconds),
            judgement.metadata.as_deref(),
            i16::from(said.retracted),
        );
        Ok(())
    }
}

fn option_rows(answers: &[AttributeAnswer], options: &HashMap<OptionId, i64>) -> Option<String> {
    if answers.is_empty() {
        return None;
    }
    let rows: Vec<String> = answers
        .iter()
        .filter_map(|answer| options.get(&answer.option).map(ToString::to_string))
        .collect();
    Some(format!("[{}]", rows.join(",")))
}
