//! All rows of a folder's tables, as texts that can be compared.

use rusqlite::types::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// What is in no copy: what engines derive for themselves, and the number of a version's row, which nobody knows it by.
const DERIVED: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
     AND name NOT LIKE 'search%' AND name NOT IN ('settings', 'message_names', 'names_indexed') ORDER BY name";

/// The rows of each table, sorted; the sums without those that are zero.
pub fn dump(file: &Path) -> BTreeMap<String, Vec<String>> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut tables = connection.prepare(DERIVED).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    tables
        .map(|table| {
            let table = table.unwrap();
            let rows = rows(&connection, &table);
            (table, rows)
        })
        .collect()
}

fn rows(connection: &rusqlite::Connection, table: &str) -> Vec<String> {
    let filter = match table {
        "rollups" => "WHERE votes <> 0",
        _ => "",
    };
    let mut select = connection
        .prepare(&format!("SELECT * FROM {table} {filter}"))
        .unwrap();
    let names: Vec<String> = select.column_names().map(str::to_owned).collect();
    let shown = |row: &rusqlite::Row<'_>| {
        let mut text = String::new();
        for (place, name) in names.iter().enumerate() {
            if table != "feedback_versions" || name != "row_id" {
                let value: Value = row.get(place)?;
                write!(text, "{name}={value:?} ").unwrap();
            }
        }
        Ok(text)
    };
    let rows = select.query_map([], shown).unwrap();
    let mut rows: Vec<String> = rows.map(Result::unwrap).collect();
    rows.sort();
    rows
}
