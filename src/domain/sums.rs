//! Sums over feedback, from which charts are made.

use super::{Day, Sentiment};
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

/// How long the stretches are that time is divided into. All of them begin and end at midnight UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interval {
    /// A day.
    Day,
    /// A week, which begins on Monday.
    Week,
    /// A month of the calendar.
    Month,
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
    /// The sums of so many feedbacks of one sentiment.
    pub const fn of(sentiment: Sentiment, votes: u64, comments: u64) -> Self {
        let mut sums = Self {
            votes,
            comments,
            positive: 0,
            negative: 0,
            neutral: 0,
        };
        match sentiment {
            Sentiment::Positive => sums.positive = votes,
            Sentiment::Negative => sums.negative = votes,
            Sentiment::Neutral => sums.neutral = votes,
            Sentiment::Unknown => {}
        }
        sums
    }

    /// The positive ones among those that can be told by something. None if there are none.
    pub fn positive_share(&self) -> Option<Share> {
        Share::of(self.positive, self.positive + self.negative + self.neutral)
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.votes += other.votes;
        self.comments += other.comments;
        self.positive += other.positive;
        self.negative += other.negative;
        self.neutral += other.neutral;
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

impl Interval {
    /// Every interval.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The name in files, options and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the interval that a day is in.
    #[must_use]
    pub fn start(self, day: Day) -> Day {
        match self {
            Self::Day => day,
            // Day 0 is a Thursday.
            Self::Week => Day(day.0 - (day.0 + 3).rem_euclid(7)),
            Self::Month => Day(day.0 + 1 - day.of_month()),
        }
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

impl std::str::FromStr for Interval {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.name() == name)
            .ok_or_else(|| format!("\"{name}\" is none of day, week, month"))
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
        assert_eq!(Sums::of(Sentiment::Unknown, 5, 0).positive_share(), None);
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_their_first_day() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        for (interval, within, start) in [
            (Interval::Week, "2026-05-03", "2026-04-27"),
            (Interval::Week, "2026-05-04", "2026-05-04"),
            (Interval::Week, "1969-12-31", "1969-12-29"),
            (Interval::Month, "2024-02-29", "2024-02-01"),
            (Interval::Month, "0001-01-01", "0001-01-01"),
            (Interval::Day, "2026-05-03", "2026-05-03"),
        ] {
            assert_eq!(interval.start(day(within)), day(start), "{within}");
        }
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
