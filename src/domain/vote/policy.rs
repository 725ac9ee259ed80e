//! How dialects differ in what a vote means. The difference is data: there is one [`decide`](super::decide()) for all.

/// The rules that a dialect's votes follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Which votes are the same feedback.
    pub identity: Identity,
    /// What a change leaves of the fields that it does not mention.
    pub absent: Absent,
    /// What takes a feedback back.
    pub taking_back: TakingBack,
    /// What happens when the author is not known yet.
    pub unknown_author: UnknownAuthor,
    /// Whether only the person whose message it is may judge it.
    pub only_the_owner: bool,
    /// Microseconds after an accepted vote within which the same author's next one in the same project is refused.
    pub quiet_microseconds: Option<i64>,
    /// Whether a vote that says nothing succeeds without a trace; otherwise it is refused.
    pub may_be_empty: bool,
}

/// Which votes are the same feedback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// One author's votes for one target under one name are one feedback; of several, the newest is meant.
    One,
    /// As [`Identity::One`], but where there are several already the vote is refused.
    OneOrRefused,
    /// Every vote is a feedback of its own.
    EveryVote,
}

/// What a change leaves of the fields that it does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// They stay.
    Keeps,
    /// The comment is cleared, all others stay.
    ClearsComment,
    /// A vote that judges replaces the whole judgement; only the time of copying stays. A vote that does not judge
    /// (that tells only of the copying) leaves the judgement.
    ReplacesJudgement,
}

/// What takes a feedback back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakingBack {
    /// Only [`Verb::TakeBack`](super::Verb::TakeBack), which succeeds again when it is repeated.
    Asked,
    /// A vote without a rating; it is refused when there is nothing to take back.
    MissingRating,
}

/// What happens when the author is an end user who is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownAuthor {
    /// The person is registered, even if the vote is refused.
    AlwaysRegistered,
    /// The person is registered with the vote.
    Registered,
    /// The person is registered where unknown targets are accepted; elsewhere the vote is refused.
    LikeTargets,
}
