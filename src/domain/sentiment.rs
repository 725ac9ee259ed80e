//! One rule that makes thumbs, scores and "solved" comparable.

use super::{Rating, Score};

/// What a judgement amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sentiment {
    /// There is only a comment, a reason, an attribute: nothing to tell it by.
    Unknown,
    /// Good.
    Positive,
    /// Bad.
    Negative,
    /// The middle of a scale.
    Neutral,
}

impl Sentiment {
    /// Every sentiment, in the order of their stored codes.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Positive, Self::Negative, Self::Neutral];

    /// The name in files, filters and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
        }
    }

    /// The thumb if there is one; else the score, whose scale's upper two fifths are positive and lower two negative
    /// (4 and 5 of 1–5, and 1 and 2); else whether it was resolved.
    pub fn of(rating: Option<Rating>, score: Option<Score>, resolved: Option<bool>) -> Self {
        match (rating, score, resolved) {
            (Some(Rating::Positive), _, _) | (None, None, Some(true)) => Self::Positive,
            (Some(Rating::Negative), _, _) | (None, None, Some(false)) => Self::Negative,
            (None, Some(score), _) => match score.position() {
                position if position > 0.6 => Self::Positive,
                position if position < 0.4 => Self::Negative,
                _ => Self::Neutral,
            },
            (None, None, None) => Self::Unknown,
        }
    }
}

impl std::str::FromStr for Sentiment {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|sentiment| sentiment.name() == name)
            .ok_or_else(|| format!("\"{name}\" is none of positive, negative, neutral, unknown"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one_to_five(value: f64) -> Sentiment {
        Sentiment::of(None, Score::new(value, 1.0, 5.0).ok(), None)
    }

    #[test]
    fn of_five_the_upper_two_are_positive_and_the_lower_two_negative() {
        let sentiments: Vec<_> = (1..=5).map(|value| one_to_five(f64::from(value))).collect();
        assert_eq!(
            sentiments,
            [
                Sentiment::Negative,
                Sentiment::Negative,
                Sentiment::Neutral,
                Sentiment::Positive,
                Sentiment::Positive
            ]
        );
    }

    #[test]
    fn resolved_counts_only_where_nothing_else_does() {
        assert_eq!(Sentiment::of(None, None, Some(false)), Sentiment::Negative);
        assert_eq!(
            Sentiment::of(None, Score::new(5.0, 1.0, 5.0).ok(), Some(false)),
            Sentiment::Positive
        );
    }

    proptest! {
        #[test]
        fn a_thumb_overrides_everything(value in 1.0..5.0_f64, resolved in any::<Option<bool>>()) {
            let score = Score::new(value, 1.0, 5.0).ok();
            prop_assert_eq!(Sentiment::of(Some(Rating::Positive), score, resolved), Sentiment::Positive);
            prop_assert_eq!(Sentiment::of(Some(Rating::Negative), score, resolved), Sentiment::Negative);
        }

        #[test]
        fn a_higher_score_is_never_worse(low in 0.0..10.0_f64, high in 0.0..10.0_f64) {
            let rank = |value| match Sentiment::of(None, Score::new(value, 0.0, 10.0).ok(), None) {
                Sentiment::Negative => 0,
                Sentiment::Neutral => 1,
                _ => 2,
            };
            prop_assert!(rank(low.min(high)) <= rank(low.max(high)));
        }
    }
}
