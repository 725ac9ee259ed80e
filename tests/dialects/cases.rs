//! Cases: a request, and what must be answered to it. They are kept beside each vendor's tests in a `cases.json`.
//!
//! `{{NAME}}` stands for a value of the fixture; a text that is nothing but a placeholder becomes the value itself, with
//! its JSON type. A body that is a text is sent as it is, and `null` is no body. What is expected is a status with
//! `body_contains`, a part of the answer (lists are compared item by item), or with `body_schema`, a JSON schema.
#![allow(dead_code, reason = "each vendor uses a part of it")]

use regex::Regex;
use reqwest::Method;
use reqwest::blocking::Client;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A case as it stands in the file.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub name: String,
    /// The state that it needs, in words.
    pub given: String,
    pub request: Request,
    pub expect: Expect,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Expect {
    pub status: u16,
    pub body_contains: Option<Value>,
    pub body_schema: Option<Value>,
}

/// What the placeholders of a case stand for.
pub type Fixture = Map<String, Value>;

/// The cases of a file.
pub fn read(text: &str) -> Vec<Case> {
    serde_json::from_str(text).unwrap()
}

impl Case {
    /// Sends the request and says what is wrong with the answer: nothing, if all is as expected.
    pub fn faults(&self, client: &Client, url: &str, fixture: &Fixture) -> Vec<String> {
        let method: Method = self.request.method.parse().unwrap();
        let path = filled_text(&self.request.path, fixture);
        let mut request = client.request(method, format!("{url}{path}"));
        for (name, value) in &self.request.headers {
            request = request.header(name, filled_text(value, fixture));
        }
        match &self.request.body {
            Value::Null => {}
            Value::String(text) => request = request.body(filled_text(text, fixture)),
            body => request = request.body(filled(body, fixture).to_string()),
        }
        let response = request.send().unwrap();
        let status = response.status().as_u16();
        let text = response.text().unwrap();
        let mut faults = Vec::new();
        if status != self.expect.status {
            faults.push(format!("status {status}, not {}", self.expect.status));
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(body) => {
                if let Some(part) = &self.expect.body_contains {
                    compare("", &filled(part, fixture), &body, &mut faults);
                }
                if let Some(schema) = &self.expect.body_schema {
                    check("", &filled(schema, fixture), &body, &mut faults);
                }
            }
            Err(_) => faults.push("the answer is not JSON".to_owned()),
        }
        let told = |fault| format!("{}: {fault}; answered {text}", self.name);
        faults.into_iter().map(told).collect()
    }
}

/// A value with its placeholders filled in.
pub fn filled(value: &Value, fixture: &Fixture) -> Value {
    match value {
        Value::String(text) => match placeholder(text) {
            Some(name) => looked_up(name, fixture).clone(),
            None => Value::String(filled_text(text, fixture)),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, fixture)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), filled(value, fixture)))
            .collect(),
        other => other.clone(),
    }
}

/// The name in a text that is nothing but a placeholder.
fn placeholder(text: &str) -> Option<&str> {
    let name = text.strip_prefix("{{")?.strip_suffix("}}")?;
    (!name.contains('{')).then_some(name)
}

fn filled_text(text: &str, fixture: &Fixture) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap();
        whole.push_str(before);
        match looked_up(name, fixture) {
            Value::String(value) => whole.push_str(value),
            value => whole.push_str(&value.to_string()),
        }
        rest = after;
    }
    whole + rest
}

fn looked_up<'fixture>(name: &str, fixture: &'fixture Fixture) -> &'fixture Value {
    let value = fixture.get(name);
    value.unwrap_or_else(|| panic!("the fixture has no {name}"))
}

/// Whether all of `expected` is in `found`.
fn compare(place: &str, expected: &Value, found: &Value, faults: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                let inside = found.get(name).unwrap_or(&Value::Null);
                if inside.is_null() && !found.contains_key(name) {
                    faults.push(format!("{place}/{name} is missing"));
                } else {
                    compare(&format!("{place}/{name}"), value, inside, faults);
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (number, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(&format!("{place}/{number}"), expected, found, faults);
            }
        }
        _ if expected == found => {}
        _ => faults.push(format!("{place} is {found}, not {expected}")),
    }
}

/// The words of JSON schema that the cases use. Another one is an error, so that none is passed over.
fn check(place: &str, schema: &Value, found: &Value, faults: &mut Vec<String>) {
    for (word, wanted) in schema.as_object().unwrap() {
        let fits = match word.as_str() {
            "type" => has_type(wanted, found),
            "const" => wanted == found,
            "enum" => wanted.as_array().unwrap().contains(found),
            "minLength" => length(found).is_none_or(|length| length >= wanted.as_u64().unwrap()),
            "minItems" => items(found).is_none_or(|items| items >= wanted.as_u64().unwrap()),
            "maxItems" => items(found).is_none_or(|items| items <= wanted.as_u64().unwrap()),
            "pattern" => found.as_str().is_none_or(|text| {
                let pattern = Regex::new(wanted.as_str().unwrap()).unwrap();
                pattern.is_match(text)
            }),
            "required" => found.as_object().is_none_or(|fields| {
                let mut names = wanted.as_array().unwrap().iter();
                names.all(|name| fields.contains_key(name.as_str().unwrap()))
            }),
            "not" => {
                let mut misfits = Vec::new();
                check(place, wanted, found, &mut misfits);
                !misfits.is_empty()
            }
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = found.get(name) {
                        check(&format!("{place}/{name}"), schema, value, faults);
                    }
                }
                true
            }
            "items" => {
                for (number, item) in found.as_array().into_iter().flatten().enumerate() {
                    check(&format!("{place}/{number}"), wanted, item, faults);
                }
                true
            }
            other => panic!("cases do not know the schema word {other}"),
        };
        if !fits {
            faults.push(format!("{place} does not have {word} {wanted}"));
        }
    }
}

fn has_type(wanted: &Value, found: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|one| has_type(one, found)),
        one => match one.as_str().unwrap() {
            "object" => found.is_object(),
            "array" => found.is_array(),
            "string" => found.is_string(),
            "boolean" => found.is_boolean(),
            "null" => found.is_null(),
            "number" => found.is_number(),
            "integer" => found.is_i64() || found.is_u64(),
            other => panic!("cases do not know the type {other}"),
        },
    }
}

fn length(found: &Value) -> Option<u64> {
    found.as_str().map(|text| text.chars().count() as u64)
}

fn items(found: &Value) -> Option<u64> {
    found.as_array().map(|items| items.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fixture() -> Fixture {
        json!({"NUMBER": 7, "NAME": "ada"})
            .as_object()
            .unwrap()
            .clone()
    }

    #[test]
    fn a_placeholder_alone_has_the_type_of_its_value() {
        let value = json!(["{{NUMBER}}", "{{NAME}} {{NUMBER}}", "{{NAME}}"]);
        assert_eq!(filled(&value, &fixture()), json!([7, "ada 7", "ada"]));
    }

    #[test]
    fn what_is_missing_or_other_is_told_with_its_place() {
        let mut faults = Vec::new();
        let expected = json!({"a": [{"b": 1, "c": null}], "d": null});
        compare(
            "",
            &expected,
            &json!({"a": [{"b": 2, "c": null, "x": 0}]}),
            &mut faults,
        );
        assert_eq!(faults, ["/a/0/b is 2, not 1", "/d is missing"]);
    }

    #[test]
    fn a_schema_holds_types_and_patterns_inside() {
        let schema = json!({"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["id"], "properties": {"id": {"type": ["string", "null"], "pattern": "^c[0-9]{2}$"}},
        }});
        for (found, right) in [
            (json!([{"id": "c12"}, {"id": null}]), true),
            (json!([{"id": "c1"}]), false),
            (json!([{}]), false),
            (json!([]), false),
        ] {
            let mut faults = Vec::new();
            check("", &schema, &found, &mut faults);
            assert_eq!(faults.is_empty(), right, "{faults:?}");
        }
    }
}
