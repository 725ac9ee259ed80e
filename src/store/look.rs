//! Looking through a project's feedback from the latest to the earliest, no further than a bound.
//!
//! A filter that nearly nothing matches must not make one request read millions of rows. A look ends after so many, says how
//! far it came, and the next page goes on from there. The sums tell which days hold nothing of what is looked for; those
//! cost nothing.

use super::sql::Value;
use super::sql::{self, Connection, params_from_iter};
use crate::domain::{Day, Sentiment, Timestamp};
use crate::limits;

use super::filter::{Conditions, Source};
use super::sqlite::search;

/// A place in a list, which goes from the greatest to the least: a row, by its time and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// Microseconds; in a search whole seconds, for so the words are in order.
    pub(super) at: i64,
    pub(super) row: i64,
}

/// What may be looked for, in one project.
#[derive(Debug)]
pub(super) struct Sought {
    pub(super) project: i64,
    pub(super) source: Source,
    /// What must hold of a row.
    pub(super) conditions: Conditions,
    /// What the sums tell about the days; none if they tell nothing.
    pub(super) days: Option<Days>,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

/// Which sums a filter's rows are counted in: a day without any of them holds none of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) channel: Option<i64>,
    pub(super) name: Option<i64>,
    pub(super) sentiments: Vec<Sentiment>,
    pub(super) commented: bool,
    pub(super) rated: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The latest first.
    pub(super) found: Vec<Spot>,
    /// How far the look came; none if it came to the end.
    pub(super) reached: Option<Spot>,
}

impl Sought {
    /// Looks for up to `most` rows that come after a place, among at most `looked` rows.
    pub(super) fn look(
        &self,
        connection: Connection<'_>,
        after: Option<Spot>,
        most: usize,
        looked: usize,
    ) -> sql::Result<Looked> {
        let range = self.range(after);
        match &self.source {
            Source::Few { .. } => self.few(connection, range, most),
            Source::Words(query) => match connection {
                Connection::Sqlite(_) => self.words(connection, query, after, most, looked),
                Connection::Postgres(_) => self.by_time(connection, range, most, looked),
            },
            Source::Time | Source::Commented | Source::Complaints => {
                self.by_time(connection, range, most, looked)
            }
        }
    }

    /// The least time, and the place before which all is.
    fn range(&self, after: Option<Spot>) -> (i64, Spot) {
        let since = self.since.unwrap_or(Timestamp::MIN).microseconds();
        let until = Spot {
            at: self.until.map_or(i64::MAX, Timestamp::microseconds),
            row: i64::MIN,
        };
        (since, after.map_or(until, |after| after.min(until)))
    }

    /// All of few rows, in order.
    fn few(
        &self,
        connection: Connection<'_>,
        (since, before): (i64, Spot),
        most: usize,
    ) -> sql::Result<Looked> {
        let Source::Few { rows, values } = &self.source else {
            return Ok(Looked::default());
        };
        let sql = format!(
            "SELECT f.created_at, f.row_id FROM feedback f WHERE f.row_id IN ({rows}) AND {} AND +f.project = ?
             AND +f.created_at >= ? AND (+f.created_at, f.row_id) < (?, ?)
             ORDER BY +f.created_at DESC, f.row_id DESC LIMIT ?",
            self.conditions.sql()
        );
        let most_rows = i64::try_from(most).unwrap_or(i64::MAX);
        let own = [self.project, since, before.at, before.row, most_rows].map(Value::Integer);
        let values = values.iter().chain(&self.conditions.values).chain(&own);
        let found: Vec<Spot> = connection
            .prepare_cached(&sql)?
            .query_map(params_from_iter(values), |row| {
                Ok(Spot {
                    at: row.get(0)?,
                    row: row.get(1)?,
                })
            })?
            .collect::<sql::Result<_>>()?;
        Ok(Looked {
            reached: found.last().copied().filter(|_| found.len() >= most),
            found,
        })
    }

    fn by_time(
        &self,
        connection: Connection<'_>,
        (since, before): (i64, Spot),
        most: usize,
        looked: usize,
    ) -> sql::Result<Looked> {
        let mut walk = Walk {
            most,
            left: looked,
            looked: Looked::default(),
        };
        let sql = by_time(&self.source, &self.conditions);
        let days = match &self.source {
            Source::Words(_) => &None,
            _ => &self.days,
        };
        let Some(days) = days else {
            self.stretch(connection, &sql, since, before, &mut walk)?;
            return Ok(walk.looked);
        };
        let (sums, values) = days.sums(self.project, since, before.at);
        let mut sums = connection.prepare_cached(&sums)?;
        let mut sums = sums.query(params_from_iter(values))?;
        while let Some(sum) = sums.next()? {
            let day = Day(sum.get(0)?);
            let end = Spot {
                at: Day(day.0 + 1).start().microseconds(),
                row: i64::MIN,
            };
            let from = day.start().microseconds().max(since);
            if !self.stretch(connection, &sql, from, before.min(end), &mut walk)? {
                break;
            }
        }
        Ok(walk.looked)
    }

    /// Walks a stretch of time. False if the look is over.
    fn stretch(
        &self,
        connection: Connection<'_>,
        sql: &str,
        since: i64,
        before: Spot,
        walk: &mut Walk,
    ) -> sql::Result<bool> {
        let mut select = connection.prepare_cached(sql)?;
        let (mut before, mut most) = (before, walk.at_once(connection));
        loop {
            let own = [self.project, since, before.at, before.row].map(Value::Integer);
            let words = match &self.source {
                Source::Words(query) => Some(Value::Text(query.clone())),
                _ => None,
            };
            let last = words.into_iter().chain([Value::Integer(most)]);
            let values = self
                .conditions
                .values
                .iter()
                .chain(&own)
                .cloned()
                .chain(last);
            let mut rows = select.query(params_from_iter(values))?;
            let mut read = 0;
            while let Some(row) = rows.next()? {
                before = Spot {
                    at: row.get(0)?,
                    row: row.get(1)?,
                };
                read += 1;
                if !walk.saw(before, row.get::<_, Option<bool>>(2)?) {
                    return Ok(false);
                }
            }
            if read < most {
                return Ok(true);
            }
            most = most.saturating_mul(2);
        }
    }

    fn words(
        &self,
        connection: Connection<'_>,
        query: &str,
        after: Option<Spot>,
        most: usize,
        looked: usize,
    ) -> sql::Result<Looked> {
        let mut walk = Walk {
            most,
            left: looked,
            looked: Looked::default(),
        };
        let since = self.since.unwrap_or(Timestamp::MIN).microseconds();
        let until = self.until.unwrap_or(Timestamp::MAX).microseconds();
        // The index knows seconds, so it gives the whole second in which the time ends; the rows' own times are looked at.
        let end = match (after, self.until) {
            (Some(after), _) => search::place(after.at, after.row),
            (None, Some(_)) => search::place(until, search::ROW_MASK).saturating_add(1),
            (None, None) => i64::MAX,
        };
        let mut select = connection.prepare_cached(&by_words(&self.conditions))?;
        let own = [
            Value::Integer(since),
            Value::Integer(until),
            Value::Integer(self.project),
            Value::Text(query.to_owned()),
            Value::Integer(search::place(since, 0)),
            Value::Integer(end),
        ];
        let values = self.conditions.values.iter().chain(&own);
        let mut rows = select.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let spot = search::spot(row.get(0)?);
            if !walk.saw(spot, row.get::<_, Option<bool>>(1)?) {
                break;
            }
        }
        Ok(walk.looked)
    }
}

/// A look under way.
struct Walk {
    most: usize,
    left: usize,
    looked: Looked,
}

impl Walk {
    /// How many rows are read at once: SQLite gives one after the other, PostgreSQL all that are asked for.
    fn at_once(&self, connection: Connection<'_>) -> i64 {
        let some = match connection {
            Connection::Sqlite(_) => usize::MAX,
            Connection::Postgres(_) => self.most.saturating_mul(2).max(64),
        };
        i64::try_from(some).unwrap_or(i64::MAX)
    }

    /// Takes a row that is looked for or not. False if the look is over.
    fn saw(&mut self, spot: Spot, matches: Option<bool>) -> bool {
        if matches == Some(true) {
            self.looked.found.push(spot);
        }
        self.left = self.left.saturating_sub(1);
        let over = self.left == 0 || self.looked.found.len() >= self.most;
        self.looked.reached = over.then_some(spot);
        !over
    }
}

/// Rows in the order of time, and whether each is looked for.
pub(super) fn by_time(source: &Source, conditions: &Conditions) -> String {
    let (index, narrower) = match source {
        Source::Commented => ("feedback_commented", " AND f.comment IS NOT NULL"),
        Source::Complaints => (
            "feedback_complaints",
            " AND f.comment IS NOT NULL AND f.sentiment = 2",
        ),
        Source::Words(_) => (
            "feedback_by_time",
            " AND f.words @@ CAST(CAST(? AS TEXT) AS TSQUERY)",
        ),
        Source::Time | Source::Few { .. } => ("feedback_by_time", ""),
    };
    format!(
        "SELECT f.created_at, f.row_id, ({}) FROM feedback f INDEXED BY {index}
         WHERE f.project = ? AND f.created_at >= ? AND (f.created_at, f.row_id) < (?, ?){narrower}
         ORDER BY f.created_at DESC, f.row_id DESC LIMIT ?",
        conditions.sql()
    )
}

/// Rows of the search index, the latest first, and whether each is looked for.
pub(super) fn by_words(conditions: &Conditions) -> String {
    format!(
        "SELECT s.rowid, ({} AND f.created_at >= ? AND f.created_at < ? AND f.project = ?)
         FROM search s CROSS JOIN feedback f ON f.row_id = (s.rowid & {})
         WHERE s.comment MATCH ? AND s.rowid >= ? AND s.rowid < ? ORDER BY s.rowid DESC",
        conditions.sql(),
        search::ROW_MASK
    )
}

impl Days {
    /// A query for the days that hold something, the latest first.
    pub(super) fn sums(&self, project: i64, since: i64, until: i64) -> (String, Vec<Value>) {
        let day = |at| i64::from(Timestamp::from_microseconds(at).day().0);
        let mut found = Conditions::default();
        found.add(
            "project = ? AND kind = 0 AND level = 0 AND slot >= ? AND slot <= ?",
            [project, day(since), day(until)].map(Value::Integer),
        );
        if let Some(channel) = self.channel {
            found.add("channel = ?", [channel.into()]);
        }
        if let Some(name) = self.name {
            found.add("name = ?", [name.into()]);
        }
        if !self.sentiments.is_empty() {
            found.add(&format!("sentiment IN ({})", codes(&self.sentiments)), []);
        }
        let counted = match (self.commented, self.rated) {
            (true, _) => "comments",
            (false, true) => "ratings",
            (false, false) => "votes",
        };
        let sql = format!(
            "SELECT slot, CAST(sum({counted}) AS BIGINT) FROM rollups WHERE {} GROUP BY slot HAVING sum({counted}) > 0 ORDER BY slot DESC",
            found.sql()
        );
        (sql, found.values)
    }
}

fn codes(sentiments: &[Sentiment]) -> String {
    let codes: Vec<_> = sentiments
        .iter()
        .map(|sentiment| super::codes::Coded::code(*sentiment).to_string())
        .collect();
    codes.join(", ")
}

/// How many rows each of so many projects may be looked through for one page.
pub(super) fn share(projects: usize) -> usize {
    (limits::LIST_LOOKED / projects.max(1)).max(limits::LIST_LOOKED_LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::filter;
    use crate::store::sqlite::schema;
    use rusqlite::{Connection, params_from_iter};

    fn plan(sql: &str) -> String {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let values = vec![Value::Null; explain.parameter_count()];
        let steps: Vec<String> = explain
            .query_map(params_from_iter(values), |row| row.get("detail"))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        steps.join("; ")
    }

    fn conditions() -> Conditions {
        let mut conditions = Conditions::default();
        conditions.add("f.retracted = 0", []);
        conditions.add("f.reasons IS NULL", []);
        conditions
    }

    #[test]
    fn lists_walk_their_index_in_its_order() {
        for (source, index) in [
            (Source::Time, "feedback_by_time"),
            (Source::Commented, "feedback_commented"),
            (Source::Complaints, "feedback_complaints"),
        ] {
            let plan = plan(&by_time(&source, &conditions()));
            let range = "(project=? AND created_at>? AND (created_at,rowid)<(?,?))";
            let loose = "(project=? AND created_at>? AND created_at<?)";
            let walked = [range, loose]
                .iter()
                .any(|range| plan.contains(&format!("{index} {range}")));
            assert!(walked && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn a_search_reads_the_index_of_words_in_its_order() {
        let plan = plan(&by_words(&conditions()));
        assert!(plan.contains("SCAN s VIRTUAL TABLE"), "{plan}");
        assert!(
            plan.contains("SEARCH f USING INTEGER PRIMARY KEY"),
            "{plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn days_are_read_from_the_sums_in_their_order() {
        let days = Days {
            sentiments: vec![Sentiment::Negative],
            commented: true,
            ..Days::default()
        };
        let plan = plan(&days.sums(1, 0, 1).0);
        assert!(
            plan.contains("SEARCH rollups USING PRIMARY KEY (project=? AND kind=? AND level=? AND slot>? AND slot<?)"),
            "{plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }

    #[test]
    fn the_feedback_on_a_conversation_is_looked_up() {
        let plan = plan(filter::OF_CONVERSATION);
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
