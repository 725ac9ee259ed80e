//! Tables for people.

use super::output;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// The longest text in a cell, in characters.
const CELL: usize = 160;

/// A column: its title, and what it shows of an item.
pub(super) type Column = (&'static str, fn(&Value) -> String);

/// Prints items as a table, or that there is none.
pub(super) fn print(items: &[Value], columns: &[Column], none: &str) {
    if items.is_empty() {
        output::line(none);
        return;
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(columns.iter().map(|(title, _)| *title));
    for item in items {
        table.add_row(columns.iter().map(|(_, show)| cell(&show(item))));
    }
    for line in table.lines() {
        // The table leaves room for borders, which it does not have.
        output::line(line.trim_end().strip_prefix(' ').unwrap_or_default());
    }
}

/// A text or a number of an item, by the path to it; empty if there is none.
pub(super) fn field(item: &Value, pointer: &str) -> String {
    match item.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A time to the second: what comes after it is of no use to a reader.
pub(super) fn time(item: &Value, pointer: &str) -> String {
    let time = field(item, pointer);
    match time.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => time,
    }
}

/// A list of texts.
pub(super) fn list(item: &Value, pointer: &str) -> String {
    let texts = item.pointer(pointer).and_then(Value::as_array);
    let texts = texts.into_iter().flatten().filter_map(Value::as_str);
    texts.collect::<Vec<_>>().join(", ")
}

fn cell(text: &str) -> String {
    let plain = output::plain(text);
    if plain.chars().count() > CELL {
        plain.chars().take(CELL - 1).chain(['…']).collect()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_there_is_empty() {
        let item = json!({"a": {"b": null, "c": 1, "d": "x"}, "e": ["y", "z"]});
        assert_eq!(field(&item, "/a/b"), "");
        assert_eq!(field(&item, "/x/y"), "");
        assert_eq!(field(&item, "/a/c"), "1");
        assert_eq!(field(&item, "/a/d"), "x");
        assert_eq!(list(&item, "/e"), "y, z");
    }

    #[test]
    fn times_are_shown_to_the_second() {
        let item = json!({"fine": "2026-05-01T12:00:00.123456Z", "coarse": "2026-05-01T12:00:00Z"});
        assert_eq!(time(&item, "/fine"), "2026-05-01T12:00:00Z");
        assert_eq!(time(&item, "/coarse"), "2026-05-01T12:00:00Z");
    }

    #[test]
    fn long_texts_are_cut_and_control_characters_do_not_reach_the_terminal() {
        assert_eq!(cell(&"ü".repeat(200)).chars().count(), CELL);
        assert_eq!(cell("a\x1b[31mb\nc"), "a [31mb c");
    }
}
