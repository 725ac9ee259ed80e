//! What is counted of feedback, and in which sums: the same on both engines.

use super::codes::Coded as _;
use crate::domain::{Dialect, Judgement, Quarter, Score, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

/// How long the stretches of time are that sums are kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Days of UTC.
    Day = 0,
    /// Quarters of an hour.
    Quarter = 1,
}

/// A sum, by what its feedback has in common. What comes first is what rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SumsKey {
    pub(super) project: i64,
    /// What `value` is.
    pub(super) kind: i16,
    pub(super) level: i16,
    /// The day or the quarter.
    pub(super) slot: i32,
    pub(super) value: i64,
    pub(super) detail: i64,
    pub(super) channel: i16,
    pub(super) name: i64,
    pub(super) sentiment: i16,
}

/// What sums count, or what they change by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) votes: i64,
    pub(super) comments: i64,
    /// Those with a thumb.
    pub(super) ratings: i64,
    pub(super) resolved: i64,
    pub(super) unresolved: i64,
    pub(super) scored: i64,
    /// Their scores together, in millionths of their scales.
    pub(super) score: i64,
}

/// Changes one sum. On PostgreSQL a bucket is a part of the key.
pub(super) const ADD: &str = "INSERT INTO rollups (project, kind, level, slot, value, detail, channel, name, sentiment, votes, \
     comments, ratings, resolved, unresolved, scored, score) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) \
     ON CONFLICT (project, kind, level, slot, value, detail, channel, name, sentiment/*+ , bucket +*/) \
     DO UPDATE SET votes = rollups.votes + excluded.votes, comments = rollups.comments + excluded.comments, \
     ratings = rollups.ratings + excluded.ratings, resolved = rollups.resolved + excluded.resolved, \
     unresolved = rollups.unresolved + excluded.unresolved, scored = rollups.scored + excluded.scored, \
     score = rollups.score + excluded.score";

/// What the sums of a transaction change by.
#[derive(Debug, Default)]
pub(super) struct Changes(HashMap<SumsKey, Counts>);

impl SumsKey {
    /// The quarter's sum over feedback of that time.
    pub(super) fn of(
        project: i64,
        created_at: Timestamp,
        (channel, name): (Dialect, i64),
        judgement: &Judgement,
    ) -> Self {
        Self {
            project,
            kind: 0,
            level: Level::Quarter as i16,
            slot: Quarter::of(created_at).0,
            value: 0,
            detail: 0,
            channel: small(channel.code()),
            name,
            sentiment: small(judgement.sentiment().code()),
        }
    }

    /// The sum of the day that the quarter is in.
    const fn of_day(self) -> Self {
        Self {
            level: Level::Day as i16,
            slot: Quarter(self.slot).day().0,
            ..self
        }
    }
}

fn small(code: i64) -> i16 {
    i16::try_from(code).unwrap_or(-1)
}

impl Counts {
    /// What a judgement counts, so many times.
    fn of(judgement: &Judgement, times: i64) -> Self {
        let millionths = judgement.score.map_or(0, Score::millionths);
        Self {
            votes: times,
            comments: times * i64::from(judgement.comment.is_some()),
            ratings: times * i64::from(judgement.rating.is_some()),
            resolved: times * i64::from(judgement.resolved == Some(true)),
            unresolved: times * i64::from(judgement.resolved == Some(false)),
            scored: times * i64::from(judgement.score.is_some()),
            score: times * i64::try_from(millionths).unwrap_or(0),
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.votes += other.votes;
        self.comments += other.comments;
        self.ratings += other.ratings;
        self.resolved += other.resolved;
        self.unresolved += other.unresolved;
        self.scored += other.scored;
        self.score += other.score;
    }
}

impl Changes {
    /// Counts a judgement in (`times` = 1) or out (`times` = -1) of the sums.
    pub(super) fn count(&mut self, key: SumsKey, judgement: &Judgement, times: i64) {
        *self.0.entry(key).or_default() += Counts::of(judgement, times);
    }

    /// The changes of quarters and of days, in the order of their rows; without those that cancelled each other.
    pub(super) fn of_all_levels(&self) -> BTreeMap<SumsKey, Counts> {
        let mut all = BTreeMap::new();
        for (key, change) in &self.0 {
            if *change != Counts::default() {
                *all.entry(*key).or_default() += *change;
                *all.entry(key.of_day()).or_default() += *change;
            }
        }
        all.retain(|_, change| *change != Counts::default());
        all
    }

    /// Forgets them: they are saved.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
