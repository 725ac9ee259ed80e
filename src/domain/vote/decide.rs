//! What is to happen: a pure function from what is asked and what is known.

use super::{
    Absent, Addressee, AuthorRef, Command, Identity, Owner, Situation, Standing, TakingBack,
    TargetFacts, UnknownAuthor, Verb,
};
use crate::domain::{Judgement, Timestamp, UnknownTargets};

/// What the store is to save.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What is to be made known beside the vote.
    pub registration: Registration,
    /// What becomes of the vote.
    pub outcome: Outcome,
}

/// What is to be made known beside a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Registration {
    /// The author, as an end user.
    pub author: bool,
    /// The target, as a stub that belongs to the author.
    pub target: bool,
    /// That the target, known but nobody's, is the author's.
    pub owner: bool,
}

/// What becomes of a vote. An index is a place in [`Situation::standing`].
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A new feedback.
    Created(Judgement),
    /// A new version of a feedback.
    Changed {
        /// Which.
        standing: usize,
        /// What it says now.
        judgement: Judgement,
    },
    /// A version that takes a feedback back.
    TakenBack {
        /// Which.
        standing: usize,
    },
    /// Nothing new was said.
    Unchanged {
        /// Of which feedback.
        standing: usize,
    },
    /// Nothing was said at all.
    Nothing,
}

/// Why nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// Whether the author is to be made known all the same.
    pub register_author: bool,
}

/// Why a vote is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// The author is not known.
    UnknownAuthor,
    /// The target is not known.
    UnknownTarget,
    /// The conversation has no message that could be judged.
    NoMessage,
    /// The target is another person's.
    NotTheOwner,
    /// The author's last vote is too recent.
    TooSoon {
        /// When the next one is accepted.
        until: Timestamp,
    },
    /// More than one feedback is meant.
    SeveralMatch,
    /// There is no feedback to take back.
    NothingToTakeBack,
    /// No feedback has this id.
    UnknownFeedback,
    /// The feedback that is to be changed was taken back.
    Retracted,
    /// It would change or take back what stands, and may not.
    MayOnlyCreate,
    /// The vote says nothing, or would leave nothing of what was said.
    Empty,
}

/// Decides a vote. `now` is the time at which an accepted vote counts as accepted.
pub fn decide(
    command: &Command,
    situation: &Situation,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let registers_author = registers_author(command, situation);
    let refused = |reason| Refusal {
        reason,
        register_author: registers_author
            && command.policy.unknown_author == UnknownAuthor::AlwaysRegistered,
    };
    let mut registration = target_registration(command, situation).map_err(refused)?;
    registration.author = registers_author;
    check_quiet_time(command, situation, now).map_err(refused)?;
    let meant = meant(command, situation).map_err(refused)?;
    let outcome = match meant {
        Some((standing, feedback)) if is_older(command, feedback) => {
            Ok(Outcome::Unchanged { standing })
        }
        _ if takes_back(command) => take_back(command, meant),
        _ => say(command, meant),
    }
    .map_err(refused)?;
    let changes = matches!(outcome, Outcome::Changed { .. } | Outcome::TakenBack { .. });
    if changes && !command.may_change {
        return Err(refused(RefusalReason::MayOnlyCreate));
    }
    if outcome == Outcome::Nothing {
        registration = Registration::default();
    }
    Ok(Decision {
        registration,
        outcome,
    })
}

/// The feedback that a command means, with its place.
type Meant<'situation> = Option<(usize, &'situation Standing)>;

const fn author(command: &Command) -> Option<&AuthorRef> {
    match &command.addressee {
        Addressee::Feedback(_) => None,
        Addressee::Vote { author, .. } => Some(author),
    }
}

const fn registers_author(command: &Command, situation: &Situation) -> bool {
    matches!(author(command), Some(AuthorRef::EndUser { .. })) && !situation.author_known
}

fn target_registration(
    command: &Command,
    situation: &Situation,
) -> Result<Registration, RefusalReason> {
    if author(command).is_none() {
        return Ok(Registration::default());
    }
    let accepts = command.unknown_targets == UnknownTargets::Accept;
    if registers_author(command, situation)
        && command.policy.unknown_author == UnknownAuthor::LikeTargets
        && !accepts
    {
        return Err(RefusalReason::UnknownAuthor);
    }
    let owner_matters = command.policy.only_the_owner;
    match situation.target {
        TargetFacts::Unknown if accepts => Ok(Registration {
            target: true,
            ..Registration::default()
        }),
        TargetFacts::Unknown | TargetFacts::NoSuchId => Err(RefusalReason::UnknownTarget),
        TargetFacts::NoMessage if accepts => Ok(Registration::default()),
        TargetFacts::NoMessage => Err(RefusalReason::NoMessage),
        TargetFacts::Known { owner } => match owner {
            Owner::Another if owner_matters => Err(RefusalReason::NotTheOwner),
            Owner::Nobody if owner_matters && !accepts => Err(RefusalReason::NotTheOwner),
            Owner::Nobody if owner_matters => Ok(Registration {
                owner: true,
                ..Registration::default()
            }),
            _ => Ok(Registration::default()),
        },
    }
}

fn check_quiet_time(
    command: &Command,
    situation: &Situation,
    now: Timestamp,
) -> Result<(), RefusalReason> {
    let times = command
        .policy
        .quiet_microseconds
        .zip(situation.last_accepted_at);
    let Some((quiet, last)) = times else {
        return Ok(());
    };
    let until = last.plus_microseconds(quiet);
    // A last vote further ahead than that is of a clock that was wrong: it must not silence anybody for years.
    if now < until && last <= now.plus_microseconds(quiet) {
        return Err(RefusalReason::TooSoon { until });
    }
    Ok(())
}

/// The feedback that is meant: the newest that stands, else the newest that was taken back.
fn meant<'situation>(
    command: &Command,
    situation: &'situation Situation,
) -> Result<Meant<'situation>, RefusalReason> {
    let mut standing = situation
        .standing
        .iter()
        .enumerate()
        .filter(|(_, feedback)| !feedback.retracted);
    let newest = standing.next();
    let by_id = author(command).is_none();
    if !by_id && command.policy.identity == Identity::EveryVote {
        return Ok(None);
    }
    if command.policy.identity == Identity::OneOrRefused && standing.next().is_some() {
        return Err(RefusalReason::SeveralMatch);
    }
    let meant = newest.or_else(|| situation.standing.iter().enumerate().next());
    if by_id && meant.is_none() {
        return Err(RefusalReason::UnknownFeedback);
    }
    Ok(meant)
}

/// Whether an import brings what was said before the version that stands.
fn is_older(command: &Command, feedback: &Standing) -> bool {
    command
        .updated_at
        .is_some_and(|at| at <= feedback.updated_at)
}

/// Whether a vote is to take a feedback back, by its verb or by its dialect's rules.
pub fn takes_back(command: &Command) -> bool {
    command.verb == Verb::TakeBack
        || (command.policy.taking_back == TakingBack::MissingRating
            && !matches!(command.asked.rating, super::Ask::Set(_)))
}

const fn take_back(command: &Command, meant: Meant<'_>) -> Result<Outcome, RefusalReason> {
    match meant {
        Some((standing, feedback)) if !feedback.retracted => Ok(Outcome::TakenBack { standing }),
        Some((standing, _)) if matches!(command.verb, Verb::TakeBack) => {
            Ok(Outcome::Unchanged { standing })
        }
        _ => Err(RefusalReason::NothingToTakeBack),
    }
}

fn say(command: &Command, meant: Meant<'_>) -> Result<Outcome, RefusalReason> {
    if author(command).is_none() && meant.is_some_and(|(_, feedback)| feedback.retracted) {
        return Err(RefusalReason::Retracted);
    }
    // What was taken back does not show through what is said anew.
    let stands = meant.filter(|(_, feedback)| !feedback.retracted);
    let asked = command.asked.clone();
    let asked = match command.policy.absent {
        Absent::ClearsComment => asked.clearing_comment(),
        Absent::ReplacesJudgement if asked.judges() => asked.replacing_judgement(),
        Absent::ReplacesJudgement | Absent::Keeps => asked,
    };
    let old = stands.map(|(_, feedback)| &feedback.judgement);
    let judgement = asked.over(old.cloned().unwrap_or_default());
    if judgement.is_empty() {
        return match stands {
            None if command.policy.may_be_empty => Ok(Outcome::Nothing),
            _ => Err(RefusalReason::Empty),
        };
    }
    Ok(match meant {
        None => Outcome::Created(judgement),
        Some((standing, _)) if old.is_some_and(|old| judgement.says_the_same_as(old)) => {
            Outcome::Unchanged { standing }
        }
        Some((standing, _)) => Outcome::Changed {
            standing,
            judgement,
        },
    })
}
