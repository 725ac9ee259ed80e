//! Sums in time zones, against walking over the raw list: after random votes, in the days about changes of clocks.

use crate::world::{EVERY_VOTE, MERGING, START, World, entry};
use candor::domain::vote::{Ask, Asked, Verb};
use candor::domain::{
    Attribute, AttributeAnswer, AttributeId, AttributeOption, AuditAction, Author,
    ConversationDraft, Dimension, EndUserDetails, EndUserDraft, FacetKind, Feedback, FeedbackId,
    Interval, MessageDraft, OptionId, Quarter, Rating, Score, Segment, Sums, Timestamp, Zone,
};
use candor::store::{FacetFilters, FeedbackFilter, SumsQuery, SumsRow, VotedOutcome};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
const REASONS: [&str; 3] = ["slow", "wrong", "rude"];

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
    reasons: Vec<&'static str>,
    answer: Option<usize>,
    tells: Option<Tells>,
}

/// What is learnt before the vote.
#[derive(Clone, Debug)]
enum Tells {
    /// What wrote its message.
    Message(Option<&'static str>, Option<&'static str>),
    /// A group of its author.
    Person(&'static str, &'static str),
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
    let reasons = proptest::collection::vec(proptest::sample::select(&REASONS[..]), 0..3);
    let model = proptest::option::of(proptest::sample::select(&["small", "large"][..]));
    let version = proptest::option::of(proptest::sample::select(&["1", "2"][..]));
    let message = (model, version).prop_map(|(model, version)| Tells::Message(model, version));
    let kind = proptest::sample::select(&["plan", "team"][..]);
    let group = proptest::sample::select(&["a", "b"][..]);
    let person = (kind, group).prop_map(|(kind, group)| Tells::Person(kind, group));
    let tells = proptest::option::of(prop_oneof![message, person]);
    let facets = (reasons, proptest::option::of(0..4_usize), tells);
    (time(), 0..4_u8, 0..3_u8, flags, says, facets).prop_map(
        |(
            at,
            message,
            user,
            (every, take_back, comment),
            (rating, score, resolved),
            (reasons, answer, tells),
        )| Step {
            at,
            message,
            user,
            every,
            take_back,
            rating,
            score,
            resolved,
            comment,
            reasons,
            answer,
            tells,
        },
    )
}

impl Step {
    async fn tell(&self, world: &World, known: &mut Known) {
        let mut draft = ConversationDraft {
            external_id: Some("c".to_owned()),
            ..ConversationDraft::default()
        };
        match &self.tells {
            None => return,
            Some(Tells::Message(model, version)) => {
                draft.messages = vec![MessageDraft {
                    external_id: Some(format!("m{}", self.message)),
                    model: model.map(str::to_owned),
                    version: version.map(str::to_owned),
                    ..MessageDraft::default()
                }];
                let words = known.words.entry(self.message).or_default();
                words.0 = model.or(words.0);
                words.1 = version.or(words.1);
            }
            Some(Tells::Person(kind, group)) => {
                draft.end_user = Some(format!("u{}", self.user));
                let groups = [((*kind).to_owned(), vec![(*group).to_owned()])];
                draft.end_user_draft = EndUserDraft::new(EndUserDetails::default(), groups);
            }
        }
        world
            .store
            .ingest(world.project, vec![draft], None)
            .await
            .unwrap();
    }

    async fn cast(&self, world: &World, known: &mut Known) {
        world.clock.set(self.at);
        self.tell(world, known).await;
        let asked = Asked {
            rating: Ask::set_or_absent(self.rating),
            score: Ask::set_or_absent(
                self.score
                    .map(|(place, highest)| Score::new(place * highest, 0.0, highest).unwrap()),
            ),
            resolved: Ask::set_or_absent(self.resolved),
            comment: Ask::set_or_absent(self.comment.then(|| "said".to_owned())),
            reasons: match self.reasons.as_slice() {
                [] => Ask::Absent,
                reasons => Ask::Set(reasons.iter().map(|reason| (*reason).to_owned()).collect()),
            },
            attributes: Ask::set_or_absent(self.answer.map(|place| vec![known.answers[place]])),
            ..Asked::default()
        };
        let policy = if self.every { EVERY_VOTE } else { MERGING };
        let (message, user) = (format!("m{}", self.message), format!("u{}", self.user));
        let mut vote = world.vote(policy, &message, &user, asked);
        if self.take_back {
            vote.verb = Verb::TakeBack;
        }
        // Some say nothing, or take back what is not there.
        if let Ok(voted) = world.cast(vote).await
            && voted.outcome == VotedOutcome::Created
        {
            let made = voted.feedback.unwrap();
            let feedback = world.store.current_feedback(made).await.unwrap().unwrap();
            let Author::EndUser { segments, .. } = feedback.author else {
                panic!("{:?}", feedback.author);
            };
            known.segments.insert(made, segments);
        }
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
                    facets: FacetFilters::default(),
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

/// What no list tells: what wrote messages, and the groups that authors belonged to when they voted.
#[derive(Debug, Default)]
struct Known {
    words: BTreeMap<u8, (Option<&'static str>, Option<&'static str>)>,
    segments: HashMap<FeedbackId, Vec<Segment>>,
    /// Two answers to each of two attributes.
    answers: Vec<AttributeAnswer>,
    names: HashMap<OptionId, (&'static str, &'static str)>,
}

impl Known {
    async fn define(world: &World) -> Self {
        let mut known = Self::default();
        for (name, options) in [("tone", ["kind", "curt"]), ("length", ["short", "long"])] {
            let attribute = Attribute {
                id: AttributeId(candor::clock::new_id()),
                number: 0,
                project: world.project,
                name: name.to_owned(),
                options: options
                    .map(|option| AttributeOption {
                        id: OptionId(candor::clock::new_id()),
                        number: 0,
                        name: option.to_owned(),
                        created_at: START,
                    })
                    .to_vec(),
                created_at: START,
            };
            for (option, word) in attribute.options.iter().zip(options) {
                known.names.insert(option.id, (name, word));
                known.answers.push(AttributeAnswer {
                    attribute: attribute.id,
                    option: option.id,
                });
            }
            let logged = entry(world.workspace, AuditAction::AttributeCreate);
            let saved = world.store.save_attribute(attribute, logged).await;
            saved.unwrap();
        }
        known
    }

    /// The facets of one kind that a feedback has.
    fn facets(&self, one: &Feedback, kind: FacetKind) -> BTreeSet<(String, String)> {
        let pair = |(one, other): (&str, &str)| (one.to_owned(), other.to_owned());
        match kind {
            FacetKind::Model => {
                let message = one.target.message.as_ref().unwrap().external_id.as_ref();
                let number: u8 = message.unwrap()[1..].parse().unwrap();
                let words = self.words.get(&number).copied().unwrap_or_default();
                words
                    .0
                    .map(|model| pair((model, words.1.unwrap_or_default())))
                    .into_iter()
                    .collect()
            }
            FacetKind::Reason => {
                let reasons = one.judgement.reasons.iter();
                reasons.map(|reason| pair((reason, ""))).collect()
            }
            FacetKind::Option => {
                let answers = one.judgement.attributes.iter();
                answers
                    .map(|answer| pair(self.names[&answer.option]))
                    .collect()
            }
            FacetKind::Segment => {
                let segments = self.segments[&one.id].iter();
                segments
                    .map(|segment| (segment.kind.clone(), segment.value.clone()))
                    .collect()
            }
        }
    }
}

/// A question about facets: what is told apart, and pairs of names of which one is to be there, of each kind.
type Question = (
    Option<FacetKind>,
    Vec<(FacetKind, Vec<(&'static str, &'static str)>)>,
);

fn questions() -> Vec<Question> {
    use FacetKind::{Model, Option as Answer, Reason, Segment};
    let kinds = [Model, Reason, Answer, Segment];
    let mut questions: Vec<Question> = kinds.map(|kind| (Some(kind), Vec::new())).into();
    questions.extend([
        (None, vec![(Model, vec![("large", "")])]),
        (None, vec![(Model, vec![("small", ""), ("large", "")])]),
        (None, vec![(Reason, vec![("slow", "")])]),
        // What a feedback may have several of is counted from the rows.
        (None, vec![(Reason, vec![("slow", ""), ("wrong", "")])]),
        (
            Some(Reason),
            vec![(Reason, vec![("slow", ""), ("wrong", "")])],
        ),
        (None, vec![(Answer, vec![("tone", "")])]),
        (Some(Model), vec![(Reason, vec![("slow", "")])]),
        (Some(Segment), vec![(Segment, vec![("plan", "")])]),
        (
            Some(Answer),
            vec![(Model, vec![("small", "")]), (Segment, vec![("team", "")])],
        ),
        (None, vec![(Reason, vec![("never said", "")])]),
    ]);
    questions
}

fn dimensions(kind: Option<FacetKind>) -> Vec<Dimension> {
    match kind {
        None => Vec::new(),
        Some(FacetKind::Model) => vec![Dimension::Model, Dimension::Version],
        Some(FacetKind::Reason) => vec![Dimension::Reason],
        Some(FacetKind::Option) => vec![Dimension::Attribute, Dimension::Option],
        Some(FacetKind::Segment) => vec![Dimension::SegmentKind, Dimension::Segment],
    }
}

fn filters(chosen: &[(FacetKind, Vec<(&'static str, &'static str)>)]) -> FacetFilters {
    let mut filters = FacetFilters::default();
    for (kind, names) in chosen {
        let names = names.iter().map(|(name, _)| (*name).to_owned()).collect();
        match kind {
            FacetKind::Model => filters.models = names,
            FacetKind::Reason => filters.reasons = names,
            FacetKind::Option => filters.attributes = names,
            FacetKind::Segment => filters.segment_kinds = names,
        }
    }
    filters
}

/// What is told apart of a row.
fn pair(row: &SumsRow) -> (String, String) {
    let facet = &row.facet;
    let name = |part: Option<&String>| part.cloned().unwrap_or_default();
    let attribute = facet.attribute.as_ref().map(|(_, name)| name);
    let option = facet.option.as_ref().map(|(_, name)| name);
    let segment = facet.segment.as_ref();
    let first = facet.model.as_ref().or(facet.reason.as_ref()).or(attribute);
    let second = facet.version.as_ref().or(option);
    (
        name(first.or(segment.map(|segment| &segment.kind))),
        name(second.or(segment.map(|segment| &segment.value))),
    )
}

async fn compare_facets(world: &World, all: &[Feedback], known: &Known) {
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    for (kind, chosen) in questions() {
        for interval in [None, Some(Interval::Day)] {
            let query = SumsQuery {
                projects: vec![world.project],
                since: Quarter::of("2026-03-01T00:00:00Z".parse().unwrap()),
                until: Quarter::of("2026-11-01T00:00:00Z".parse().unwrap()),
                interval,
                zone: zone.clone(),
                dimensions: [vec![Dimension::Channel], dimensions(kind)].concat(),
                channels: Vec::new(),
                names: Vec::new(),
                sentiments: Vec::new(),
                facets: filters(&chosen),
                most: 10_000,
            };
            let found: BTreeMap<_, _> = world
                .store
                .sums(query)
                .await
                .unwrap()
                .unwrap()
                .into_iter()
                .map(|row| {
                    let day = row.since.map(|since| zone.day_of(since).to_string());
                    ((day, row.channel.unwrap().name(), pair(&row)), row.sums)
                })
                .collect();
            let mut expected = BTreeMap::new();
            for one in all {
                let is_chosen = |kind, facet: &(String, String)| {
                    let mut of_kind = chosen.iter().filter(|(one, _)| *one == kind);
                    of_kind.all(|(_, names)| names.iter().any(|(name, _)| *name == facet.0))
                };
                let mut kinds = chosen.iter().map(|(kind, _)| *kind);
                if !kinds.all(|kind| {
                    known
                        .facets(one, kind)
                        .iter()
                        .any(|facet| is_chosen(kind, facet))
                }) {
                    continue;
                }
                let day = interval.map(|day| told(day, "Europe/Berlin", one.created_at));
                let facets = match kind {
                    None => BTreeSet::from([(String::new(), String::new())]),
                    Some(kind) => {
                        let mut facets = known.facets(one, kind);
                        facets.retain(|facet| is_chosen(kind, facet));
                        facets
                    }
                };
                for facet in facets {
                    *expected
                        .entry((day.clone(), one.channel.name(), facet))
                        .or_insert_with(Sums::default) += Sums::of(&one.judgement);
                }
            }
            assert_eq!(found, expected, "{kind:?} {chosen:?} {interval:?}");
        }
    }
}

async fn run(steps: Vec<Step>) {
    let world = World::in_memory().await;
    let mut known = Known::define(&world).await;
    for step in &steps {
        step.cast(&world, &mut known).await;
    }
    let all = world.all(FeedbackFilter::default()).await;
    compare(&world, &all).await;
    compare_facets(&world, &all, &known).await;
    world.assert_consistent().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_are_what_the_raw_list_gives_in_every_zone(steps in proptest::collection::vec(step(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps));
    }
}
