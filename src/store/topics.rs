//! What messages are about.

use super::Store;
use super::batch::Batch;
use super::codes::{Coded as _, coded, id, time};
use super::filter::{ROWS, rows};
use super::sql::{self, Connection, OptionalExtension as _, Owner, Row, Seat, params};
use crate::domain::{ProjectId, Timestamp, Topic, TopicDraft, TopicKind, TopicOfMessage};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;

/// The columns that [`read`] reads, of `topics t` and `projects p`.
const COLUMNS: &str = "t.row_id, p.id, t.kind, t.name, t.description, t.created_at";

const SELECT_OF_MESSAGES: &str = "l.row_id, l.message FROM topic_messages l JOIN topics t ON t.row_id = l.topic \
     JOIN projects p ON p.row_id = t.project";

impl Store {
    /// Makes a topic of a project. One of the same kind and name stays as it is.
    pub async fn put_topic(&self, project: ProjectId, draft: TopicDraft) -> Result<Topic> {
        self.write_for(project, move |batch| batch.put_topic(project, &draft))
            .await
    }

    /// Says that a message is about a topic of the same project, both by number. Saying it again changes nothing. None
    /// if one of them is not there.
    pub async fn attach_topic(
        &self,
        projects: Vec<ProjectId>,
        kind: TopicKind,
        topic: i64,
        message: i64,
    ) -> Result<Option<TopicOfMessage>> {
        self.write(move |batch| batch.attach_topic(&projects, kind, topic, message))
            .await
    }

    /// Takes back that a message is about a topic, by the number that [`Store::attach_topic`] gave. Tells whether it
    /// was so.
    pub async fn detach_topic(
        &self,
        projects: Vec<ProjectId>,
        kind: TopicKind,
        number: i64,
    ) -> Result<bool> {
        self.write(move |batch| {
            let Some(found) = attached(batch.connection, kind, number)? else {
                return Ok(Ok(false));
            };
            if !projects.contains(&found.topic.project) {
                return Ok(Ok(false));
            }
            batch
                .connection
                .prepare_cached("DELETE FROM topic_messages WHERE row_id = ?1")?
                .execute([number])
                .map(|changed| Ok(changed == 1))
        })
        .await
    }

    /// What messages are about, by their numbers, in the order in which it was said.
    pub async fn topics_of_messages(
        &self,
        projects: Vec<ProjectId>,
        messages: Vec<i64>,
    ) -> Result<Vec<TopicOfMessage>> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS}, {SELECT_OF_MESSAGES} WHERE l.message IN {ROWS} ORDER BY l.row_id"
            );
            let mut found = connection
                .prepare_cached(&sql)?
                .query_map([rows(&messages)], read_of_message)?
                .collect::<sql::Result<Vec<_>>>()?;
            found.retain(|one| projects.contains(&one.topic.project));
            Ok(found)
        })
        .await
    }
}

impl Batch<'_> {
    fn put_topic(&mut self, project: ProjectId, draft: &TopicDraft) -> sql::Result<Result<Topic>> {
        let row = self.project(project)?.project;
        let kind = draft.kind.code();
        let known: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT row_id FROM topics WHERE project = ?1 AND kind = ?2 AND name = ?3",
            )?
            .query_row(params![row, kind, draft.name], |row| row.get(0))
            .optional()?;
        let number = if let Some(known) = known {
            known
        } else {
            let many: i64 = self
                .connection
                .prepare_cached("SELECT count(*) FROM topics WHERE project = ?1 AND kind = ?2")?
                .query_row([row, kind], |row| row.get(0))?;
            if many >= limits::TOPICS {
                return Ok(Err(too_many("a project has", limits::TOPICS, draft.kind)));
            }
            self.insert_topic(row, draft)?
        };
        topic(self.connection, number).map(Ok)
    }

    fn insert_topic(&self, project: i64, draft: &TopicDraft) -> sql::Result<i64> {
        let created_at = draft.created_at.unwrap_or_else(|| self.now());
        self.connection
            .insert("INSERT INTO topics (project, kind, name, description, created_at) VALUES (?1, ?2, ?3, ?4, ?5)", Seat::Shared, params![
                project,
                draft.kind.code(),
                draft.name,
                draft.description,
                created_at.microseconds()
            ])
    }

    fn attach_topic(
        &mut self,
        projects: &[ProjectId],
        kind: TopicKind,
        topic: i64,
        message: i64,
    ) -> sql::Result<Result<Option<TopicOfMessage>>> {
        let project: Option<(ProjectId, i64)> = self
            .connection
            .prepare_cached(
                "SELECT p.id, p.row_id FROM topics t JOIN messages m ON m.project = t.project
                 JOIN projects p ON p.row_id = t.project WHERE t.row_id = ?1 AND t.kind = ?2 AND m.row_id = ?3",
            )?
            .query_row([topic, kind.code(), message], |row| {
                Ok((ProjectId(id(row, 0)?), row.get(1)?))
            })
            .optional()?;
        if !project.is_some_and(|(project, _)| projects.contains(&project)) {
            return Ok(Ok(None));
        }
        let number = if let Some(known) = self.attachment(topic, message)? {
            known
        } else {
            if self.topics_of(message, kind)? >= limits::MESSAGE_TOPICS {
                return Ok(Err(too_many("a message has", limits::MESSAGE_TOPICS, kind)));
            }
            self.insert_attachment(topic, message, self.now())?
        };
        attached(self.connection, kind, number).map(Ok)
    }

    fn attachment(&self, topic: i64, message: i64) -> sql::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT row_id FROM topic_messages WHERE topic = ?1 AND message = ?2")?
            .query_row([topic, message], |row| row.get(0))
            .optional()
    }

    fn topics_of(&self, message: i64, kind: TopicKind) -> sql::Result<i64> {
        self.connection
            .prepare_cached(
                "SELECT count(*) FROM topic_messages l JOIN topics t ON t.row_id = l.topic
                 WHERE l.message = ?1 AND t.kind = ?2",
            )?
            .query_row([message, kind.code()], |row| row.get(0))
    }

    fn insert_attachment(&self, topic: i64, message: i64, now: Timestamp) -> sql::Result<i64> {
        self.connection.insert(
            "INSERT INTO topic_messages (topic, message, created_at) VALUES (?1, ?2, ?3)",
            Seat::Beside(Owner::Message(message)),
            [topic, message, now.microseconds()],
        )
    }
}

fn topic(connection: Connection<'_>, number: i64) -> sql::Result<Topic> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM topics t JOIN projects p ON p.row_id = t.project WHERE t.row_id = ?1"
        ))?
        .query_row([number], read)
}

fn attached(
    connection: Connection<'_>,
    kind: TopicKind,
    number: i64,
) -> sql::Result<Option<TopicOfMessage>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS}, {SELECT_OF_MESSAGES} WHERE l.row_id = ?1 AND t.kind = ?2"
        ))?
        .query_row([number, kind.code()], read_of_message)
        .optional()
}

fn read(row: &Row<'_>) -> sql::Result<Topic> {
    Ok(Topic {
        number: row.get(0)?,
        project: ProjectId(id(row, 1)?),
        kind: coded(row, 2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        created_at: time(row, 5)?,
    })
}

fn read_of_message(row: &Row<'_>) -> sql::Result<TopicOfMessage> {
    Ok(TopicOfMessage {
        topic: read(row)?,
        number: row.get(6)?,
        message: row.get(7)?,
    })
}

fn too_many(whose: &str, most: i64, kind: TopicKind) -> Error {
    let message = format!("{whose} at most {most} topics that are an {}", kind.name());
    Error::new(ErrorKind::Conflict, message)
}
