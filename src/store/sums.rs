//! Sums over feedback, from the rollups alone: what it costs grows with days and criteria, never with votes.

use super::Store;
use super::administer::project_row;
use super::codes::coded;
use super::filter::{Conditions, ROWS, rows};
use super::sql::Value;
use super::sql::{self, Connection, params_from_iter};
use crate::domain::{Day, Dialect, Dimension, ProjectId, Sentiment, Sums};
use crate::error::Result;
use crate::store::{SumsQuery, SumsRow};
use std::collections::{BTreeMap, HashMap};

/// What a group has in common: the first day, the place of the project in the query, the channel's code, the label, the
/// sentiment's code.
type Group = (
    Option<Day>,
    Option<usize>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

impl Store {
    /// Sums over standing feedback, sorted by time and then by the dimensions; groups without feedback are left out. None if
    /// there are more groups than the query allows.
    pub async fn sums(&self, query: SumsQuery) -> Result<Option<Vec<SumsRow>>> {
        self.read(move |connection| sums(connection, &query)).await
    }
}

fn sums(connection: Connection<'_>, query: &SumsQuery) -> sql::Result<Option<Vec<SumsRow>>> {
    let mut groups = BTreeMap::<Group, Sums>::new();
    if query.interval.is_none() && query.dimensions.is_empty() {
        groups.insert((None, None, None, None, None), Sums::default());
    }
    for (place, project) in query.projects.iter().enumerate() {
        let Some((project, _)) = project_row(connection, *project)? else {
            continue;
        };
        let (sql, values) = select(query, project);
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let by = |dimension| query.dimensions.contains(&dimension);
            let day = Day(row.get(0)?);
            let group = (
                query.interval.map(|interval| interval.start(day)),
                by(Dimension::Project).then_some(place),
                by(Dimension::Channel).then_some(row.get(1)?),
                by(Dimension::Name).then_some(row.get(2)?),
                by(Dimension::Sentiment).then_some(row.get(3)?),
            );
            let sentiment: Sentiment = coded(&row, 3)?;
            let number = |column| {
                row.get::<_, i64>(column)
                    .map(|sum| sum.max(0).unsigned_abs())
            };
            *groups.entry(group).or_default() += Sums::of(sentiment, number(4)?, number(5)?);
            if groups.len() > query.most {
                return Ok(None);
            }
        }
    }
    let mut names = HashMap::new();
    let mut found = groups
        .into_iter()
        .map(|(group, sums)| named(connection, &mut names, &query.projects, group, sums))
        .collect::<sql::Result<Vec<_>>>()?;
    found.sort_by(|one, other| place(one).cmp(&place(other)));
    Ok(Some(found))
}

/// One project's rollups.
fn select(query: &SumsQuery, project: i64) -> (String, Vec<Value>) {
    let mut found = Conditions::default();
    found.add(
        "r.project = ? AND r.day >= ? AND r.day < ? AND r.votes > 0",
        [project, query.since.0.into(), query.until.0.into()].map(Value::Integer),
    );
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
    let sql = format!(
        "SELECT r.day, r.channel, r.name, r.sentiment, r.votes, r.comments FROM rollups r WHERE {}",
        found.sql()
    );
    (sql, found.values)
}

fn codes<T: super::codes::Coded>(values: &[T]) -> Value {
    let codes: Vec<i64> = values.iter().map(|value| value.code()).collect();
    rows(&codes)
}

fn named(
    connection: Connection<'_>,
    names: &mut HashMap<i64, String>,
    projects: &[ProjectId],
    (since, project, channel, name, sentiment): Group,
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
type Place<'row> = (Option<Day>, Option<ProjectId>, [Option<&'row str>; 3]);

fn place(row: &SumsRow) -> Place<'_> {
    let channel = row.channel.map(Dialect::name);
    let sentiment = row.sentiment.map(Sentiment::name);
    let words = [channel, row.name.as_deref(), sentiment];
    (row.since, row.project, words)
}
