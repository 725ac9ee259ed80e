//! Beginning a transaction, and loading what its votes meet.

use super::arrays::Parameter;
use super::code;
use super::entry::{Entry, Named};
use super::rows::{
    ConversationRow, FeedbackRow, MessageRow, Numbers, Rows, Said, Shared, StandingKey, State,
};
use super::save::Fault;
use super::session::Session;
use crate::domain::vote::{Ask, AuthorRef};
use crate::domain::{
    ApiKeyId, AttributeAnswer, AttributeId, EndUserId, FeedbackId, Judgement, OptionId, Score,
    Timestamp,
};
use crate::limits;
use crate::store::codes::Coded;
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
    for Entry { vote, .. } in entries {
        let author = match vote.author() {
            AuthorRef::Reviewer(name) | AuthorRef::Model(name) => Some(name.as_str()),
            AuthorRef::Anonymous | AuthorRef::EndUser { .. } => None,
        };
        let words = std::iter::once(vote.name()).chain(author);
        labels.extend(words.filter(|word| !shared.labels.contains_key(*word)));
        let key = vote.command.key;
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
        labels.extend(entries.iter().flat_map(|entry| {
            let author = match entry.vote.author() {
                AuthorRef::Reviewer(name) | AuthorRef::Model(name) => Some(name.as_str()),
                AuthorRef::Anonymous | AuthorRef::EndUser { .. } => None,
            };
            std::iter::once(entry.vote.name()).chain(author)
        }));
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
    let (begun, locked, people, conversations, options, messages) = tokio::join!(
        session.client.batch_execute("BEGIN"),
        session.client.query_one(&statements.lock, &bare),
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
    let mut rows = Rows::new(numbers, locked.try_get(1)?, shared);
    rows.know_people(entries, &people?)?;
    rows.know_conversations(entries, &conversations?)?;
    rows.know_options(&options?)?;
    rows.know_messages(&names.messages, &messages?)?;
    load_messages_in(session, number, entries, &mut rows).await?;
    load_standing(session, number, entries, &mut rows).await?;
    Ok(rows)
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
            let message = vote.message();
            if vote.conversation.is_none() && messages.insert(message) {
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
        let Some(named) = vote.conversation() else {
            continue;
        };
        let conversation = rows.conversations.get(&named).map(|found| found.row);
        let message = vote.message();
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
    message: Vec<i64>,
    kind: Vec<i16>,
    author: Vec<i64>,
    name: Vec<i64>,
}

impl Votes {
    fn add(&mut self, key: StandingKey) {
        self.wanted.push(key);
        self.message.push(key.message);
        self.kind.push(code(key.kind));
        self.author.extend(key.author);
        self.name.push(key.name);
    }
}

/// Earlier votes for messages that are there, and whose the conversations of these are.
async fn load_standing(
    session: &Session,
    bucket: i16,
    entries: &[Entry],
    rows: &mut Rows<'_>,
) -> Result<(), Fault> {
    let mut owners = HashSet::new();
    let mut votes = Votes::default();
    let mut anonymous = Votes::default();
    for Entry { vote, .. } in entries {
        let scene = rows.scene(vote);
        owners.extend(scene.owned_through);
        let Some(key) = scene.key else { continue };
        if rows.standing.insert(key, Vec::new()).is_none() {
            match key.author {
                Some(_) => votes.add(key),
                None => anonymous.add(key),
            }
        }
    }
    let owners: Vec<i64> = owners.into_iter().collect();
    let statements = &session.statements;
    let most = i64::try_from(limits::STANDING_MOST).unwrap_or(i64::MAX);
    let (owners, known, nobodys) = tokio::join!(
        select(session, &statements.owners, owners.len(), vec![&owners]),
        select(
            session,
            &statements.standing,
            votes.wanted.len(),
            vec![
                &bucket,
                &votes.message,
                &votes.kind,
                &votes.author,
                &votes.name,
                &most
            ]
        ),
        select(
            session,
            &statements.standing_anonymous,
            anonymous.wanted.len(),
            vec![
                &bucket,
                &anonymous.message,
                &anonymous.kind,
                &anonymous.name,
                &most
            ]
        ),
    );
    for row in owners? {
        rows.owners.insert(row.try_get(0)?, row.try_get(1)?);
    }
    let mut answers = Vec::new();
    rows.know_feedback(&votes.wanted, &known?, &mut answers)?;
    rows.know_feedback(&anonymous.wanted, &nobodys?, &mut answers)?;
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

/// The place that a row names, in the arrays that were asked with.
fn place(row: &Row) -> Result<usize, Fault> {
    let place: i64 = row.try_get(0)?;
    usize::try_from(place - 1).map_err(|error| Fault::Row(error.to_string()))
}

impl<'batch> Rows<'batch> {
    fn know_people(&mut self, entries: &'batch [Entry], found: &[Row]) -> Result<(), Fault> {
        let found = by_key(found)?;
        for name in entries.iter().flat_map(|entry| entry.vote.people()) {
            for row in found.get(&name.key).into_iter().flatten() {
                if row.try_get::<_, i64>(1)? == name.scope
                    && row.try_get::<_, &str>(2)? == name.name
                {
                    let user = UserRow {
                        row: row.try_get(3)?,
                        id: EndUserId(row.try_get(4)?),
                    };
                    self.people.insert(name, user);
                }
            }
        }
        Ok(())
    }

    fn know_conversations(&mut self, entries: &'batch [Entry], found: &[Row]) -> Result<(), Fault> {
        let found = by_key(found)?;
        for name in entries.iter().filter_map(|entry| entry.vote.conversation()) {
            for row in found.get(&name.key).into_iter().flatten() {
                if row.try_get::<_, i64>(1)? == name.scope
                    && row.try_get::<_, &str>(2)? == name.name
                {
                    let conversation = ConversationRow {
                        row: row.try_get(3)?,
                        id: row.try_get(5)?,
                        owner: row.try_get(4)?,
                    };
                    self.owners.insert(conversation.row, conversation.owner);
                    self.conversations.insert(name, conversation);
                }
            }
        }
        Ok(())
    }

    fn know_options(&mut self, found: &[Row]) -> Result<HashMap<i64, AttributeAnswer>, Fault> {
        let mut known = HashMap::new();
        for row in found {
            let answer = AttributeAnswer {
                attribute: AttributeId(row.try_get(2)?),
                option: OptionId(row.try_get(1)?),
            };
            let row = row.try_get(0)?;
            self.options.insert(answer.option, row);
            known.insert(row, answer);
        }
        Ok(known)
    }

    fn know_messages(&mut self, wanted: &[Named<'batch>], found: &[Row]) -> Result<(), Fault> {
        for row in found {
            let name = wanted[place(row)?];
            let number = row.try_get(1)?;
            let known = self.message_names.get(&name).into_iter().flatten();
            if known
                .into_iter()
                .any(|place| self.messages[*place].row == number)
            {
                continue;
            }
            self.add_message(MessageRow {
                state: State::Stored,
                row: number,
                id: row.try_get(4)?,
                name,
                conversation: row.try_get(2)?,
                conversation_id: row.try_get(5)?,
                owner: row.try_get(3)?,
                created_at: Timestamp::MIN,
            });
        }
        Ok(())
    }

    /// `answers` are given the rows of answers to attributes, with the place of the feedback.
    fn know_feedback(
        &mut self,
        wanted: &[StandingKey],
        found: &[Row],
        answers: &mut Vec<(usize, Vec<i64>)>,
    ) -> Result<(), Fault> {
        for row in found {
            let key = wanted[place(row)?];
            let place = self.feedback.len();
            self.feedback.push(feedback(row, key)?);
            if let Some(rows) = row.try_get::<_, Option<&str>>(9)? {
                answers.push((place, list(rows)?));
            }
            self.standing.entry(key).or_default().push(place);
        }
        for key in wanted {
            if let Some(places) = self.standing.get_mut(key) {
                places.sort_unstable_by_key(|place| -self.feedback[*place].row);
            }
        }
        Ok(())
    }
}

fn by_key(found: &[Row]) -> Result<HashMap<i64, Vec<&Row>>, Fault> {
    let mut by_key: HashMap<i64, Vec<&Row>> = HashMap::with_capacity(found.len());
    for row in found {
        by_key.entry(row.try_get(0)?).or_default().push(row);
    }
    Ok(by_key)
}

fn list<T: serde::de::DeserializeOwned>(text: &str) -> Result<Vec<T>, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Row(error.to_string()))
}

fn decoded<T: Coded>(value: i16) -> Result<T, Fault> {
    T::decode(value.into()).ok_or_else(|| Fault::Row(format!("no value {value}")))
}

/// A feedback from the columns that statements give behind the place.
fn feedback<'batch>(row: &Row, key: StandingKey) -> Result<FeedbackRow<'batch>, Fault> {
    let time = |column| -> Result<_, Fault> {
        Ok(row
            .try_get::<_, Option<i64>>(column)?
            .map(Timestamp::from_microseconds))
    };
    let rating: Option<i16> = row.try_get(1)?;
    let score = match row.try_get::<_, Option<f64>>(2)? {
        None => None,
        Some(value) => Some(
            Score::new(value, row.try_get(3)?, row.try_get(4)?)
                .map_err(|error| Fault::Row(error.to_string()))?,
        ),
    };
    let judgement = Judgement {
        rating: rating.map(decoded).transpose()?,
        score,
        resolved: row.try_get::<_, Option<i16>>(5)?.map(|value| value != 0),
        reasons: match row.try_get::<_, Option<&str>>(6)? {
            None => Vec::new(),
            Some(text) => list(text)?,
        },
        comment: row.try_get(7)?,
        correction: row.try_get(8)?,
        attributes: Vec::new(),
        message_copied_at: time(10)?,
        submitted_at: time(11)?,
        metadata: row.try_get(12)?,
    };
    let version: i64 = row.try_get(18)?;
    Ok(FeedbackRow {
        state: State::Stored,
        row: row.try_get(14)?,
        id: FeedbackId(row.try_get(15)?),
        key,
        said: Said {
            judgement,
            retracted: row.try_get::<_, i16>(13)? != 0,
            channel: decoded(row.try_get(16)?)?,
            api_key: row.try_get(17)?,
            version: u32::try_from(version).map_err(|error| Fault::Row(error.to_string()))?,
            updated_at: Timestamp::from_microseconds(row.try_get(20)?),
        },
        created_at: Timestamp::from_microseconds(row.try_get(19)?),
        project: 0,
        external_id: None,
    })
}
