//! The rules of a vote.

use candor::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Owner, Place, Policy, RowRef,
    Situation, Standing, TakingBack, TargetFacts, Told, UnknownAuthor, Verb, decide,
};
use candor::domain::{
    DEFAULT_NAME, Dialect, Judgement, ProjectId, Rating, Timestamp, UnknownTargets,
};
use criterion::Criterion;
use std::hint::black_box;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_microseconds(1_700_000_000_000_000);

/// As Dify's votes.
const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::ClearsComment,
    taking_back: TakingBack::MissingRating,
    unknown_author: UnknownAuthor::AlwaysRegistered,
    only_the_owner: true,
    quiet_microseconds: None,
    may_be_empty: false,
};

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    let command = command();
    let first = Situation {
        author_known: true,
        ..Situation::default()
    };
    group.bench_function("a first vote", |bencher| {
        bencher.iter(|| decide(black_box(&command), black_box(&first), NOW));
    });
    let changed = Situation {
        author_known: true,
        target: TargetFacts::Known {
            owner: Owner::Author,
        },
        standing: vec![Standing {
            judgement: Judgement {
                rating: Some(Rating::Negative),
                ..Judgement::default()
            },
            retracted: false,
            updated_at: NOW,
        }],
        last_accepted_at: None,
    };
    group.bench_function("a changed vote", |bencher| {
        bencher.iter(|| decide(black_box(&command), black_box(&changed), NOW));
    });
    group.finish();
}

fn command() -> Command {
    Command {
        project: ProjectId(Uuid::nil()),
        channel: Dialect::Dify,
        key: None,
        policy: POLICY,
        unknown_targets: UnknownTargets::Accept,
        may_change: true,
        addressee: Addressee::Vote {
            place: Place::Message {
                conversation: None,
                message: RowRef::External("5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11".to_owned()),
            },
            author: AuthorRef::EndUser {
                external_id: "person-1".to_owned(),
                of_workspace: false,
            },
            name: DEFAULT_NAME.to_owned(),
        },
        verb: Verb::Say,
        asked: Asked {
            rating: Ask::Set(Rating::Positive),
            comment: Ask::Set("Just what I needed, and faster than the handbook.".to_owned()),
            ..Asked::default()
        },
        told: Told::default(),
        created_at: None,
        updated_at: None,
        external_id: None,
        mirror: None,
    }
}
