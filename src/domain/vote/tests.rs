//! The rules, one at a time, for the policies of all dialects.

use super::*;
use crate::domain::{
    DEFAULT_NAME, Dialect, Judgement, ProjectId, Rating, Timestamp, UnknownTargets,
};
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_microseconds(1_000_000_000);
const HOUR: i64 = 3_600_000_000;

/// One feedback a target and author; what is not mentioned stays.
const MERGING: Policy = Policy {
    identity: Identity::One,
    absent: Absent::Keeps,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::LikeTargets,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

/// A thumb that is taken back by leaving it out, for one's own messages only.
const THUMB: Policy = Policy {
    absent: Absent::ClearsComment,
    taking_back: TakingBack::MissingRating,
    unknown_author: UnknownAuthor::AlwaysRegistered,
    only_the_owner: true,
    ..MERGING
};

/// Every vote is a new feedback.
const EVERY_VOTE: Policy = Policy {
    identity: Identity::EveryVote,
    unknown_author: UnknownAuthor::Registered,
    ..MERGING
};

/// An update that must know which feedback it means.
const UNAMBIGUOUS: Policy = Policy {
    identity: Identity::OneOrRefused,
    ..EVERY_VOTE
};

/// A judgement is replaced whole; having copied the message is enough.
const REPLACING: Policy = Policy {
    absent: Absent::ReplacesJudgement,
    unknown_author: UnknownAuthor::Registered,
    may_be_empty: true,
    ..MERGING
};

/// One vote an hour.
const HOURLY: Policy = Policy {
    quiet_microseconds: Some(HOUR),
    unknown_author: UnknownAuthor::LikeTargets,
    ..EVERY_VOTE
};

const ALL: [Policy; 6] = [MERGING, THUMB, EVERY_VOTE, UNAMBIGUOUS, REPLACING, HOURLY];

fn command(policy: Policy, asked: Asked) -> Command {
    Command {
        project: ProjectId(Uuid::nil()),
        channel: Dialect::Native,
        key: None,
        policy,
        unknown_targets: UnknownTargets::Reject,
        may_change: true,
        addressee: Addressee::Vote {
            place: Place::Message {
                conversation: None,
                message: RowRef::External("m1".to_owned()),
            },
            author: AuthorRef::EndUser {
                external_id: "u1".to_owned(),
                of_workspace: false,
            },
            name: DEFAULT_NAME.to_owned(),
        },
        verb: Verb::Say,
        asked,
        told: Told::default(),
        created_at: None,
        updated_at: None,
        external_id: None,
        mirror: None,
    }
}

fn rated(rating: Rating) -> Asked {
    Asked {
        rating: Ask::Set(rating),
        ..Asked::default()
    }
}

fn commented(rating: Rating, comment: &str) -> Asked {
    Asked {
        comment: Ask::Set(comment.to_owned()),
        ..rated(rating)
    }
}

fn known(standing: Vec<Standing>) -> Situation {
    Situation {
        author_known: true,
        target: TargetFacts::Known {
            owner: Owner::Author,
        },
        standing,
        last_accepted_at: None,
    }
}

fn says(rating: Rating, comment: Option<&str>) -> Standing {
    Standing {
        judgement: Judgement {
            rating: Some(rating),
            comment: comment.map(str::to_owned),
            ..Judgement::default()
        },
        retracted: false,
        updated_at: Timestamp::from_microseconds(0),
    }
}

fn retracted() -> Standing {
    Standing {
        judgement: Judgement::default(),
        retracted: true,
        updated_at: Timestamp::from_microseconds(0),
    }
}

fn outcome(command: &Command, situation: &Situation) -> Result<Outcome, RefusalReason> {
    decide(command, situation, NOW)
        .map(|decision| decision.outcome)
        .map_err(|refusal| refusal.reason)
}

fn unknown() -> Situation {
    Situation::default()
}

#[test]
fn a_first_vote_creates() {
    let decided = outcome(&command(THUMB, rated(Rating::Positive)), &known(vec![]));
    assert!(matches!(decided, Ok(Outcome::Created(_))));
}

#[test]
fn saying_it_again_changes_nothing() {
    for policy in [MERGING, THUMB, UNAMBIGUOUS, REPLACING] {
        let asked = commented(Rating::Positive, "good");
        let situation = known(vec![says(Rating::Positive, Some("good"))]);
        assert_eq!(
            outcome(&command(policy, asked), &situation),
            Ok(Outcome::Unchanged { standing: 0 })
        );
    }
}

#[test]
fn a_thumb_without_comment_clears_the_comment() {
    let situation = known(vec![says(Rating::Positive, Some("good"))]);
    let decided = outcome(&command(THUMB, rated(Rating::Negative)), &situation);
    let judgement = says(Rating::Negative, None).judgement;
    assert_eq!(
        decided,
        Ok(Outcome::Changed {
            standing: 0,
            judgement
        })
    );
}

#[test]
fn a_merge_without_comment_keeps_the_comment() {
    let situation = known(vec![says(Rating::Positive, Some("good"))]);
    let decided = outcome(&command(MERGING, rated(Rating::Negative)), &situation);
    let judgement = says(Rating::Negative, Some("good")).judgement;
    assert_eq!(
        decided,
        Ok(Outcome::Changed {
            standing: 0,
            judgement
        })
    );
}

#[test]
fn a_missing_thumb_takes_back() {
    let situation = known(vec![says(Rating::Positive, None)]);
    let decided = outcome(&command(THUMB, Asked::default()), &situation);
    assert_eq!(decided, Ok(Outcome::TakenBack { standing: 0 }));
}

#[test]
fn a_missing_thumb_with_nothing_to_take_back_is_refused() {
    for standing in [vec![], vec![retracted()]] {
        assert_eq!(
            outcome(&command(THUMB, Asked::default()), &known(standing)),
            Err(RefusalReason::NothingToTakeBack)
        );
    }
}

#[test]
fn taking_back_twice_when_asked_succeeds() {
    let mut asked = command(MERGING, Asked::default());
    asked.verb = Verb::TakeBack;
    asked.addressee = Addressee::Feedback(crate::domain::FeedbackId(Uuid::nil()));
    assert_eq!(
        outcome(&asked, &known(vec![retracted()])),
        Ok(Outcome::Unchanged { standing: 0 })
    );
}

#[test]
fn a_vote_after_taking_back_revives_without_what_was_said_before() {
    let decided = outcome(
        &command(MERGING, rated(Rating::Negative)),
        &known(vec![retracted()]),
    );
    let judgement = says(Rating::Negative, None).judgement;
    assert_eq!(
        decided,
        Ok(Outcome::Changed {
            standing: 0,
            judgement
        })
    );
}

#[test]
fn where_every_vote_is_new_the_same_again_creates() {
    let situation = known(vec![says(Rating::Positive, None)]);
    let decided = outcome(&command(EVERY_VOTE, rated(Rating::Positive)), &situation);
    assert!(matches!(decided, Ok(Outcome::Created(_))));
}

#[test]
fn an_update_that_several_match_is_refused() {
    let situation = known(vec![
        says(Rating::Positive, None),
        says(Rating::Negative, None),
    ]);
    assert_eq!(
        outcome(&command(UNAMBIGUOUS, rated(Rating::Positive)), &situation),
        Err(RefusalReason::SeveralMatch)
    );
}

#[test]
fn an_update_that_one_retracted_and_one_standing_match_means_the_standing_one() {
    let situation = known(vec![retracted(), says(Rating::Negative, None)]);
    assert!(matches!(
        outcome(&command(UNAMBIGUOUS, rated(Rating::Positive)), &situation),
        Ok(Outcome::Changed { standing: 1, .. })
    ));
}

#[test]
fn a_judgement_that_is_replaced_keeps_the_time_of_copying() {
    let mut standing = says(Rating::Positive, Some("good"));
    standing.judgement.message_copied_at = Some(NOW);
    let decided = outcome(
        &command(REPLACING, rated(Rating::Negative)),
        &known(vec![standing]),
    );
    let judgement = Judgement {
        rating: Some(Rating::Negative),
        message_copied_at: Some(NOW),
        ..Judgement::default()
    };
    assert_eq!(
        decided,
        Ok(Outcome::Changed {
            standing: 0,
            judgement
        })
    );
}

#[test]
fn copying_alone_leaves_the_judgement() {
    let copied = Asked {
        message_copied_at: Ask::Set(NOW),
        ..Asked::default()
    };
    let decided = outcome(
        &command(REPLACING, copied),
        &known(vec![says(Rating::Positive, Some("good"))]),
    );
    let Ok(Outcome::Changed { judgement, .. }) = decided else {
        panic!("copying is new: {decided:?}");
    };
    assert_eq!(judgement.comment.as_deref(), Some("good"));
    assert_eq!(judgement.message_copied_at, Some(NOW));
}

#[test]
fn saying_nothing_is_nothing_where_it_may_be_and_refused_elsewhere() {
    let nothing = |policy| outcome(&command(policy, Asked::default()), &known(vec![]));
    assert_eq!(nothing(REPLACING), Ok(Outcome::Nothing));
    assert_eq!(nothing(MERGING), Err(RefusalReason::Empty));
}

#[test]
fn a_vote_within_the_quiet_time_is_refused_to_the_microsecond() {
    let mut situation = known(vec![]);
    let vote = command(HOURLY, rated(Rating::Positive));
    let last = NOW.plus_microseconds(-HOUR);
    situation.last_accepted_at = Some(last.plus_microseconds(1));
    assert_eq!(
        outcome(&vote, &situation),
        Err(RefusalReason::TooSoon {
            until: NOW.plus_microseconds(1)
        })
    );
    situation.last_accepted_at = Some(last);
    assert!(outcome(&vote, &situation).is_ok());
}

#[test]
fn a_last_vote_far_ahead_of_a_clock_that_was_set_back_silences_nobody() {
    let mut situation = known(vec![]);
    let vote = command(HOURLY, rated(Rating::Positive));
    situation.last_accepted_at = Some(NOW.plus_microseconds(HOUR));
    assert!(outcome(&vote, &situation).is_err());
    situation.last_accepted_at = Some(NOW.plus_microseconds(HOUR + 1));
    assert!(outcome(&vote, &situation).is_ok());
}

#[test]
fn an_unknown_target_is_refused_or_registered() {
    let mut vote = command(THUMB, rated(Rating::Positive));
    assert_eq!(
        outcome(&vote, &unknown()),
        Err(RefusalReason::UnknownTarget)
    );
    vote.unknown_targets = UnknownTargets::Accept;
    let decided = decide(&vote, &unknown(), NOW).unwrap();
    assert!(decided.registration.target && decided.registration.author);
}

#[test]
fn an_id_of_ours_that_does_not_exist_is_refused_even_where_unknown_targets_are_accepted() {
    let mut vote = command(MERGING, rated(Rating::Positive));
    vote.unknown_targets = UnknownTargets::Accept;
    let situation = Situation {
        target: TargetFacts::NoSuchId,
        ..unknown()
    };
    assert_eq!(
        outcome(&vote, &situation),
        Err(RefusalReason::UnknownTarget)
    );
}

#[test]
fn an_unknown_author_is_registered_with_a_refused_vote_only_where_the_policy_says_so() {
    let refused = |policy| {
        decide(&command(policy, rated(Rating::Positive)), &unknown(), NOW)
            .unwrap_err()
            .register_author
    };
    assert!(refused(THUMB));
    assert!(!refused(EVERY_VOTE));
    assert!(!refused(MERGING));
}

#[test]
fn another_persons_message_is_refused_where_only_the_owner_may_judge() {
    let mut vote = command(THUMB, rated(Rating::Positive));
    vote.unknown_targets = UnknownTargets::Accept;
    let of = |owner| Situation {
        target: TargetFacts::Known { owner },
        ..known(vec![])
    };
    assert_eq!(
        outcome(&vote, &of(Owner::Another)),
        Err(RefusalReason::NotTheOwner)
    );
    assert!(
        decide(&vote, &of(Owner::Nobody), NOW)
            .unwrap()
            .registration
            .owner
    );
    vote.unknown_targets = UnknownTargets::Reject;
    assert_eq!(
        outcome(&vote, &of(Owner::Nobody)),
        Err(RefusalReason::NotTheOwner)
    );
}

#[test]
fn a_retracted_feedback_is_not_changed_by_its_id() {
    let mut vote = command(MERGING, rated(Rating::Positive));
    vote.addressee = Addressee::Feedback(crate::domain::FeedbackId(Uuid::nil()));
    assert_eq!(
        outcome(&vote, &known(vec![retracted()])),
        Err(RefusalReason::Retracted)
    );
    assert_eq!(
        outcome(&vote, &known(vec![])),
        Err(RefusalReason::UnknownFeedback)
    );
}

#[test]
fn a_vote_that_may_only_create_changes_nothing_that_stands() {
    let mut vote = command(MERGING, rated(Rating::Negative));
    vote.may_change = false;
    let stands = known(vec![says(Rating::Positive, None)]);
    assert_eq!(outcome(&vote, &stands), Err(RefusalReason::MayOnlyCreate));
    assert!(matches!(
        outcome(&vote, &known(vec![])),
        Ok(Outcome::Created(_))
    ));
    vote.asked = rated(Rating::Positive);
    assert_eq!(
        outcome(&vote, &stands),
        Ok(Outcome::Unchanged { standing: 0 })
    );
}

#[test]
fn an_import_never_overrides_what_was_said_later() {
    let mut vote = command(THUMB, rated(Rating::Positive));
    vote.updated_at = Some(Timestamp::from_microseconds(0));
    assert_eq!(
        outcome(&vote, &known(vec![says(Rating::Negative, None)])),
        Ok(Outcome::Unchanged { standing: 0 })
    );
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let rating = prop_oneof![
        Just(Ask::Absent),
        Just(Ask::Clear),
        Just(Ask::Set(Rating::Positive)),
        Just(Ask::Set(Rating::Negative)),
    ];
    let comment = prop_oneof![
        Just(Ask::Absent),
        Just(Ask::Clear),
        "[ab]{1,2}".prop_map(Ask::Set),
    ];
    (rating, comment).prop_map(|(rating, comment)| Asked {
        rating,
        comment,
        ..Asked::default()
    })
}

fn any_standing() -> impl Strategy<Value = Vec<Standing>> {
    let one = prop_oneof![
        Just(retracted()),
        Just(says(Rating::Positive, None)),
        Just(says(Rating::Negative, Some("a"))),
    ];
    proptest::collection::vec(one, 0..3)
}

proptest! {
    /// Whatever is accepted, is accepted again, and then changes nothing — unless every vote is new, or it took back.
    #[test]
    fn an_accepted_vote_repeated_is_unchanged(asked in any_asked(), standing in any_standing(), policy in 0..ALL.len()) {
        let policy = ALL[policy];
        prop_assume!(policy.identity != Identity::EveryVote);
        let vote = command(policy, asked);
        let mut situation = known(standing);
        if let Ok(Outcome::Created(judgement) | Outcome::Changed { judgement, .. }) = outcome(&vote, &situation) {
            situation.standing = vec![Standing { judgement, retracted: false, updated_at: NOW }];
            prop_assert_eq!(outcome(&vote, &situation), Ok(Outcome::Unchanged { standing: 0 }));
        }
    }

    /// Nothing that stands is ever empty, and no index points beyond what was there.
    #[test]
    fn what_stands_says_something(asked in any_asked(), standing in any_standing(), policy in 0..ALL.len()) {
        let situation = known(standing);
        match outcome(&command(ALL[policy], asked), &situation) {
            Ok(Outcome::Created(judgement)) => prop_assert!(!judgement.is_empty()),
            Ok(Outcome::Changed { standing, judgement }) => {
                prop_assert!(!judgement.is_empty());
                prop_assert!(standing < situation.standing.len());
            }
            Ok(Outcome::TakenBack { standing }) => prop_assert!(!situation.standing[standing].retracted),
            Ok(Outcome::Unchanged { standing }) => prop_assert!(standing < situation.standing.len()),
            Ok(Outcome::Nothing) | Err(_) => {}
        }
    }
}
