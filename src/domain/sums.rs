//! Sums over feedback, from which charts are made.

use super::{Judgement, Score, Sentiment};
use std::ops::AddAssign;

/// Sums over some of the feedback that stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many feedbacks there are.
    pub votes: u64,
    /// How many of them have a comment.
    pub comments: u64,
    /// How many are positive.
    pub positive: u64,
    /// How many are negative.
    pub negative: u64,
    /// How many are neither.
    pub neutral: u64,
    /// How many say that the question was resolved.
    pub resolved: u64,
    /// How many say that it was not.
    pub unresolved: u64,
    /// How many have a score.
    pub scored: u64,
    /// All scores together, in millionths of their scales.
    pub score_millionths: u64,
}

/// The mean of scores that were brought to the scale from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanScore {
    /// The mean.
    pub value: f64,
    /// How many scores there are.
    pub count: u64,
}

/// A share of a sample, and where the share of everything that the sample is of most likely lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share in the sample, from 0 to 1.
    pub value: f64,
    /// The lower end of the 95 % confidence interval.
    pub lowest: f64,
    /// The upper end of the 95 % confidence interval.
    pub highest: f64,
    /// How many are in the sample.
    pub count: u64,
}

/// What feedback is told apart by when it is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The project.
    Project,
    /// The dialect by which the current version came.
    Channel,
    /// The criterion.
    Name,
    /// What it amounts to.
    Sentiment,
}

impl Sums {
    /// The sums of one feedback.
    pub fn of(judgement: &Judgement) -> Self {
        let mut sums = Self {
            votes: 1,
            comments: judgement.comment.is_some().into(),
            resolved: (judgement.resolved == Some(true)).into(),
            unresolved: (judgement.resolved == Some(false)).into(),
            scored: judgement.score.is_some().into(),
            score_millionths: judgement.score.map_or(0, Score::millionths),
            ..Self::default()
        };
        sums.tell_sentiment(judgement.sentiment());
        sums
    }

    /// Counts all of them as of one sentiment.
    pub const fn tell_sentiment(&mut self, sentiment: Sentiment) {
        match sentiment {
            Sentiment::Positive => self.positive = self.votes,
            Sentiment::Negative => self.negative = self.votes,
            Sentiment::Neutral => self.neutral = self.votes,
            Sentiment::Unknown => {}
        }
    }

    /// The positive ones among those that can be told by something. None if there are none.
    pub fn positive_share(&self) -> Option<Share> {
        Share::of(self.positive, self.positive + self.negative + self.neutral)
    }

    /// The resolved ones among those that say. None if none does.
    pub fn resolved_share(&self) -> Option<Share> {
        Share::of(self.resolved, self.resolved + self.unresolved)
    }

    /// The mean of the scores. None if there are none.
    pub fn mean_score(&self) -> Option<MeanScore> {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let mean = self.score_millionths as f64 / self.scored as f64 / 1_000_000.0;
        (self.scored > 0).then_some(MeanScore {
            value: mean,
            count: self.scored,
        })
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.votes += other.votes;
        self.comments += other.comments;
        self.positive += other.positive;
        self.negative += other.negative;
        self.neutral += other.neutral;
        self.resolved += other.resolved;
        self.unresolved += other.unresolved;
        self.scored += other.scored;
        self.score_millionths += other.score_millionths;
    }
}

impl Share {
    /// `part` of `count`, with Wilson's interval: it stays within 0 and 1, and is right for few as for many. None of nothing.
    pub fn of(part: u64, count: u64) -> Option<Self> {
        /// The standard normal distribution lies within this many deviations with a probability of 95 %.
        const DEVIATIONS: f64 = 1.959_963_984_540_054;
        if count == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let (part, size) = (part as f64, count as f64);
        let value = part / size;
        let square = DEVIATIONS * DEVIATIONS;
        let middle = (value + square / (2.0 * size)) / (1.0 + square / size);
        let spread = (value * (1.0 - value) / size + square / (4.0 * size * size)).sqrt();
        let half = DEVIATIONS * spread / (1.0 + square / size);
        Some(Self {
            value,
            lowest: (middle - half).max(0.0),
            highest: (middle + half).min(1.0),
            count,
        })
    }
}

impl Dimension {
    /// Every dimension, in the order in which answers are sorted.
    pub const ALL: [Self; 4] = [Self::Project, Self::Channel, Self::Name, Self::Sentiment];

    /// The name in files, options and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Channel => "channel",
            Self::Name => "name",
            Self::Sentiment => "sentiment",
        }
    }
}

impl std::str::FromStr for Dimension {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|dimension| dimension.name() == name)
            .ok_or_else(|| format!("\"{name}\" is none of project, channel, name, sentiment"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(share: Share, lowest: f64, highest: f64) -> bool {
        (share.lowest - lowest).abs() < 0.000_1 && (share.highest - highest).abs() < 0.000_1
    }

    #[test]
    fn the_interval_is_wilsons() {
        // From the tables of Newcombe (1998), method 3.
        for (part, count, lowest, highest) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = Share::of(part, count).unwrap();
            assert!(near(share, lowest, highest), "{share:?}");
        }
    }

    #[test]
    fn there_is_no_share_of_nothing() {
        let said_nothing = Sums::of(&Judgement::default());
        assert_eq!(said_nothing.positive_share(), None);
        assert_eq!(said_nothing.resolved_share(), None);
        assert_eq!(said_nothing.mean_score(), None);
    }

    #[test]
    fn scores_of_several_scales_have_one_mean() {
        let scored = |value, lowest, highest| {
            Sums::of(&Judgement {
                score: Some(Score::new(value, lowest, highest).unwrap()),
                ..Judgement::default()
            })
        };
        let mut sums = scored(5.0, 1.0, 5.0);
        sums += scored(1.0, 0.0, 10.0);
        let mean = sums.mean_score().unwrap();
        assert_eq!(mean.count, 2);
        assert!((mean.value - 0.55).abs() < 1e-9, "{mean:?}");
    }

    proptest! {
        #[test]
        fn the_share_lies_in_its_interval(count in 1..1_000_000_u64, part in 0..1_000_000_u64) {
            let share = Share::of(part.min(count), count).unwrap();
            prop_assert!(0.0 <= share.lowest && share.lowest <= share.value + 1e-12);
            prop_assert!(share.value <= share.highest + 1e-12 && share.highest <= 1.0);
        }
    }
}
