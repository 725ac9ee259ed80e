//! Sums over feedback, from the rollups alone: what it costs grows with time and criteria, never with votes.
//!
//! A stretch of time is whole days of UTC, which have a sum each, and the quarters of an hour before and after them.

use super::Store;
use super::administer::project_row;
use super::codes::coded;
use super::counted::Level;
use super::filter::{Conditions, ROWS, rows};
use super::sql::{self, Connection, Row, Value, params_from_iter};
use crate::domain::{
    Dialect, Dimension, ProjectId, QUARTERS_A_DAY, Quarter, Sentiment, Stretch, Sums, Timestamp,
};
use crate::error::Result;
use crate::store::{SumsQuery, SumsRow};
use std::collections::{BTreeMap, HashMap};

/// What a group has in common: the stretch of time, the place of the project in the query, the channel's code, the label, the
/// sentiment's code.
type Group = (
    Option<usize>,
    Option<usize>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

/// How the engines give a stretch's sums. PostgreSQL adds them up, for it has one for each bucket, and each would be sent.
const SELECT: &str = "SELECT CAST(part.value ->> 0 AS INTEGER), r.channel, r.name, r.sentiment, r.votes, r.comments, r.resolved, \
     r.unresolved, r.scored, r.score FROM json_each(?) part CROSS JOIN rollups r \
     WHERE r.level = CAST(part.value ->> 1 AS INTEGER) AND r.slot >= CAST(part.value ->> 2 AS INTEGER) \
     AND r.slot < CAST(part.value ->> 3 AS INTEGER)";
const SELECT_ADDED: &str = "SELECT part.place, r.channel, r.name, r.sentiment, CAST(sum(r.votes) AS BIGINT), \
     CAST(sum(r.comments) AS BIGINT), CAST(sum(r.resolved) AS BIGINT), CAST(sum(r.unresolved) AS BIGINT), \
     CAST(sum(r.scored) AS BIGINT), CAST(sum(r.score) AS BIGINT) \
     FROM (SELECT CAST(numbers ->> 0 AS INTEGER) AS place, CAST(numbers ->> 1 AS INTEGER) AS level, \
       CAST(numbers ->> 2 AS INTEGER) AS first, CAST(numbers ->> 3 AS INTEGER) AS last \
       FROM (SELECT CAST(value AS JSON) AS numbers FROM json_each(?)) AS parts) AS part CROSS JOIN rollups r \
     WHERE r.level = part.level AND r.slot >= part.first AND r.slot < part.last";
/// What is counted in one bucket may be taken back in another.
const ADDED_BY: &str =
    " GROUP BY part.place, r.channel, r.name, r.sentiment HAVING sum(r.votes) > 0";

impl Store {
    /// Sums over standing feedback, sorted by time and then by the dimensions; groups without feedback are left out. None if
    /// there are more groups than the query allows, or more stretches of time.
    pub async fn sums(&self, query: SumsQuery) -> Result<Option<Vec<SumsRow>>> {
        let range = (query.since, query.until);
        let stretches = match query.interval {
            None => Vec::new(),
            Some(interval) => match interval.stretches(&query.zone, range, query.most) {
                None => return Ok(None),
                Some(stretches) => stretches,
            },
        };
        self.read(move |connection| sums(connection, &query, &stretches))
            .await
    }
}

fn sums(
    connection: Connection<'_>,
    query: &SumsQuery,
    stretches: &[Stretch],
) -> sql::Result<Option<Vec<SumsRow>>> {
    let mut groups = BTreeMap::<Group, Sums>::new();
    if query.interval.is_none() && query.dimensions.is_empty() {
        groups.insert((None, None, None, None, None), Sums::default());
    }
    let parts = match query.interval {
        None => parts(std::iter::once((query.since, query.until))),
        Some(_) => parts(stretches.iter().map(|one| (one.first, one.end))),
    };
    for (place, project) in query.projects.iter().enumerate() {
        let Some((project, _)) = project_row(connection, *project)? else {
            continue;
        };
        let (sql, values) = select(connection, query, &parts, project);
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let by = |dimension| query.dimensions.contains(&dimension);
            let group = (
                query.interval.is_some().then_some(stretch(&row)?),
                by(Dimension::Project).then_some(place),
                by(Dimension::Channel).then_some(row.get(1)?),
                by(Dimension::Name).then_some(row.get(2)?),
                by(Dimension::Sentiment).then_some(row.get(3)?),
            );
            *groups.entry(group).or_default() += summed(&row)?;
            if groups.len() > query.most {
                return Ok(None);
            }
        }
    }
    let mut names = HashMap::new();
    let mut found = groups
        .into_iter()
        .map(|(group, sums)| {
            let since = group.0.and_then(|place| stretches.get(place));
            let since = since.map(|stretch| stretch.since);
            named(connection, &mut names, &query.projects, since, group, sums)
        })
        .collect::<sql::Result<Vec<_>>>()?;
    found.sort_by(|one, other| place(one).cmp(&place(other)));
    Ok(Some(found))
}

/// Stretches of time as the parts that have sums: the place of the stretch, the level, the first slot, the one after the last.
fn parts(stretches: impl Iterator<Item = (Quarter, Quarter)>) -> Value {
    let mut parts: Vec<[i64; 4]> = Vec::new();
    for (place, (first, end)) in (0..).zip(stretches) {
        let mut add = |level: Level, first: i32, end: i32| {
            if first < end {
                parts.push([place, level as i64, first.into(), end.into()]);
            }
        };
        let first_day = Quarter(first.0 + QUARTERS_A_DAY - 1).day().0;
        let end_day = end.day().0;
        if first_day < end_day {
            add(Level::Quarter, first.0, first_day * QUARTERS_A_DAY);
            add(Level::Day, first_day, end_day);
            add(Level::Quarter, end_day * QUARTERS_A_DAY, end.0);
        } else {
            add(Level::Quarter, first.0, end.0);
        }
    }
    let texts: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
    Value::Text(format!("[{}]", texts.join(",")))
}

fn stretch(row: &Row<'_>) -> sql::Result<usize> {
    let place: i64 = row.get(0)?;
    Ok(usize::try_from(place).unwrap_or(0))
}

/// The sums of one row. Where they are wrong, none is less than nothing.
fn summed(row: &Row<'_>) -> sql::Result<Sums> {
    let number = |column| {
        row.get::<_, i64>(column)
            .map(|sum| sum.max(0).unsigned_abs())
    };
    let mut sums = Sums {
        votes: number(4)?,
        comments: number(5)?,
        resolved: number(6)?,
        unresolved: number(7)?,
        scored: number(8)?,
        score_millionths: number(9)?,
        ..Sums::default()
    };
    sums.tell_sentiment(coded(row, 3)?);
    Ok(sums)
}

/// One project's rollups.
fn select(
    connection: Connection<'_>,
    query: &SumsQuery,
    parts: &Value,
    project: i64,
) -> (String, Vec<Value>) {
    let mut found = Conditions::default();
    found.add("r.project = ? AND r.kind = 0", [Value::Integer(project)]);
    if !query.channels.is_empty() {
        found.add(&format!("r.channel IN {ROWS}"), [codes(&query.channels)]);
    }
    if !query.sentiments.is_empty() {
        found.add(
            &format!("r.sentiment IN {ROWS}"),
            [codes(&query.sentiments)],
        );
    }
    if !query.names.is_empty() {
        let places = vec!["?"; query.names.len()].join(", ");
        found.add(
            &format!("r.name IN (SELECT row_id FROM labels WHERE text IN ({places}))"),
            query.names.iter().cloned().map(Value::Text),
        );
    }
    let (begin, end) = (
        connection.text(SELECT, SELECT_ADDED),
        connection.text(" AND r.votes > 0", ADDED_BY),
    );
    let sql = format!("{begin} AND {}{end}", found.sql());
    let values = std::iter::once(parts.clone()).chain(found.values).collect();
    (sql, values)
}

fn codes<T: super::codes::Coded>(values: &[T]) -> Value {
    let codes: Vec<i64> = values.iter().map(|value| value.code()).collect();
    rows(&codes)
}

fn named(
    connection: Connection<'_>,
    names: &mut HashMap<i64, String>,
    projects: &[ProjectId],
    since: Option<Timestamp>,
    (_, project, channel, name, sentiment): Group,
    sums: Sums,
) -> sql::Result<SumsRow> {
    let name = name
        .map(|label| text(connection, names, label))
        .transpose()?;
    Ok(SumsRow {
        since,
        project: project.and_then(|place| projects.get(place)).copied(),
        channel: channel.and_then(<Dialect as super::codes::Coded>::decode),
        name,
        sentiment: sentiment.and_then(<Sentiment as super::codes::Coded>::decode),
        sums,
    })
}

/// The text of a label, looked up once.
fn text(
    connection: Connection<'_>,
    names: &mut HashMap<i64, String>,
    label: i64,
) -> sql::Result<String> {
    if let Some(known) = names.get(&label) {
        return Ok(known.clone());
    }
    let text: String = connection
        .prepare_cached("SELECT text FROM labels WHERE row_id = ?1")?
        .query_row([label], |row| row.get(0))?;
    names.insert(label, text.clone());
    Ok(text)
}

/// Where a row comes in the answer: by time, project, channel, criterion, sentiment.
type Place<'row> = (Option<Timestamp>, Option<ProjectId>, [Option<&'row str>; 3]);

fn place(row: &SumsRow) -> Place<'_> {
    let channel = row.channel.map(Dialect::name);
    let sentiment = row.sentiment.map(Sentiment::name);
    let words = [channel, row.name.as_deref(), sentiment];
    (row.since, row.project, words)
}
