//! Votes in a database, by statements of its own: many, and quickly.

use super::place::TestDatabase;

const FILL: &str = include_str!("filled.sql");

/// What planners are told about, and what a vote writes.
const TABLES: [&str; 5] = [
    "end_users",
    "conversations",
    "messages",
    "feedback",
    "rollups",
];

impl TestDatabase {
    /// Writes so many votes of so many people for the first project, in the shape in which lanes write them, and lets the
    /// planner know.
    pub fn fill(&self, votes: u64, people: u64) {
        let buckets =
            &self.query("SELECT get_byte(value, 0) FROM settings WHERE name = 'buckets'")[0];
        let statements = FILL
            .replace(":votes", &votes.to_string())
            .replace(":buckets", buckets)
            .replace(":people", &people.to_string());
        self.query(&statements);
        self.query(&format!("ANALYZE {}", TABLES.join(", ")));
    }
}
