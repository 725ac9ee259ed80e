//! Statements that the database takes long for: each is counted, and told to the log unless there are very many.

use crate::limits;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What becomes of slow statements.
#[derive(Debug)]
pub(in crate::store) struct SlowStatements {
    /// From how long on they are told; zero tells none.
    least: Duration,
    told: Mutex<Told>,
}

/// What was told lately, and what was not.
#[derive(Debug)]
struct Told {
    since: Instant,
    lines: u32,
    left_out: u64,
}

impl SlowStatements {
    pub(in crate::store) fn new(least: Duration) -> Self {
        let told = Told {
            since: Instant::now(),
            lines: 0,
            left_out: 0,
        };
        let told = Mutex::new(told);
        Self { least, told }
    }

    /// Tells of a statement that took so long, if that is long. Its text has places where its values are.
    pub(in crate::store) fn note(&self, purpose: &'static str, statement: &str, took: Duration) {
        if self.least.is_zero() || took < self.least {
            return;
        }
        metrics::counter!("candor_database_slow_statements_total").increment(1);
        if let Some(left_out) = self.turn() {
            let statement = one_line(statement);
            let seconds = took.as_secs_f64();
            tracing::warn!(
                purpose,
                seconds,
                left_out,
                statement,
                "the database took long"
            );
        }
    }

    /// How many were left out before this one; none if this one is, too.
    fn turn(&self) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.since.elapsed() >= limits::SLOW_STATEMENT_INTERVAL {
            told.since = Instant::now();
            told.lines = 0;
        }
        if told.lines >= limits::SLOW_STATEMENT_LINES {
            told.left_out += 1;
            return None;
        }
        told.lines += 1;
        Some(std::mem::take(&mut told.left_out))
    }
}

fn one_line(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let mut line = words.join(" ");
    if let Some((end, _)) = line.char_indices().nth(limits::SLOW_STATEMENT_CHARACTERS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_only_some_are_told_and_the_rest_is_counted_with_the_next() {
        let slow = SlowStatements::new(Duration::from_millis(1));
        for _ in 0..limits::SLOW_STATEMENT_LINES {
            assert_eq!(slow.turn(), Some(0));
        }
        assert_eq!((slow.turn(), slow.turn()), (None, None));
        let long_ago = Instant::now().checked_sub(limits::SLOW_STATEMENT_INTERVAL);
        slow.told.lock().unwrap().since = long_ago.unwrap();
        assert_eq!((slow.turn(), slow.turn()), (Some(2), Some(0)));
    }

    #[test]
    fn a_statement_is_told_on_one_line_and_not_without_end() {
        assert_eq!(
            one_line("SELECT 1\n     FROM  votes"),
            "SELECT 1 FROM votes"
        );
        let long = one_line(&"é".repeat(limits::SLOW_STATEMENT_CHARACTERS + 1));
        assert_eq!(long.chars().count(), limits::SLOW_STATEMENT_CHARACTERS + 1);
        assert!(long.ends_with('…'));
    }
}
