//! Sums in time zones, against walking over the raw list: after random votes, in the days about changes of clocks.

use crate::world::{EVERY_VOTE, MERGING, World};
use candor::domain::vote::{Ask, Asked, Verb};
use candor::domain::{
    Dimension, Feedback, Interval, Quarter, Rating, Score, Sums, Timestamp, Zone,
};
use candor::store::{FeedbackFilter, SumsQuery};
use proptest::prelude::*;
use std::collections::BTreeMap;

const ZONES: [&str; 5] = [
    "UTC",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/St_Johns",
];
const INTERVALS: [Option<Interval>; 5] = [
    None,
    Some(Interval::Hour),
    Some(Interval::Day),
    Some(Interval::Week),
    Some(Interval::Month),
];

/// Berlin's clocks are put on in the night after the first of these, and back in that after the second. Each is a Saturday.
const EVES: [&str; 2] = ["2026-03-28T00:00:00Z", "2026-10-24T00:00:00Z"];
const QUARTER: i64 = 900_000_000;

#[derive(Clone, Debug)]
struct Step {
    at: Timestamp,
    message: u8,
    user: u8,
    every: bool,
    take_back: bool,
    rating: Option<Rating>,
    score: Option<(f64, f64)>,
    resolved: Option<bool>,
    comment: bool,
}

/// The beginning and the end of quarters, and between, of two days and a half.
fn time() -> impl Strategy<Value = Timestamp> {
    let within = prop_oneof![Just(0), Just(1), Just(QUARTER / 2), Just(QUARTER - 1)];
    (0..EVES.len(), 0..240_i64, within).prop_map(|(eve, quarter, within)| {
        let eve: Timestamp = EVES[eve].parse().unwrap();
        eve.plus_microseconds(quarter * QUARTER + within)
    })
}

fn step() -> impl Strategy<Value = Step> {
    let rating = proptest::option::of(prop_oneof![Just(Rating::Positive), Just(Rating::Negative)]);
    let score = proptest::option::of((0.0..1.0_f64, prop_oneof![Just(5.0), Just(100.0)]));
    let flags = (
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.2),
        any::<bool>(),
    );
    let says = (rating, score, proptest::option::of(any::<bool>()));
    (time(), 0..4_u8, 0..3_u8, flags, says).prop_map(
        |(at, message, user, (every, take_back, comment), (rating, score, resolved))| Step {
            at,
            message,
            user,
            every,
            take_back,
            rating,
            score,
            resolved,
            comment,
        },
    )
}

impl Step {
    async fn cast(&self, world: &World) {
        world.clock.set(self.at);
        let asked = Asked {
            rating: Ask::set_or_absent(self.rating),
            score: Ask::set_or_absent(
                self.score
                    .map(|(place, highest)| Score::new(place * highest, 0.0, highest).unwrap()),
            ),
            resolved: Ask::set_or_absent(self.resolved),
            comment: Ask::set_or_absent(self.comment.then(|| "said".to_owned())),
            ..Asked::default()
        };
        let policy = if self.every { EVERY_VOTE } else { MERGING };
        let (message, user) = (format!("m{}", self.message), format!("u{}", self.user));
        let mut vote = world.vote(policy, &message, &user, asked);
        if self.take_back {
            vote.verb = Verb::TakeBack;
        }
        // Some say nothing, or take back what is not there.
        let _ = world.cast(vote).await;
    }
}

/// How a stretch of time is told, by a calendar that is not ours.
fn told(interval: Interval, zone: &str, at: Timestamp) -> String {
    let time = jiff::Timestamp::from_microsecond(at.microseconds()).unwrap();
    let time = time.in_tz(zone).unwrap();
    let date = time.date();
    match interval {
        Interval::Hour => time.strftime("%Y-%m-%dT%H:00:00%:z").to_string(),
        Interval::Day => date.to_string(),
        Interval::Week => {
            let past = i64::from(date.weekday().to_monday_zero_offset());
            date.saturating_sub(jiff::Span::new().days(past))
                .to_string()
        }
        Interval::Month => date.first_of_month().to_string(),
    }
}

/// What the raw list gives.
fn expected(
    all: &[Feedback],
    interval: Option<Interval>,
    zone: &str,
    (since, until): (Timestamp, Timestamp),
) -> BTreeMap<(Option<String>, &'static str), Sums> {
    let mut groups = BTreeMap::new();
    for one in all
        .iter()
        .filter(|one| since <= one.created_at && one.created_at < until)
    {
        let stretch = interval.map(|interval| told(interval, zone, one.created_at));
        let sentiment = one.judgement.sentiment().name();
        *groups
            .entry((stretch, sentiment))
            .or_insert_with(Sums::default) += Sums::of(&one.judgement);
    }
    groups
}

async fn compare(world: &World, all: &[Feedback]) {
    for name in ZONES {
        let zone: Zone = name.parse().unwrap();
        for interval in INTERVALS {
            for range in [
                ("2026-03-01T00:00:00Z", "2026-11-01T00:00:00Z"),
                ("2026-10-24T10:15:00Z", "2026-10-25T03:45:00Z"),
                ("2026-03-28T23:00:00Z", "2026-03-29T00:15:00Z"),
            ] {
                let range: (Timestamp, Timestamp) =
                    (range.0.parse().unwrap(), range.1.parse().unwrap());
                let query = SumsQuery {
                    projects: vec![world.project],
                    since: Quarter::of(range.0),
                    until: Quarter::of(range.1),
                    interval,
                    zone: zone.clone(),
                    dimensions: vec![Dimension::Sentiment],
                    channels: Vec::new(),
                    names: Vec::new(),
                    sentiments: Vec::new(),
                    most: 10_000,
                };
                let rows = world.store.sums(query).await.unwrap().unwrap();
                let found: BTreeMap<_, _> = rows
                    .into_iter()
                    .map(|row| {
                        let since = row.since.map(|since| match interval {
                            Some(Interval::Hour) => zone.shown(since),
                            _ => zone.day_of(since).to_string(),
                        });
                        ((since, row.sentiment.unwrap().name()), row.sums)
                    })
                    .collect();
                let expected = expected(all, interval, name, range);
                assert_eq!(found, expected, "{name} {interval:?} {range:?}");
            }
        }
    }
}

async fn run(steps: Vec<Step>) {
    let world = World::in_memory().await;
    for step in &steps {
        step.cast(&world).await;
    }
    let all = world.all(FeedbackFilter::default()).await;
    compare(&world, &all).await;
    world.assert_consistent().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_are_what_the_raw_list_gives_in_every_zone(steps in proptest::collection::vec(step(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps));
    }
}
