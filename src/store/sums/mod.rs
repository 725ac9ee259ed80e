//! Sums over feedback, from the rollups: what they cost grows with time and criteria, never with votes. What the rollups do not
//! know is counted from the rows, as long as these are few: see [`counted`].
//!
//! A stretch of time is whole days of UTC, which have a sum each, and the quarters of an hour before and after them.

mod counted;
mod facet;
mod group;

use super::Store;
use super::administer::project_row;
use super::codes::{Coded, coded};
use super::counted::Level;
use super::filter::{Conditions, ROWS, rows};
use super::sql::{self, Connection, Row, Value, params_from_iter};
use crate::domain::{QUARTERS_A_DAY, Quarter, Stretch, Sums};
use crate::error::Result;
use crate::limits;
use crate::store::{SumsQuery, SumsRow, TooMuch};
use facet::Sought;
use group::{Group, Groups};

/// How the engines give a stretch's sums. PostgreSQL adds them up, for it has one for each bucket, and each would be sent.
const SELECT: &str = "SELECT CAST(part.value ->> 0 AS INTEGER), r.channel, r.name, r.sentiment, r.votes, r.comments, r.resolved, \
     r.unresolved, r.scored, r.score, r.value, r.detail FROM json_each(?) part CROSS JOIN rollups r \
     WHERE r.level = CAST(part.value ->> 1 AS INTEGER) AND r.slot >= CAST(part.value ->> 2 AS INTEGER) \
     AND r.slot < CAST(part.value ->> 3 AS INTEGER)";
const SELECT_ADDED: &str = "SELECT part.place, r.channel, r.name, r.sentiment, CAST(sum(r.votes) AS BIGINT) AS votes, \
     CAST(sum(r.comments) AS BIGINT), CAST(sum(r.resolved) AS BIGINT), CAST(sum(r.unresolved) AS BIGINT), \
     CAST(sum(r.scored) AS BIGINT), CAST(sum(r.score) AS BIGINT), r.value, r.detail \
     FROM (SELECT CAST(numbers ->> 0 AS INTEGER) AS place, CAST(numbers ->> 1 AS INTEGER) AS level, \
       CAST(numbers ->> 2 AS INTEGER) AS first, CAST(numbers ->> 3 AS INTEGER) AS last \
       FROM (SELECT CAST(value AS JSON) AS numbers FROM json_each(?)) AS parts) AS part CROSS JOIN rollups r \
     WHERE r.level = part.level AND r.slot >= part.first AND r.slot < part.last";
/// What is counted in one bucket may be taken back in another.
const ADDED_BY: &str = " GROUP BY part.place, r.channel, r.name, r.sentiment, r.value, r.detail HAVING sum(r.votes) > 0";

impl Store {
    /// Sums over standing feedback, sorted by time and then by the dimensions; groups without feedback are left out.
    pub async fn sums(
        &self,
        query: SumsQuery,
    ) -> Result<std::result::Result<Vec<SumsRow>, TooMuch>> {
        let range = (query.since, query.until);
        let stretches = match query.interval {
            None => Vec::new(),
            Some(interval) => match interval.stretches(&query.zone, range, query.most) {
                None => return Ok(Err(TooMuch::Groups)),
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
) -> sql::Result<std::result::Result<Vec<SumsRow>, TooMuch>> {
    let mut groups = Groups::new(query, stretches);
    let parts = match query.interval {
        None => parts(std::iter::once((query.since, query.until))),
        Some(_) => parts(stretches.iter().map(|one| (one.first, one.end))),
    };
    let mut from_rows = Vec::new();
    for (place, project) in query.projects.iter().enumerate() {
        let Some((project, workspace)) = project_row(connection, *project)? else {
            continue;
        };
        let Some(sought) = Sought::of(connection, query, (project, workspace))? else {
            continue;
        };
        groups.know_options(connection, project)?;
        if !sought.is_summed() {
            from_rows.push((place, project, sought));
            continue;
        }
        let (sql, values) = select(connection, query, &parts, project, &sought);
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let stretch: i64 = row.get(0)?;
            let facet = (row.get(10)?, row.get(11)?);
            let group = Group::of(&groups, &row, (stretch, place), facet)?;
            groups.add(group, summed(&row)?);
            if groups.are_too_many() {
                return Ok(Err(TooMuch::Groups));
            }
        }
    }
    let mut looked = 0;
    for (place, project, sought) in from_rows {
        looked += votes(connection, query, &parts, project)?;
        if looked > limits::QUERY_ROWS {
            return Ok(Err(TooMuch::Rows));
        }
        counted::add(connection, query, (place, project), &sought, &mut groups)?;
        if groups.are_too_many() {
            return Ok(Err(TooMuch::Groups));
        }
    }
    groups.named(connection).map(Ok)
}

/// How many votes of a project are in the range, as far as the sums over all feedback know what is asked for.
fn votes(
    connection: Connection<'_>,
    query: &SumsQuery,
    parts: &Value,
    project: i64,
) -> sql::Result<u64> {
    let (sql, values) = select(connection, query, parts, project, &Sought::default());
    let counted = format!("SELECT CAST(coalesce(sum(votes), 0) AS BIGINT) FROM ({sql}) AS found");
    connection.query_row(&counted, params_from_iter(values), |row| {
        row.get::<_, i64>(0)
            .map(|votes| votes.max(0).unsigned_abs())
    })
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
    sought: &Sought,
) -> (String, Vec<Value>) {
    let mut found = Conditions::default();
    found.add(
        "r.project = ? AND r.kind = ?",
        [project, sought.kind()].map(Value::Integer),
    );
    narrow(&mut found, query, "r");
    sought.narrow_sums(&mut found);
    let (begin, end) = (
        connection.text(SELECT, SELECT_ADDED),
        connection.text(" AND r.votes > 0", ADDED_BY),
    );
    let sql = format!("{begin} AND {}{end}", found.sql());
    let values = std::iter::once(parts.clone()).chain(found.values).collect();
    (sql, values)
}

/// Narrows what is counted to the channels, criteria and sentiments that are asked for.
fn narrow(found: &mut Conditions, query: &SumsQuery, table: &str) {
    if !query.channels.is_empty() {
        let channels = codes(&query.channels);
        found.add(&format!("{table}.channel IN {ROWS}"), [channels]);
    }
    if !query.sentiments.is_empty() {
        let sentiments = codes(&query.sentiments);
        found.add(&format!("{table}.sentiment IN {ROWS}"), [sentiments]);
    }
    if !query.names.is_empty() {
        let places = vec!["?"; query.names.len()].join(", ");
        found.add(
            &format!("{table}.name IN (SELECT row_id FROM labels WHERE text IN ({places}))"),
            query.names.iter().cloned().map(Value::Text),
        );
    }
}

fn codes<T: Coded>(values: &[T]) -> Value {
    let codes: Vec<i64> = values.iter().map(|value| value.code()).collect();
    rows(&codes)
}
