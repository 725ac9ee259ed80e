//! What one feedback says.

use super::{AttributeAnswer, Sentiment, Timestamp};
use std::fmt;

/// A thumb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rating {
    /// Up.
    Positive,
    /// Down.
    Negative,
}

/// A number on a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    value: f64,
    lowest: f64,
    highest: f64,
}

/// A score that no scale holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreOutOfScale {
    /// A value or bound is not a finite number.
    NotFinite,
    /// The lowest value is not below the highest.
    EmptyScale,
    /// The value is below the lowest or above the highest.
    Outside,
}

/// What one feedback says. Everything is optional; a judgement that says nothing [is empty](Judgement::is_empty).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Judgement {
    /// A thumb.
    pub rating: Option<Rating>,
    /// A number on a scale.
    pub score: Option<Score>,
    /// Whether the person's question was resolved.
    pub resolved: Option<bool>,
    /// Why, in words that are the same for many people.
    pub reasons: Vec<String>,
    /// Why, in the person's own words.
    pub comment: Option<String>,
    /// What the answer should have been.
    pub correction: Option<String>,
    /// Answers to the project's questions, at most one for each question.
    pub attributes: Vec<AttributeAnswer>,
    /// When the person copied the message.
    pub message_copied_at: Option<Timestamp>,
    /// When the person judged, by the client's word.
    pub submitted_at: Option<Timestamp>,
    /// Free JSON object, as compact text.
    pub metadata: Option<String>,
}

impl Rating {
    /// The name in files and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

impl Score {
    /// A value on the scale from `lowest` to `highest`, both ends included.
    pub fn new(value: f64, lowest: f64, highest: f64) -> Result<Self, ScoreOutOfScale> {
        if ![value, lowest, highest]
            .iter()
            .all(|number| number.is_finite())
        {
            return Err(ScoreOutOfScale::NotFinite);
        }
        if lowest >= highest {
            return Err(ScoreOutOfScale::EmptyScale);
        }
        if value < lowest || value > highest {
            return Err(ScoreOutOfScale::Outside);
        }
        Ok(Self {
            value,
            lowest,
            highest,
        })
    }

    /// The value.
    pub const fn value(self) -> f64 {
        self.value
    }

    /// The lowest value of the scale.
    pub const fn lowest(self) -> f64 {
        self.lowest
    }

    /// The highest value of the scale.
    pub const fn highest(self) -> f64 {
        self.highest
    }

    /// Where the value lies between the lowest (0) and the highest (1).
    pub fn position(self) -> f64 {
        // Halves, so that a scale as wide as all numbers does not overflow.
        (self.value / 2.0 - self.lowest / 2.0) / (self.highest / 2.0 - self.lowest / 2.0)
    }

    /// The same in millionths, which add up exactly; 0 on a scale that is too narrow to divide. Both engines have the same
    /// formula in their schemas, by which sums are checked: the view `counted`.
    pub fn millionths(self) -> u64 {
        /// Half of the width of a scale that is not too narrow.
        const NARROWEST: f64 = 1e-290;
        if self.highest / 2.0 - self.lowest / 2.0 < NARROWEST {
            return 0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 1,000,000"
        )]
        let millionths = (self.position() * 1_000_000.0 + 0.5) as u64;
        millionths
    }
}

impl fmt::Display for ScoreOutOfScale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotFinite => "a score and its scale must be finite numbers",
            Self::EmptyScale => "the lowest score of a scale must be below its highest",
            Self::Outside => "the score lies outside its scale",
        })
    }
}

impl std::error::Error for ScoreOutOfScale {}

impl Judgement {
    /// Whether nothing is judged. Times and metadata alone are not a judgement, but having copied the message is.
    pub fn is_empty(&self) -> bool {
        self.rating.is_none()
            && self.score.is_none()
            && self.resolved.is_none()
            && self.reasons.is_empty()
            && self.comment.is_none()
            && self.correction.is_none()
            && self.attributes.is_empty()
            && self.message_copied_at.is_none()
    }

    /// Whether both say the same. When it was said does not count: a client that repeats itself says nothing new.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let mine = Self {
            submitted_at: other.submitted_at,
            ..self.clone()
        };
        mine == *other
    }

    /// The one rule for all charts: the thumb if there is one, else the score, else whether it was resolved.
    pub fn sentiment(&self) -> Sentiment {
        Sentiment::of(self.rating, self.score, self.resolved)
    }
}
