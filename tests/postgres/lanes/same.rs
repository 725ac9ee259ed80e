//! Random sequences of votes, by lanes and on SQLite: the same outcomes, the same rows.

use super::world::{Ids, MERGING, RARE, START, THUMB, World, holds, key, store, told};
use candor::clock::Clock;
use candor::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, RowRef, Told,
    UnknownAuthor, Verb,
};
use candor::domain::{
    AttributeAnswer, Dialect, FeedbackId, Rating, Score, Timestamp, UnknownTargets,
};
use candor::store::postgres::lanes::Lanes;
use candor::store::{Idempotency, Store, StorePlace};
use futures_util::future::join_all;
use proptest::prelude::*;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

const POLICIES: [Policy; 5] = [
    MERGING,
    THUMB,
    Policy {
        identity: Identity::EveryVote,
        ..MERGING
    },
    Policy {
        identity: Identity::OneOrRefused,
        absent: Absent::ReplacesJudgement,
        unknown_author: UnknownAuthor::Registered,
        ..MERGING
    },
    Policy {
        may_be_empty: true,
        absent: Absent::ReplacesJudgement,
        ..THUMB
    },
];

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that may be so or not"
)]
#[derive(Clone, Debug)]
struct Step {
    policy: usize,
    judges: Judges,
    conversation: Option<u8>,
    message: u8,
    author: Who,
    /// The key of the request, and which request it is.
    key: Option<(u8, u8)>,
    says: Says,
    rejects: bool,
    may_change: bool,
    takes_back: bool,
    amazon_q: bool,
    mirrored: bool,
    /// Seconds before the step for an import, and after it until the next.
    imported: Option<i64>,
    passes: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Judges {
    Message,
    Conversation,
    Latest,
    /// The feedback of an earlier vote, or what that judges, by our ids.
    Earlier(u8, Named),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    Feedback,
    Target,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Nobody,
    User(u8, bool),
    Reviewer,
    Model,
}

#[derive(Clone, Debug)]
struct Says {
    rating: Option<Rating>,
    comment: Option<String>,
    clears_comment: bool,
    score: bool,
    reasons: bool,
    answers: Option<usize>,
    name: bool,
}

impl Step {
    fn place(&self) -> Place {
        let conversation = self
            .conversation
            .map(|number| RowRef::External(format!("c{number}")));
        match self.judges {
            Judges::Message => Place::Message {
                conversation,
                message: RowRef::External(format!("m{}", self.message)),
            },
            Judges::Conversation => Place::Conversation {
                conversation: conversation.unwrap_or_else(|| RowRef::External("c".to_owned())),
            },
            Judges::Latest | Judges::Earlier(..) => Place::LatestConversation,
        }
    }

    fn command(&self, ids: &Ids, now: Timestamp) -> Command {
        let is_rare = self.judges == Judges::Latest;
        let policy = if is_rare { RARE } else { POLICIES[self.policy] };
        let author = match self.author {
            Who::User(number, of_workspace) => AuthorRef::EndUser {
                external_id: format!("u{number}"),
                of_workspace: of_workspace || is_rare,
            },
            _ if is_rare => AuthorRef::EndUser {
                external_id: "v".to_owned(),
                of_workspace: true,
            },
            Who::Nobody => AuthorRef::Anonymous,
            Who::Reviewer => AuthorRef::Reviewer("Ada".to_owned()),
            Who::Model => AuthorRef::Model("judge".to_owned()),
        };
        let imported = self
            .imported
            .map(|ago| now.plus_microseconds(-ago * 1_000_000));
        Command {
            project: ids.project,
            // Of those that are all new there may be many, which only Melodi and Haptik do.
            channel: if is_rare {
                Dialect::Haptik
            } else if policy.identity == Identity::EveryVote {
                Dialect::Melodi
            } else if self.amazon_q {
                Dialect::AmazonQ
            } else {
                Dialect::Native
            },
            key: None,
            policy,
            unknown_targets: if self.rejects {
                UnknownTargets::Reject
            } else {
                UnknownTargets::Accept
            },
            may_change: self.may_change,
            addressee: Addressee::Vote {
                place: self.place(),
                author,
                name: if self.says.name {
                    "tone".to_owned()
                } else {
                    "user_feedback".to_owned()
                },
            },
            verb: if self.takes_back {
                Verb::TakeBack
            } else {
                Verb::Say
            },
            asked: self.says.asked(ids),
            told: Told::default(),
            created_at: imported,
            updated_at: imported,
            external_id: imported.map(|_| "brought along".to_owned()),
            mirror: self.mirrored.then_some(Dialect::Dify),
        }
    }
}

impl Step {
    /// Votes at once have a key in common only where they judge the same, for only those keep their order.
    fn request(&self, at_once: bool) -> Option<Idempotency> {
        let (name, request) = self.key?;
        let of = match (at_once, self.judges) {
            (false, _) => String::new(),
            (true, Judges::Message) => format!("m{}", self.message),
            (true, Judges::Conversation) => format!("{:?}", self.conversation),
            (true, Judges::Latest | Judges::Earlier(..)) => format!("{:?}", self.author),
        };
        Some(key(&format!("{name} {of}"), request))
    }
}

impl Says {
    fn asked(&self, ids: &Ids) -> Asked {
        let answers = self.answers.map(|option| {
            let (attribute, option) = (ids.attribute, ids.options[option]);
            vec![AttributeAnswer { attribute, option }]
        });
        Asked {
            rating: Ask::set_or_absent(self.rating),
            comment: if self.clears_comment {
                Ask::Clear
            } else {
                Ask::set_or_absent(self.comment.clone())
            },
            score: Ask::set_or_absent(self.score.then(|| Score::new(4.5, 1.0, 5.0).unwrap())),
            reasons: Ask::set_or_absent(self.reasons.then(|| vec!["wrong \"price\"".to_owned()])),
            attributes: Ask::set_or_absent(answers),
            ..Asked::default()
        }
    }
}

fn says() -> impl Strategy<Value = Says> {
    let rating = prop_oneof![Just(Rating::Positive), Just(Rating::Negative)];
    (
        proptest::option::weighted(0.7, rating),
        proptest::option::of("[a-cé]{1,3}"),
        proptest::bool::weighted(0.1),
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.2),
        proptest::option::weighted(0.2, 0..2_usize),
        proptest::bool::weighted(0.2),
    )
        .prop_map(
            |(rating, comment, clears_comment, score, reasons, answers, name)| Says {
                rating,
                comment,
                clears_comment,
                score,
                reasons,
                answers,
                name,
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let author = prop_oneof![
        4 => (0..3_u8, proptest::bool::weighted(0.2)).prop_map(|(user, all)| Who::User(user, all)),
        1 => Just(Who::Nobody),
        1 => Just(Who::Reviewer),
        1 => Just(Who::Model),
    ];
    let judges = prop_oneof![
        4 => Just(Judges::Message),
        1 => Just(Judges::Conversation),
        1 => Just(Judges::Latest),
        1 => (any::<u8>(), prop_oneof![Just(Named::Feedback), Just(Named::Target)])
            .prop_map(|(vote, named)| Judges::Earlier(vote, named)),
    ];
    (
        (0..POLICIES.len(), judges),
        proptest::option::weighted(0.4, 0..2_u8),
        0..3_u8,
        author,
        says(),
        (
            proptest::bool::weighted(0.1),
            proptest::bool::weighted(0.9),
            proptest::bool::weighted(0.1),
            any::<bool>(),
            any::<bool>(),
        ),
        proptest::option::weighted(0.1, 0..3_i64),
        (
            // Now and then an hour.
            prop_oneof![9 => 0..2_i64, 1 => Just(3600_i64)],
            proptest::option::weighted(0.2, (0..2_u8, 0..2_u8)),
        ),
    )
        .prop_map(
            |((policy, judges), conversation, message, author, says, flags, imported, after)| {
                Step {
                    policy,
                    judges,
                    conversation,
                    message,
                    author,
                    says,
                    rejects: flags.0,
                    may_change: flags.1,
                    takes_back: flags.2,
                    amazon_q: flags.3,
                    mirrored: flags.4,
                    imported,
                    passes: after.0,
                    key: after.1,
                }
            },
        )
}

/// The two stores, and which ids of the one are which of the other.
struct Pair {
    world: World,
    sqlite: Store,
    clock: Clock,
    now: Timestamp,
    same: HashMap<Uuid, Uuid>,
    /// Feedback in the order in which it came, on both.
    voted: Vec<(FeedbackId, FeedbackId)>,
}

impl Pair {
    async fn open() -> Option<Self> {
        let clock = Clock::standing_at(START);
        let world = World::open(&clock).await?;
        let sqlite = store(StorePlace::Memory, &clock, &world.ids).await;
        Some(Self {
            world,
            sqlite,
            clock,
            now: START,
            same: HashMap::new(),
            voted: Vec::new(),
        })
    }

    fn wait(&mut self, seconds: i64) {
        self.now = self.now.plus_microseconds(seconds * 1_000_000);
        self.clock.set(self.now);
    }

    /// Votes on both, on the lanes all at once and in this order.
    async fn vote(&mut self, steps: &[Step]) {
        let commands: Vec<(Command, Option<Idempotency>)> = steps
            .iter()
            .map(|step| {
                (
                    step.command(&self.world.ids, self.now),
                    step.request(steps.len() > 1),
                )
            })
            .collect();
        assert!(commands.iter().all(|(command, _)| Lanes::takes(command)));
        let shared = &self.world.store;
        let votes = commands.iter().cloned();
        let by_lanes = join_all(votes.map(|(command, key)| shared.vote(command, key))).await;
        for (((command, key), step), by_lanes) in commands.into_iter().zip(steps).zip(by_lanes) {
            let alone = self.sqlite.vote(command, key).await;
            if let (Ok(alone), Ok(by_lanes)) = (&alone, &by_lanes) {
                self.voted.extend(alone.feedback.zip(by_lanes.feedback));
            }
            let (alone, by_lanes) = (told(alone), told(by_lanes));
            assert_eq!(by_lanes.0, alone.0, "{step:?}");
            self.assert_named_alike(step, alone.1, by_lanes.1);
        }
    }

    fn assert_named_alike(&mut self, step: &Step, alone: Vec<Uuid>, by_lanes: Vec<Uuid>) {
        for (ours, theirs) in alone.into_iter().zip(by_lanes) {
            let known = *self.same.entry(ours).or_insert(theirs);
            assert_eq!(known, theirs, "{step:?}");
        }
    }

    /// Votes on both for what an earlier vote made or judged, by the ids that each gave it.
    async fn vote_for_earlier(&mut self, step: &Step, vote: u8, named: Named) {
        let places = self.voted.len().max(1);
        let Some((alone, shared)) = self.voted.get(usize::from(vote) % places).copied() else {
            return;
        };
        let mut told_of = Vec::new();
        for (store, id) in [(&self.sqlite, alone), (&self.world.store, shared)] {
            let mut command = step.command(&self.world.ids, self.now);
            let target = store.feedback(id).await.unwrap().unwrap().feedback.target;
            let of_target = match (target.message, target.conversation) {
                (Some(message), _) => Place::Message {
                    conversation: None,
                    message: RowRef::Id(message.id.0),
                },
                (None, conversation) => Place::Conversation {
                    conversation: RowRef::Id(conversation.unwrap().id.0),
                },
            };
            match (named, &mut command.addressee) {
                (Named::Target, Addressee::Vote { place, .. }) => *place = of_target,
                (_, addressee) => *addressee = Addressee::Feedback(id),
            }
            assert!(Lanes::takes(&command));
            told_of.push(told(store.vote(command, step.request(false)).await));
        }
        let (by_lanes, alone) = (told_of.pop().unwrap(), told_of.pop().unwrap());
        assert_eq!(by_lanes.0, alone.0, "{step:?}");
        self.assert_named_alike(step, alone.1, by_lanes.1);
    }

    async fn assert_same(self, what: &str) {
        let ids = &self.world.ids;
        let alone = holds(&self.sqlite, ids).await;
        let mut by_lanes = holds(&self.world.store, ids).await;
        // Who follows the log is told of nothing that comes after a transaction which still goes on, be it another test's.
        for _ in 0..100 {
            if by_lanes.len() == alone.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            by_lanes = holds(&self.world.store, ids).await;
        }
        assert_eq!(by_lanes, alone, "{what}");
        for finding in self.world.store.check().await.unwrap() {
            // Votes by all policies mix here, also those of which every one is new.
            if !finding.check.starts_with("one standing feedback") {
                assert_eq!(finding.fault, None, "{}: {what}", finding.check);
            }
        }
        self.world.lanes.close().await;
        self.world.store.close().await.unwrap();
    }
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work);
}

async fn one_after_the_other(steps: Vec<Step>) {
    let Some(mut pair) = Pair::open().await else {
        return;
    };
    for step in &steps {
        match step.judges {
            Judges::Earlier(vote, named) => pair.vote_for_earlier(step, vote, named).await,
            _ => pair.vote(std::slice::from_ref(step)).await,
        }
        pair.wait(step.passes);
    }
    pair.assert_same(&format!("{steps:?}")).await;
}

/// Votes in one batch see those before them. What votes can be the first to name is there before, so that the lanes need
/// no second run: who comes first of those that name something new is nobody's promise.
async fn many_at_once(groups: Vec<Vec<Step>>) {
    let Some(mut pair) = Pair::open().await else {
        return;
    };
    for number in 0..9_u8 {
        let says = Says {
            rating: Some(Rating::Positive),
            comment: None,
            clears_comment: false,
            score: false,
            reasons: number == 0, // Who gives a new one waits for its row.
            answers: None,
            name: number % 2 == 1,
        };
        let author = match number {
            0..3 => Who::User(number, false),
            3..6 => Who::User(number - 3, true),
            6 => Who::Reviewer,
            7 => Who::Model,
            _ => Who::Nobody,
        };
        let step = Step {
            policy: 0,
            judges: Judges::Message,
            conversation: Some(number % 2),
            message: 100 + number,
            author,
            says,
            rejects: false,
            may_change: true,
            takes_back: false,
            amazon_q: false,
            mirrored: false,
            imported: None,
            passes: 0,
            key: None,
        };
        pair.vote(&[step]).await;
    }
    for group in &groups {
        // What is named by an id of ours is looked up first, so it keeps no order with what comes at once.
        let named = |step: &&Step| !matches!(step.judges, Judges::Earlier(..));
        let group: Vec<Step> = group.iter().filter(named).cloned().collect();
        pair.vote(&group).await;
        pair.wait(1);
    }
    pair.assert_same(&format!("{groups:?}")).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lanes_do_what_sqlite_does(steps in proptest::collection::vec(step(), 1..40)) {
        run(one_after_the_other(steps));
    }

    #[test]
    fn a_batch_is_what_its_votes_are_one_after_the_other(
        groups in proptest::collection::vec(proptest::collection::vec(step(), 1..20), 1..6)
    ) {
        run(many_at_once(groups));
    }
}
