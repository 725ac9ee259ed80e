//! When things are said, and which model answers then.

use super::dice::Dice;
use crate::domain::Timestamp;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// How long the story is.
const DAYS: i64 = 365;

/// How much is said in each hour of a day.
const HOURS: [usize; 24] = [
    2, 1, 1, 1, 1, 2, 4, 9, 15, 18, 18, 16, 13, 15, 17, 16, 14, 11, 9, 8, 7, 5, 4, 3,
];

/// From which share of the year on which model and version answers, and by how much more of the votes are positive.
const MODELS: [(f64, &str, &str, f64); 4] = [
    (0.0, "atlas-2", "2.0", 0.0),
    (0.28, "atlas-2", "2.1", 0.03),
    (0.62, "atlas-3", "3.0", -0.08),
    (0.76, "atlas-3", "3.1", 0.06),
];

/// The version that answers one topic badly, which, and how much worse.
const MISTAKE: (&str, &str, f64) = ("3.0", "Refunds", -0.25);

/// A year that ends now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Year {
    now: i64,
}

/// What answers at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// By how much more of the votes are positive.
    better: f64,
}

impl Year {
    pub(super) const fn until(now: Timestamp) -> Self {
        Self {
            now: now.microseconds(),
        }
    }

    /// A time for what stands at this share of the story. There is more every month, most of it in working hours.
    pub(super) fn moment(self, share: f64, dice: &mut Dice) -> Timestamp {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "days of a year"
        )]
        let through = (share.clamp(0.0, 1.0).powf(0.7) * DAYS as f64) as i64;
        let mut day = self.now / DAY - DAYS + through.min(DAYS);
        // Days since a Thursday: 2 and 3 are the weekend.
        if matches!(day.rem_euclid(7), 2 | 3) && dice.happens(0.6) {
            day -= 3;
        }
        let hour = i64::try_from(dice.weighted(&HOURS)).unwrap_or(0);
        let second = i64::try_from(dice.below(3600)).unwrap_or(0);
        let at = day * DAY + (hour * 3600 + second) * SECOND;
        // The last day is not over.
        let latest = self.now - second * SECOND - SECOND;
        Timestamp::from_microseconds(at.clamp(self.now - DAYS * DAY, latest))
    }

    /// So many minutes later, if that has come yet.
    pub(super) fn after(self, at: Timestamp, minutes: i64) -> Timestamp {
        let later = at.microseconds() + minutes * 60 * SECOND;
        Timestamp::from_microseconds(later.min(self.now))
    }

    /// What answers then.
    pub(super) fn model(self, at: Timestamp) -> Model {
        #[expect(clippy::cast_precision_loss, reason = "days of a year")]
        let share = 1.0 - (self.now - at.microseconds()) as f64 / (DAYS * DAY) as f64;
        let of = |(_, name, version, better)| Model {
            name,
            version,
            better,
        };
        let last = MODELS.into_iter().rev().find(|model| model.0 <= share);
        of(last.unwrap_or(MODELS[0]))
    }
}

impl Model {
    /// How many of the votes on its answers to a topic are positive, where usually so many are.
    pub(super) fn positive(self, topic: &str, usually: f64) -> f64 {
        let (version, mistaken, worse) = MISTAKE;
        let mistake = if (self.version, topic) == (version, mistaken) {
            worse
        } else {
            0.0
        };
        (usually + self.better + mistake).clamp(0.05, 0.97)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_microseconds(1_790_000_000 * SECOND)
    }

    #[test]
    fn all_times_are_of_the_year_before_now() {
        let (year, mut dice) = (Year::until(now()), Dice::new(3));
        for place in 0..=10_000 {
            let at = year.moment(f64::from(place) / 10_000.0, &mut dice);
            assert!(at < now(), "{at}");
            assert!(
                at.microseconds() >= now().microseconds() - DAYS * DAY,
                "{at}"
            );
        }
    }

    #[test]
    fn the_latest_model_answers_now_and_the_first_a_year_ago() {
        let year = Year::until(now());
        let ago = Timestamp::from_microseconds(now().microseconds() - DAYS * DAY);
        assert_eq!(year.model(now()).version, "3.1");
        assert_eq!(year.model(ago).version, "2.0");
    }

    #[test]
    fn one_version_answers_one_topic_badly() {
        let year = Year::until(now());
        let bad = Timestamp::from_microseconds(now().microseconds() - 110 * DAY);
        let model = year.model(bad);
        assert_eq!(model.version, "3.0");
        assert!(model.positive("Refunds", 0.8) < model.positive("Delivery", 0.8) - 0.2);
    }
}
