//! Tables for people.

use super::output;
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, presets};
use serde_json::Value;

/// The longest text in a cell, in characters.
const CELL: usize = 160;

/// A column: its title, how wide it is, and what it shows of an item.
pub(super) type Column = (&'static str, Width, fn(&Value) -> String);

/// How wide a column is on a terminal that is too narrow for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// As wide as what it holds: people copy from it into other commands, or read it first.
    Whole,
    /// As wide as there is room.
    Rest,
}

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
        .set_truncation_indicator("…")
        .set_header(one_line(
            columns.iter().map(|(title, ..)| (*title).to_owned()),
        ));
    for item in items {
        table.add_row(one_line(columns.iter().map(|(.., show)| cell(&show(item)))));
    }
    for (place, (_, width, _)) in columns.iter().enumerate() {
        if let Some(column) = table.column_mut(place)
            && *width == Width::Whole
        {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for line in table.lines() {
        // The table leaves room for borders, which it does not have.
        output::line(line.trim_end().strip_prefix(' ').unwrap_or_default());
    }
}

fn one_line(cells: impl Iterator<Item = String>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

/// A text or a number of an item, by the path to it; empty if there is none.
pub(super) fn field(item: &Value, pointer: &str) -> String {
    match item.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        // A whole number is none the more exact for its ".0".
        Some(Value::Number(number)) => {
            let text = number.to_string();
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        }
        Some(other) => other.to_string(),
    }
}

/// A time to the minute, in UTC: what comes after it is of no use to a reader of a table.
pub(super) fn time(item: &Value, pointer: &str) -> String {
    let time = field(item, pointer);
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}"),
        _ => time,
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
    fn times_are_shown_to_the_minute() {
        let item = json!({"fine": "2026-05-01T12:00:00.123456Z", "odd": "never"});
        assert_eq!(time(&item, "/fine"), "2026-05-01 12:00");
        assert_eq!(time(&item, "/odd"), "never");
    }

    #[test]
    fn long_texts_are_cut_and_control_characters_do_not_reach_the_terminal() {
        assert_eq!(cell(&"ü".repeat(200)).chars().count(), CELL);
        assert_eq!(cell("a\x1b[31mb\nc"), "a [31mb c");
    }
}
