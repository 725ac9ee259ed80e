//! What was found, as rows that votes look at.

use super::entry::{Entry, Named, Prepared};
use super::rows::{
    ConversationRow, FeedbackRow, LatestRow, MessageRow, Remembered, Rows, Said, StandingKey,
    State, Target,
};
use super::save::Fault;
use crate::domain::{
    AttributeAnswer, AttributeId, EndUserId, FeedbackId, Judgement, OptionId, Score, Timestamp,
};
use crate::store::codes::Coded;
use crate::store::find::UserRow;
use std::collections::HashMap;
use tokio_postgres::Row;
use uuid::Uuid;

/// People by their names.
pub(super) fn people<'batch>(
    votes: impl Iterator<Item = &'batch Prepared>,
    found: &[Row],
) -> Result<HashMap<Named<'batch>, UserRow>, Fault> {
    let found = by_key(found)?;
    let mut known = HashMap::new();
    for name in votes.flat_map(Prepared::people) {
        for row in found.get(&name.key).into_iter().flatten() {
            if row.try_get::<_, i64>(1)? == name.scope && row.try_get::<_, &str>(2)? == name.name {
                let user = UserRow {
                    row: row.try_get(3)?,
                    id: EndUserId(row.try_get(4)?),
                };
                known.insert(name, user);
            }
        }
    }
    Ok(known)
}

/// The place that a row names, in the arrays that were asked with.
fn place(row: &Row) -> Result<usize, Fault> {
    let place: i64 = row.try_get(0)?;
    usize::try_from(place - 1).map_err(|error| Fault::Row(error.to_string()))
}

impl<'batch> Rows<'batch> {
    pub(super) fn know_requests(
        &mut self,
        entries: &'batch [Entry],
        found: &[Row],
    ) -> Result<(), Fault> {
        let mut known = HashMap::with_capacity(found.len());
        for row in found {
            let request: Vec<u8> = row.try_get(1)?;
            let made: Option<Uuid> = row.try_get(2)?;
            let version: i64 = row.try_get(4)?;
            let remembered = Remembered {
                request_sha256: request
                    .try_into()
                    .map_err(|_| Fault::Row("a digest of another length".to_owned()))?,
                made: made.map(FeedbackId),
                outcome: decoded(row.try_get(3)?)?,
                version: u32::try_from(version).map_err(|error| Fault::Row(error.to_string()))?,
            };
            known.insert(row.try_get::<_, &str>(0)?, remembered);
        }
        for asked in entries
            .iter()
            .filter_map(|entry| entry.vote.idempotency.as_ref())
        {
            if let Some(remembered) = known.get(asked.key.as_str()) {
                self.remembered.insert(&asked.key, *remembered);
            }
        }
        Ok(())
    }

    pub(super) fn know_people(
        &mut self,
        entries: &'batch [Entry],
        found: &[Row],
    ) -> Result<(), Fault> {
        self.people = people(entries.iter().map(|entry| &entry.vote), found)?;
        self.know_segments(found)
    }

    pub(super) fn know_latest(&mut self, latest: &[Row], quiet: &[Row]) -> Result<(), Fault> {
        for row in latest {
            let found = LatestRow {
                row: row.try_get(2)?,
                bucket: row.try_get::<_, i16>(3)?.into(),
                created_at: time(row, 4)?,
            };
            self.latest
                .insert((row.try_get(0)?, row.try_get(1)?), found);
        }
        for row in quiet {
            let person = (row.try_get(0)?, row.try_get(1)?);
            self.quiet.insert(person, (time(row, 2)?, false));
        }
        Ok(())
    }

    pub(super) fn know_times(&mut self, found: &[Row]) -> Result<(), Fault> {
        for row in found {
            let times = (time(row, 1)?, time(row, 2)?);
            self.times.insert(FeedbackId(row.try_get(0)?), times);
        }
        Ok(())
    }

    pub(super) fn know_conversations(
        &mut self,
        entries: &'batch [Entry],
        found: &[Row],
    ) -> Result<(), Fault> {
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

    pub(super) fn know_options(
        &mut self,
        found: &[Row],
    ) -> Result<HashMap<i64, AttributeAnswer>, Fault> {
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

    pub(super) fn know_messages(
        &mut self,
        wanted: &[Named<'batch>],
        found: &[Row],
    ) -> Result<(), Fault> {
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
                name: Some(name),
                conversation: row.try_get(2)?,
                conversation_id: row.try_get(5)?,
                owner: row.try_get(3)?,
                created_at: Timestamp::MIN,
            });
            self.know_words(number, row, 6)?;
        }
        Ok(())
    }

    /// What was looked for by our ids, after what was by names: a row that is known stays one.
    pub(super) fn know_ids(
        &mut self,
        messages: &[Row],
        conversations: &[Row],
    ) -> Result<(), Fault> {
        for row in messages {
            let number = row.try_get(0)?;
            let known = self.numbered_messages.get(&number).copied();
            let place = match known {
                Some(place) => place,
                None => self.add_message(MessageRow {
                    state: State::Stored,
                    row: number,
                    id: row.try_get(1)?,
                    name: None,
                    conversation: row.try_get(3)?,
                    conversation_id: None,
                    owner: row.try_get(4)?,
                    created_at: Timestamp::MIN,
                }),
            };
            self.message_ids
                .insert((row.try_get(1)?, row.try_get(2)?), place);
            self.know_words(number, row, 5)?;
        }
        for row in conversations {
            let found = ConversationRow {
                row: row.try_get(0)?,
                id: row.try_get(1)?,
                owner: row.try_get(3)?,
            };
            self.owners.insert(found.row, found.owner);
            self.conversation_ids
                .insert((found.id, row.try_get(2)?), found);
        }
        Ok(())
    }

    /// Feedback that was looked for by its id, after what was by what it judges.
    pub(super) fn know_feedback_of_ids(
        &mut self,
        found: &[Row],
        answers: &mut Vec<(usize, Vec<i64>)>,
    ) -> Result<(), Fault> {
        for row in found {
            let target = match row.try_get::<_, Option<i64>>(23)? {
                Some(message) => Target::Message(message),
                None => Target::Conversation(row.try_get(24)?),
            };
            let key = StandingKey {
                target,
                kind: decoded(row.try_get(25)?)?,
                author: row.try_get(26)?,
                name: row.try_get(27)?,
            };
            let place = self.add_feedback(row, key, answers)?;
            let id = self.feedback[place].id;
            self.feedback_ids.insert((id, row.try_get(22)?), place);
            if let Target::Message(message) = target {
                self.know_words(message, row, 28)?;
            }
        }
        Ok(())
    }

    /// The place of a loaded feedback, which may be known.
    fn add_feedback(
        &mut self,
        row: &Row,
        key: StandingKey,
        answers: &mut Vec<(usize, Vec<i64>)>,
    ) -> Result<usize, Fault> {
        let found = feedback(row, key)?;
        if let Some(known) = self.numbered_feedback.get(&found.row) {
            return Ok(*known);
        }
        let place = self.feedback.len();
        self.numbered_feedback.insert(found.row, place);
        self.feedback.push(found);
        if let Some(rows) = row.try_get::<_, Option<&str>>(9)? {
            answers.push((place, list(rows)?));
        }
        Ok(place)
    }

    /// `answers` are given the rows of answers to attributes, with the place of the feedback.
    pub(super) fn know_feedback(
        &mut self,
        wanted: &[StandingKey],
        found: &[Row],
        answers: &mut Vec<(usize, Vec<i64>)>,
    ) -> Result<(), Fault> {
        for row in found {
            let key = wanted[place(row)?];
            let place = self.add_feedback(row, key, answers)?;
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

fn time(row: &Row, column: usize) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_microseconds(row.try_get(column)?))
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
    let optional_time = |column| -> Result<_, Fault> {
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
        message_copied_at: optional_time(10)?,
        submitted_at: optional_time(11)?,
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
            updated_at: time(row, 20)?,
        },
        created_at: time(row, 19)?,
        segments: match row.try_get::<_, Option<&str>>(21)? {
            None => Vec::new(),
            Some(rows) => list(rows)?,
        },
        project: 0,
        external_id: None,
    })
}
