//! Beginning a transaction, and loading what its votes meet.

use super::arrays::Parameter;
use super::entry::{Aim, Entry, Named, Prepared, Sought};
use super::rows::{Numbers, Rows, Shared, StandingKey, Target};
use super::save::Fault;
use super::session::Session;
use super::{code, facets, known};
use crate::domain::ApiKeyId;
use crate::domain::vote::{Ask, AuthorRef};
use crate::limits;
use crate::store::find::UserRow;
use std::collections::{HashMap, HashSet};
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

/// Learns words and keys that votes name for the first time since the start.
pub(super) async fn learn_shared(
    session: &Session,
    entries: &[Entry],
    shared: &mut Shared,
) -> Result<(), Fault> {
    let mut labels = HashSet::new();
    let mut keys = HashSet::new();
    for entry in entries {
        let words = words(entry);
        labels.extend(words.filter(|word| !shared.labels.contains_key(*word)));
        let key = entry.vote.command.key;
        keys.extend(
            key.filter(|key| !shared.keys.contains_key(key))
                .map(|key| key.0),
        );
    }
    if labels.is_empty() && keys.is_empty() {
        return Ok(());
    }
    // Clients choose words, so memory must not grow with them. What this batch needs is read anew.
    if shared.labels.len() + labels.len() > limits::LABELS_REMEMBERED {
        shared.labels.clear();
        labels.extend(entries.iter().flat_map(words));
    }
    let labels: Vec<&str> = labels.into_iter().collect();
    let keys: Vec<Uuid> = keys.into_iter().collect();
    let statements = &session.statements;
    let (labels, keys) = tokio::join!(
        select(session, &statements.labels, labels.len(), vec![&labels]),
        select(session, &statements.keys, keys.len(), vec![&keys]),
    );
    for row in labels? {
        shared.labels.insert(row.try_get(0)?, row.try_get(1)?);
    }
    for row in keys? {
        shared
            .keys
            .insert(ApiKeyId(row.try_get(0)?), row.try_get(1)?);
    }
    Ok(())
}

/// The words that a vote names, each of which has a row: its criterion, unless it names its feedback; who judges, if that is a
/// reviewer or a model; its reasons.
pub(super) fn words(entry: &Entry) -> impl Iterator<Item = &str> {
    let vote = &entry.vote;
    let author = match vote.author() {
        AuthorRef::Reviewer(name) | AuthorRef::Model(name) => Some(name.as_str()),
        AuthorRef::Anonymous | AuthorRef::EndUser { .. } => None,
    };
    let named = std::iter::once(vote.name()).filter(|name| !name.is_empty());
    named.chain(author).chain(facets::reasons(entry))
}

/// Begins a transaction that holds the bucket's row, and loads what the votes meet.
pub(super) async fn load<'batch>(
    session: &Session,
    bucket: u16,
    entries: &'batch [Entry],
    shared: &'batch Shared,
) -> Result<Rows<'batch>, Fault> {
    let names = Names::of(entries);
    let number = i16::try_from(bucket).unwrap_or(-1);
    let statements = &session.statements;
    let bare: Vec<Parameter<'_>> = vec![&number];
    let (begun, locked, alone, requests, people, conversations, options, messages) = tokio::join!(
        session.client.batch_execute("BEGIN"),
        session.client.query_one(&statements.lock, &bare),
        select(
            session,
            &statements.lock_requests,
            names.requests.len(),
            vec![&names.requests, &limits::IDEMPOTENCY_LOCKS]
        ),
        select(
            session,
            &statements.requests,
            names.requests.len(),
            vec![&names.requests]
        ),
        select(
            session,
            &statements.people,
            names.people.len(),
            vec![&names.people]
        ),
        select(
            session,
            &statements.conversations,
            names.conversations.len(),
            vec![&names.conversations]
        ),
        select(
            session,
            &statements.options,
            names.options.len(),
            vec![&names.options]
        ),
        select(
            session,
            &statements.messages,
            names.messages.len(),
            vec![&number, &names.keys, &names.texts, &names.projects]
        ),
    );
    begun?;
    let locked = locked?;
    let numbers = Numbers {
        bucket: bucket.into(),
        last: locked.try_get(0)?,
    };
    alone?;
    let mut rows = Rows::new(numbers, locked.try_get(1)?, shared);
    rows.know_requests(entries, &requests?)?;
    rows.know_people(entries, &people?)?;
    rows.know_conversations(entries, &conversations?)?;
    rows.know_options(&options?)?;
    rows.know_messages(&names.messages, &messages?)?;
    load_people(session, number, entries, &mut rows).await?;
    load_messages_in(session, number, entries, &mut rows).await?;
    let ids = Ids::of(entries);
    load_ids(session, number, &ids, &mut rows).await?;
    load_standing(session, number, entries, &ids.feedback, &mut rows).await?;
    facets::learn(session, &mut rows).await?;
    Ok(rows)
}

/// In which buckets things lie that have ids of ours.
pub(super) async fn buckets(
    session: &Session,
    sought: impl Iterator<Item = Sought>,
) -> Result<HashMap<Uuid, i16>, Fault> {
    let mut ids = Ids::default();
    sought.for_each(|sought| ids.add(sought));
    let statements = &session.statements;
    let (messages, conversations, feedback) = tokio::join!(
        select(
            session,
            &statements.buckets_of_messages,
            ids.messages.len(),
            vec![&ids.messages]
        ),
        select(
            session,
            &statements.buckets_of_conversations,
            ids.conversations.len(),
            vec![&ids.conversations]
        ),
        select(
            session,
            &statements.buckets_of_feedback,
            ids.feedback.len(),
            vec![&ids.feedback]
        ),
    );
    let mut buckets = HashMap::new();
    for row in [messages?, conversations?, feedback?].iter().flatten() {
        buckets.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(buckets)
}

/// The ids of ours by which rows are found.
#[derive(Default)]
struct Ids {
    messages: Vec<Uuid>,
    conversations: Vec<Uuid>,
    feedback: Vec<Uuid>,
}

impl Ids {
    fn of(entries: &[Entry]) -> Self {
        let mut ids = Self::default();
        for sought in entries
            .iter()
            .filter_map(|entry| Sought::by(&entry.vote.command))
        {
            ids.add(sought);
        }
        ids
    }

    fn add(&mut self, sought: Sought) {
        match sought {
            Sought::Message(id) => self.messages.push(id),
            Sought::Conversation(id) => self.conversations.push(id),
            Sought::Feedback(id) => self.feedback.push(id),
        }
    }
}

async fn load_ids(
    session: &Session,
    bucket: i16,
    ids: &Ids,
    rows: &mut Rows<'_>,
) -> Result<(), Fault> {
    let statements = &session.statements;
    let (messages, conversations) = tokio::join!(
        select(
            session,
            &statements.messages_of_ids,
            ids.messages.len(),
            vec![&bucket, &ids.messages]
        ),
        select(
            session,
            &statements.conversations_of_ids,
            ids.conversations.len(),
            vec![&bucket, &ids.conversations]
        ),
    );
    rows.know_ids(&messages?, &conversations?)
}

/// Selects, if there is anything to select by.
async fn select(
    session: &Session,
    statement: &Statement,
    wanted: usize,
    parameters: Vec<Parameter<'_>>,
) -> Result<Vec<Row>, Fault> {
    if wanted == 0 {
        return Ok(Vec::new());
    }
    Ok(session.client.query(statement, &parameters).await?)
}

/// Those who vote, as far as they are known.
pub(super) async fn people<'batch>(
    session: &Session,
    votes: &[&'batch Prepared],
) -> Result<HashMap<Named<'batch>, UserRow>, Fault> {
    let names = votes.iter().flat_map(|vote| vote.people());
    let keys: Vec<i64> = names.map(|name| name.key).collect();
    let found = select(session, &session.statements.people, keys.len(), vec![&keys]).await?;
    known::people(votes.iter().copied(), &found)
}

/// The names by which the first rows are found, each once.
#[derive(Default)]
struct Names<'batch> {
    people: Vec<i64>,
    conversations: Vec<i64>,
    options: Vec<Uuid>,
    messages: Vec<Named<'batch>>,
    keys: Vec<i64>,
    texts: Vec<&'batch str>,
    projects: Vec<i64>,
    requests: Vec<&'batch str>,
}

impl<'batch> Names<'batch> {
    fn of(entries: &'batch [Entry]) -> Self {
        let mut names = Self::default();
        let mut messages = HashSet::with_capacity(entries.len());
        for Entry { vote, .. } in entries {
            names.people.extend(vote.people().map(|name| name.key));
            names.conversations.extend(vote.conversation);
            if let Ask::Set(answers) = &vote.command.asked.attributes {
                names
                    .options
                    .extend(answers.iter().map(|answer| answer.option.0));
            }
            let request = vote.idempotency.as_ref();
            names
                .requests
                .extend(request.map(|asked| asked.key.as_str()));
            if let (Some(message), None) = (vote.message(), vote.conversation)
                && messages.insert(message)
            {
                names.messages.push(message);
                names.keys.push(message.key);
                names.texts.push(message.name);
                names.projects.push(message.scope);
            }
        }
        names.people.sort_unstable();
        names.people.dedup();
        names.conversations.sort_unstable();
        names.conversations.dedup();
        names.options.sort_unstable();
        names.options.dedup();
        names
    }
}

/// The latest conversations of people, and when they voted last, where a vote is for whichever is the latest.
async fn load_people(
    session: &Session,
    bucket: i16,
    entries: &[Entry],
    rows: &mut Rows<'_>,
) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    let (mut people, mut projects) = (Vec::new(), Vec::new());
    for Entry { vote, .. } in entries {
        let Aim::LatestOf(name) = vote.aim() else {
            continue;
        };
        let project = vote.project.project;
        if let Some(known) = rows.people.get(&name)
            && seen.insert((known.row, project))
        {
            people.push(known.row);
            projects.push(project);
        }
    }
    let statements = &session.statements;
    let (latest, quiet) = tokio::join!(
        select(
            session,
            &statements.latest,
            people.len(),
            vec![&people, &projects]
        ),
        select(
            session,
            &statements.quiet,
            people.len(),
            vec![&bucket, &people, &projects]
        ),
    );
    rows.know_latest(&latest?, &quiet?)
}

/// Messages that are named with their conversation, whose rows are known by now.
async fn load_messages_in<'batch>(
    session: &Session,
    bucket: i16,
    entries: &'batch [Entry],
    rows: &mut Rows<'batch>,
) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    let mut wanted = Vec::new();
    let (mut keys, mut texts, mut projects, mut conversations) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for Entry { vote, .. } in entries {
        let (Some(message), Some(named)) = (vote.message(), vote.conversation()) else {
            continue;
        };
        let conversation = rows.conversations.get(&named).map(|found| found.row);
        if seen.insert((message, conversation)) {
            wanted.push(message);
            keys.push(message.key);
            texts.push(message.name);
            projects.push(message.scope);
            conversations.push(conversation);
        }
    }
    let parameters: Vec<Parameter<'_>> = vec![&bucket, &keys, &texts, &projects, &conversations];
    let found = select(
        session,
        &session.statements.messages_in,
        wanted.len(),
        parameters,
    )
    .await?;
    rows.know_messages(&wanted, &found)
}

/// What is asked of standing feedback.
#[derive(Default)]
struct Votes {
    wanted: Vec<StandingKey>,
    target: Vec<i64>,
    kind: Vec<i16>,
    author: Vec<i64>,
    name: Vec<i64>,
}

impl Votes {
    fn add(&mut self, key: StandingKey, target: i64) {
        self.wanted.push(key);
        self.target.push(target);
        self.kind.push(code(key.kind));
        self.author.extend(key.author);
        self.name.push(key.name);
    }

    /// Selects them, the latest of each; those of nobody in particular are selected without authors.
    async fn select(
        &self,
        session: &Session,
        statement: &Statement,
        bucket: &i16,
    ) -> Result<Vec<Row>, Fault> {
        let most = i64::try_from(limits::STANDING_MOST).unwrap_or(i64::MAX);
        let mut parameters: Vec<Parameter<'_>> = vec![bucket, &self.target, &self.kind];
        if !self.author.is_empty() {
            parameters.push(&self.author);
        }
        parameters.extend([&self.name as Parameter<'_>, &most]);
        select(session, statement, self.wanted.len(), parameters).await
    }
}

/// Earlier votes for what is judged, and whose the conversations of messages are.
async fn load_standing(
    session: &Session,
    bucket: i16,
    entries: &[Entry],
    ids: &[Uuid],
    rows: &mut Rows<'_>,
) -> Result<(), Fault> {
    let mut owners = HashSet::new();
    let mut votes: [Votes; 4] = Default::default();
    for Entry { vote, .. } in entries {
        let scene = rows.scene(vote);
        owners.extend(scene.owned_through);
        let Some(key) = scene.key else { continue };
        if rows.standing.insert(key, Vec::new()).is_none() {
            let (kind, target) = match key.target {
                Target::Message(row) => (0, row),
                Target::Conversation(row) => (2, row),
            };
            votes[kind + usize::from(key.author.is_none())].add(key, target);
        }
    }
    let owners: Vec<i64> = owners.into_iter().collect();
    let replayed: Vec<Uuid> = rows
        .remembered
        .values()
        .filter_map(|known| known.made)
        .map(|id| id.0)
        .collect();
    let statements = &session.statements;
    let [known, nobodys, of_conversations, nobodys_of_conversations] = &votes;
    let (owners, times, named, known, nobodys, of_conversations, nobodys_of_conversations) = tokio::join!(
        select(session, &statements.owners, owners.len(), vec![&owners]),
        select(session, &statements.times, replayed.len(), vec![&replayed]),
        select(
            session,
            &statements.feedback_of_ids,
            ids.len(),
            vec![&bucket, &ids]
        ),
        known.select(session, &statements.standing, &bucket),
        nobodys.select(session, &statements.standing_anonymous, &bucket),
        of_conversations.select(session, &statements.standing_conversations, &bucket),
        nobodys_of_conversations.select(
            session,
            &statements.standing_conversations_anonymous,
            &bucket
        ),
    );
    for row in owners? {
        rows.owners.insert(row.try_get(0)?, row.try_get(1)?);
    }
    rows.know_times(&times?)?;
    let mut answers = Vec::new();
    let found = [known, nobodys, of_conversations, nobodys_of_conversations];
    for (votes, found) in votes.iter().zip(found) {
        rows.know_feedback(&votes.wanted, &found?, &mut answers)?;
    }
    rows.know_feedback_of_ids(&named?, &mut answers)?;
    load_answers(session, &answers, rows).await
}

/// The answers to attributes in feedback that was loaded, by their rows.
async fn load_answers(
    session: &Session,
    answers: &[(usize, Vec<i64>)],
    rows: &mut Rows<'_>,
) -> Result<(), Fault> {
    let mut wanted: Vec<i64> = answers.iter().flat_map(|(_, rows)| rows).copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let statement = &session.statements.option_rows;
    let found = select(session, statement, wanted.len(), vec![&wanted]).await?;
    let known = rows.know_options(&found)?;
    for (place, options) in answers {
        rows.feedback[*place].said.judgement.attributes = options
            .iter()
            .filter_map(|row| known.get(row).copied())
            .collect();
    }
    Ok(())
}
