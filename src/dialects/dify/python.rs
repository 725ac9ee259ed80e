//! `str()` of a JSON value, as Python writes it.
//!
//! Dify takes any JSON value for `user` and calls `str` on it (`api/controllers/service_api/wraps.py`), so `12345` is the
//! user `12345`, `true` is `True`, and `["a"]` is `['a']`. Clients that send such values have been known by those names,
//! and must stay the same people here. Integers are written digit by digit, however long they are.

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt::{self, Write as _};

/// The longest JSON text that is looked at. What is longer has more than 255 characters in Python too, unless it is
/// padded with spaces.
const LONGEST: usize = 8 * 1024;
/// The deepest nesting that is followed.
const DEEPEST: usize = 64;

/// Why a value has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not JSON after all: half a surrogate pair, a number beyond all bounds.
    NotJson,
    /// It is longer or deeper than any name.
    TooLong,
}

/// What `str` makes of a JSON value; none where Python takes the value for false.
pub(super) fn text_if_true(json: &str) -> Result<Option<String>, Fault> {
    if json.starts_with('"') {
        let text: String = serde_json::from_str(json).map_err(|_| Fault::NotJson)?;
        return Ok(Some(text).filter(|text| !text.is_empty()));
    }
    if json.len() > LONGEST {
        return Err(Fault::TooLong);
    }
    let mut text = String::new();
    write(json, 0, &mut text)?;
    let is_false = matches!(
        text.as_str(),
        "None" | "False" | "0" | "0.0" | "-0.0" | "[]" | "{}"
    );
    Ok(Some(text).filter(|_| !is_false))
}

/// Writes `repr` of a value, which is `str` of all but strings.
fn write(json: &str, depth: usize, out: &mut String) -> Result<(), Fault> {
    if depth > DEEPEST {
        return Err(Fault::TooLong);
    }
    match json.as_bytes().first() {
        Some(b'n') => out.push_str("None"),
        Some(b't') => out.push_str("True"),
        Some(b'f') => out.push_str("False"),
        Some(b'"') => {
            let text: String = serde_json::from_str(json).map_err(|_| Fault::NotJson)?;
            write_string(&text, out);
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| Fault::NotJson)?;
            out.push('[');
            for (place, item) in items.into_iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                write(item.get(), depth + 1, out)?;
            }
            out.push(']');
        }
        Some(b'{') => {
            let fields = serde_json::Deserializer::from_str(json)
                .deserialize_map(Fields)
                .map_err(|_| Fault::NotJson)?;
            out.push('{');
            for (place, (name, value)) in fields.into_iter().enumerate() {
                out.push_str(if place == 0 { "" } else { ", " });
                write_string(&name, out);
                out.push_str(": ");
                write(value.get(), depth + 1, out)?;
            }
            out.push('}');
        }
        _ => write_number(json, out)?,
    }
    Ok(())
}

/// The fields of an object as Python's dict holds them: in the order of their first mention, with their last value.
struct Fields;

impl<'json> Visitor<'json> for Fields {
    type Value = Vec<(String, &'json RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'json>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Self::Value = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            match fields.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => fields.push((name, value)),
            }
        }
        Ok(fields)
    }
}

fn write_number(json: &str, out: &mut String) -> Result<(), Fault> {
    if !json.contains(['.', 'e', 'E']) {
        out.push_str(if json == "-0" { "0" } else { json });
        return Ok(());
    }
    let number: f64 = json.parse().map_err(|_| Fault::NotJson)?;
    if !number.is_finite() {
        return Err(Fault::NotJson);
    }
    write_float(number, out);
    Ok(())
}

/// The fewest digits that name the number, with an exponent only below 1e-4 and from 1e16 on (`float_repr_style` "short").
fn write_float(number: f64, out: &mut String) {
    if number == 0.0 {
        out.push_str(if number.is_sign_negative() {
            "-0.0"
        } else {
            "0.0"
        });
        return;
    }
    // Rust writes the same fewest digits, as d.ddde±x.
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = number.to_string();
        out.push_str(&plain);
        if !plain.contains('.') {
            out.push_str(".0");
        }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        // Writing to a String cannot fail.
        let _ = write!(out, "{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
}

/// A string in quotes, as `repr` writes it.
fn write_string(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            _ if is_printable(character) => out.push(character),
            _ => write_escape(u32::from(character), out),
        }
    }
    out.push(quote);
}

fn write_escape(code: u32, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Python's `str.isprintable`: not of the categories "other" and "separator", but for the space. Rust escapes exactly
/// those, and marks that combine with what stands before them only where nothing does.
fn is_printable(character: char) -> bool {
    if character == '"' || character == '\'' {
        return true;
    }
    let mut text = String::from("a");
    text.push(character);
    text.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(json: &str) -> Option<String> {
        text_if_true(json).ok().flatten()
    }

    #[test]
    fn strings_stay_as_they_are() {
        assert_eq!(text(r#"" abc-123 ""#).as_deref(), Some(" abc-123 "));
        assert_eq!(text(r#""\u0041\n""#).as_deref(), Some("A\n"));
    }

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (json, expected) in [
            ("12345", "12345"),
            ("-7", "-7"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("1.5", "1.5"),
            ("1.0", "1.0"),
            ("1e3", "1000.0"),
            ("1E15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("1.25e22", "1.25e+22"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-1.5e-300", "-1.5e-300"),
            ("0.1", "0.1"),
        ] {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
    }

    #[test]
    fn what_python_takes_for_false_names_nobody() {
        for json in [
            "null", "false", "0", "-0", "0.0", "-0.0", "0e5", r#""""#, "[]", "[ ]", "{}",
        ] {
            assert_eq!(text_if_true(json), Ok(None), "{json}");
        }
    }

    #[test]
    fn strings_that_look_false_are_true() {
        for name in ["0", "None", "False", "[]"] {
            assert_eq!(text(&format!("\"{name}\"")).as_deref(), Some(name));
        }
    }

    #[test]
    fn containers_are_written_as_python_writes_them() {
        for (json, expected) in [
            ("true", "True"),
            (r#"["abc-123"]"#, "['abc-123']"),
            (r#"{"a":1}"#, "{'a': 1}"),
            (
                r#"{ "a" : [null, true, false, {}], "b": 2.50 }"#,
                "{'a': [None, True, False, {}], 'b': 2.5}",
            ),
            (r#"{"a":1,"b":2,"a":3}"#, "{'a': 3, 'b': 2}"),
            ("[0]", "[0]"),
        ] {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
    }

    #[test]
    fn quotes_and_invisible_characters_are_escaped_as_python_does() {
        for (json, expected) in [
            (r#"["it's"]"#, r#"["it's"]"#),
            (r#"["it's \"so\""]"#, r#"['it\'s "so"']"#),
            (r#"["say \"so\""]"#, r#"['say "so"']"#),
            (r#"["a\\b\n\t\r\u0000\u007f"]"#, r"['a\\b\n\t\r\x00\x7f']"),
            (r#"["é中😀"]"#, "['é中😀']"),
            (r#"["e\u0301"]"#, "['e\u{301}']"),
            (
                r#"["\u00a0\u200b\u2028\ue000"]"#,
                r"['\xa0\u200b\u2028\ue000']",
            ),
            (r#"["\udb40\udc01"]"#, r"['\U000e0001']"),
        ] {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_not_json() {
        assert_eq!(text_if_true(r#""\ud800""#), Err(Fault::NotJson));
        assert_eq!(text_if_true(r#"["\ud800"]"#), Err(Fault::NotJson));
    }

    #[test]
    fn endless_nesting_is_not_followed() {
        let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
        assert_eq!(text_if_true(&deep), Err(Fault::TooLong));
        assert_eq!(
            text_if_true(&format!("[{}]", "0,".repeat(9000))),
            Err(Fault::TooLong)
        );
    }

    proptest! {
        #[test]
        fn a_written_float_is_the_same_number(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
            let mut written = String::new();
            write_float(number, &mut written);
            prop_assert_eq!(written.parse::<f64>(), Ok(number));
            prop_assert!(written.contains(['.', 'e']), "{} is not a float in Python", written);
        }

        #[test]
        fn every_string_names_itself(name in ".+") {
            let json = serde_json::to_string(&name).unwrap_or_default();
            prop_assert_eq!(text_if_true(&json), Ok(Some(name)));
        }
    }
}
