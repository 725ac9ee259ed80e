//! Random sequences of votes against a map that says in a few lines what must come out.

use crate::world::{EVERY_VOTE, MERGING, THUMB, World};
use candor::domain::Rating;
use candor::domain::vote::{Ask, Asked};
use candor::store::FeedbackFilter;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
struct Step {
    way: Way,
    message: u8,
    user: u8,
    rating: Option<Rating>,
    comment: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Thumb,
    Merge,
    Every,
}

type Votes = Vec<(Option<Rating>, Option<String>)>;

/// What stands for each message and user, the oldest first, and whose each message is.
#[derive(Debug, Default)]
struct Model {
    votes: BTreeMap<(u8, u8), Votes>,
    owners: BTreeMap<u8, u8>,
}

impl Model {
    /// Whether the step is accepted.
    fn apply(&mut self, step: &Step) -> bool {
        let owner = self.owners.get(&step.message).copied();
        if matches!(step.way, Way::Thumb) && owner.is_some_and(|owner| owner != step.user) {
            return false;
        }
        let votes = self.votes.entry((step.message, step.user)).or_default();
        let said = (step.rating, step.comment.clone());
        let accepted = match step.way {
            Way::Thumb if step.rating.is_none() => votes.pop().is_some(),
            Way::Every | Way::Merge if said == (None, None) && votes.is_empty() => false,
            Way::Every if said == (None, None) => false,
            Way::Every => {
                votes.push(said);
                true
            }
            Way::Thumb => {
                votes.pop();
                votes.push(said);
                true
            }
            Way::Merge => {
                let old = votes.pop().unwrap_or_default();
                votes.push((said.0.or(old.0), said.1.or(old.1)));
                true
            }
        };
        if accepted && owner.is_none() {
            self.owners.insert(step.message, step.user);
        }
        accepted
    }
}

fn step() -> impl Strategy<Value = Step> {
    let way = prop_oneof![Just(Way::Thumb), Just(Way::Merge), Just(Way::Every)];
    let rating = proptest::option::of(prop_oneof![Just(Rating::Positive), Just(Rating::Negative)]);
    let comment = proptest::option::of("[a-c]{1,3}");
    (way, 0..3_u8, 0..3_u8, rating, comment).prop_map(|(way, message, user, rating, comment)| {
        Step {
            way,
            message,
            user,
            rating,
            comment,
        }
    })
}

async fn run(steps: Vec<Step>) {
    let world = World::in_memory().await;
    let mut model = Model::default();
    for step in &steps {
        let policy = match step.way {
            Way::Thumb => THUMB,
            Way::Merge => MERGING,
            Way::Every => EVERY_VOTE,
        };
        let asked = Asked {
            rating: Ask::set_or_absent(step.rating),
            comment: Ask::set_or_absent(step.comment.clone()),
            ..Asked::default()
        };
        let (message, user) = (format!("m{}", step.message), format!("u{}", step.user));
        let accepted = world
            .cast(world.vote(policy, &message, &user, asked))
            .await
            .is_ok();
        assert_eq!(accepted, model.apply(step), "{step:?} after {steps:?}");
    }
    let mut expected: Vec<_> = model.votes.values().flatten().cloned().collect();
    let mut stored: Vec<_> = world
        .all(FeedbackFilter::default())
        .await
        .into_iter()
        .map(|feedback| (feedback.judgement.rating, feedback.judgement.comment))
        .collect();
    let order =
        |vote: &(Option<Rating>, Option<String>)| (vote.0.map(Rating::name), vote.1.clone());
    expected.sort_by_key(order);
    stored.sort_by_key(order);
    assert_eq!(stored, expected, "after {steps:?}");
    world.assert_consistent().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_what_the_model_says(steps in proptest::collection::vec(step(), 1..40)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps));
    }
}
