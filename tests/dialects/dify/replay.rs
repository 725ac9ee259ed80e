//! The recorded exchanges, replayed in order on one server.

use super::fixture::{Answer, Dify, KEY, People, recording};
use serde_json::{Value, json};

/// An exchange that is answered otherwise than by Dify on purpose: its name, the status and `code` that are answered
/// instead, and why.
type Difference = (&'static str, u16, Option<&'static str>, &'static str);

const NOT_HTML: &str = "Dify answers HTML; its clients parse JSON everywhere else";
const NOT_500: &str = "Dify falls over; bad input is the client's fault and is said so";
const ORDER: &str = "Dify's order within one second is by chance; here the newest comes first";

const DIFFERENCES: [Difference; 12] = [
    (
        "auth_missing_and_bad_uuid",
        404,
        Some("not_found"),
        NOT_HTML,
    ),
    ("message_not_uuid", 404, Some("not_found"), NOT_HTML),
    ("message_uuid_no_dashes", 404, Some("not_found"), NOT_HTML),
    ("path_unknown", 404, Some("not_found"), NOT_HTML),
    ("user_256", 400, Some("invalid_param"), NOT_500),
    ("body_array", 400, Some("invalid_param"), NOT_500),
    ("body_null", 400, Some("invalid_param"), NOT_500),
    ("list_page_huge", 400, Some("invalid_param"), NOT_500),
    (
        "content_2MB",
        400,
        Some("invalid_param"),
        "content is bounded, and nothing of what is longer is stored",
    ),
    ("list_page2_limit2", 200, None, ORDER),
    ("list_dup_param_first_wins", 200, None, ORDER),
    ("list_unknown_param", 200, None, ORDER),
];

/// Headers that clients see a difference by. `X-Version` and `X-Env` are not sent, and lengths follow from bodies.
const HEADERS: [&str; 8] = [
    "content-type",
    "www-authenticate",
    "allow",
    "vary",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-allow-headers",
    "access-control-allow-methods",
];

/// Fields whose values Dify and Candor each make for themselves.
const OWN: [&str; 5] = ["id", "app_id", "tenant_id", "created_at", "updated_at"];

#[test]
fn every_exchange_is_answered_as_dify_answers_it() {
    let recording = recording();
    let mut replay = Replay::of(&recording);
    let mut wrong = Vec::new();
    for exchange in recording["exchanges"].as_array().unwrap() {
        let name = exchange["name"].as_str().unwrap();
        let answer = replay.send(&exchange["request"]);
        let found = replay.differences(exchange, &answer);
        match DIFFERENCES.iter().find(|(known, ..)| *known == name) {
            None => wrong.extend(found.iter().map(|found| format!("{name}: {found}"))),
            Some(_) if found.is_empty() => {
                wrong.push(format!("{name}: is no longer answered otherwise"));
            }
            Some((_, status, code, why)) => {
                let told = serde_json::from_str::<Value>(&answer.text).unwrap_or_default();
                if answer.status != *status || told["code"].as_str() != *code {
                    wrong.push(format!("{name}: {answer:?}, though {why}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

struct Replay<'recording> {
    dify: Dify,
    fixture: &'recording Value,
    people: People,
}

impl<'recording> Replay<'recording> {
    fn of(recording: &'recording Value) -> Self {
        Self {
            dify: Dify::as_recorded(recording),
            fixture: &recording["fixture"],
            people: People::default(),
        }
    }

    fn send(&mut self, request: &Value) -> Answer {
        let path = request["path"].as_str().unwrap();
        let path = match path.strip_prefix("/v1/end-users/") {
            Some(recorded) => format!("/v1/end-users/{}", self.our_id(recorded)),
            None => path.to_owned(),
        };
        let headers: Vec<_> = request["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let body = request["body"].as_str().map(whole_body);
        let method = request["method"].as_str().unwrap();
        self.dify.send(method, &path, &headers, body)
    }

    fn differences(&mut self, exchange: &Value, answer: &Answer) -> Vec<String> {
        let recorded = &exchange["response"];
        let mut found = Vec::new();
        if recorded["status"] != answer.status {
            found.push(format!("{} became {answer:?}", recorded["status"]));
        }
        for name in HEADERS {
            let expected = header(recorded, name);
            if expected != answer.header(name) {
                found.push(format!(
                    "{name}: {expected:?} became {:?}",
                    answer.header(name)
                ));
            }
        }
        let expected = json_or_text(recorded["body"].as_str().unwrap_or_default());
        let expected = self.comparable(expected, None);
        let answered = self.comparable(json_or_text(&answer.text), Some(&key_of(exchange)));
        if expected != answered {
            found.push(format!("{expected} became {answered}"));
        }
        if let Some(rows) = exchange["state_after"]["feedback_rows"].as_array() {
            let path = exchange["request"]["path"].as_str().unwrap();
            let expected: Vec<_> = rows.iter().map(|row| self.recorded_row(row)).collect();
            let listed = self.rows(path.split('/').nth(3).unwrap());
            if expected != listed {
                found.push(format!("left {expected:?}, became {listed:?}"));
            }
        }
        found
    }

    /// A body without what each server makes for itself. With a key the body is Candor's and end users have ids of
    /// ours; otherwise it is Dify's. Texts of several lines are pydantic's; they need only be there.
    fn comparable(&mut self, mut body: Value, key: Option<&str>) -> Value {
        if let Some(message) = body.get_mut("message") {
            let text = message.as_str().unwrap_or_default();
            if text.contains("validation error") || text.contains(": Input should be") {
                *message = json!("what is wrong with the input");
            }
        }
        if body.get("session_id").is_some() {
            remove_own(&mut body);
        }
        let items = body.get_mut("data").and_then(Value::as_array_mut);
        if let Some(items) = items {
            for item in items
                .iter_mut()
                .filter(|item| item.get("from_source").is_some())
            {
                remove_own(item);
                let user = item["from_end_user_id"].as_str().map(ToOwned::to_owned);
                item["from_end_user_id"] = json!(user.map(|id| match key {
                    Some(key) => self.people.name(&self.dify, key, &id),
                    None => self.recorded_user(&id),
                }));
            }
            let of_feedback = |item: &Value| item.get("from_source").is_some();
            if items.iter().all(of_feedback) {
                items.sort_by_key(|item| item["message_id"].to_string());
            }
        }
        body
    }

    /// What the recording calls a person, by Dify's id.
    fn recorded_user(&self, id: &str) -> String {
        let users = self.fixture["end_users"].as_object().unwrap();
        let (name, _) = users.iter().find(|(_, known)| *known == id).unwrap();
        name.split_once('/').unwrap().1.to_owned()
    }

    /// Our id of a person of the chat app, by Dify's.
    fn our_id(&mut self, recorded: &str) -> String {
        let wanted = self.recorded_user(recorded);
        let listed = self.dify.get("/v1/app/feedbacks?limit=101").json();
        let items = listed["data"].as_array().unwrap().iter();
        let mut ids = items.map(|item| item["from_end_user_id"].as_str().unwrap());
        let found = ids.find(|id| self.people.name(&self.dify, KEY, id) == wanted);
        found.unwrap().to_owned()
    }

    fn recorded_row(&self, row: &Value) -> Row {
        let text = |place: usize| row[place].as_str().map(ToOwned::to_owned);
        (
            text(0).unwrap(),
            text(1).map(shortened),
            text(2).unwrap(),
            self.recorded_user(row[3].as_str().unwrap()),
        )
    }

    /// What is kept for a message, by whatever app it is.
    fn rows(&mut self, message: &str) -> Vec<Row> {
        let messages = self.fixture["messages"].as_object().unwrap();
        let (label, _) = messages.iter().find(|(_, id)| *id == message).unwrap();
        let app = match label.split('-').next() {
            Some("comp") => "completionapp",
            Some("other") => "otherchat",
            _ => "chatapp",
        };
        let key = self.fixture["keys"][app].as_str().unwrap();
        let listed = self
            .dify
            .get_with(key, "/v1/app/feedbacks?limit=101")
            .json();
        let items = listed["data"].as_array().unwrap();
        items
            .iter()
            .filter(|item| item["message_id"] == message)
            .map(|item| {
                let text = |name: &str| item[name].as_str().map(ToOwned::to_owned);
                let user = text("from_end_user_id").unwrap();
                (
                    text("rating").unwrap(),
                    text("content").map(shortened),
                    text("from_source").unwrap(),
                    self.people.name(&self.dify, key, &user),
                )
            })
            .collect()
    }
}

/// Rating, content, source and end user.
type Row = (String, Option<String>, String, String);

fn key_of(exchange: &Value) -> String {
    let header = &exchange["request"]["headers"]["Authorization"];
    let secret = header.as_str().unwrap_or_default().split_whitespace();
    secret.last().unwrap_or_default().to_owned()
}

fn header<'recorded>(recorded: &'recorded Value, name: &str) -> Option<&'recorded str> {
    let headers = recorded["headers"].as_object().unwrap();
    let mut found = headers.iter();
    found
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .and_then(|(_, value)| value.as_str())
}

fn json_or_text(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| json!(body))
}

fn remove_own(item: &mut Value) {
    let fields = item.as_object_mut().unwrap();
    fields.retain(|name, _| !OWN.contains(&name.as_str()));
}

/// Long contents stand in the recording as their length.
fn shortened(content: String) -> String {
    match content.chars().count() {
        count if count > 1000 => format!("<{count} chars>"),
        _ => content,
    }
}

/// Long bodies stand in the recording as their beginning and their length: the content's one letter goes on to the end.
fn whole_body(recorded: &str) -> Vec<u8> {
    let cut = recorded
        .strip_suffix(" bytes>")
        .and_then(|rest| rest.rsplit_once("...<"));
    let Some((beginning, length)) = cut else {
        return recorded.as_bytes().to_vec();
    };
    let mut body = beginning.as_bytes().to_vec();
    let letter = *body.last().unwrap();
    body.resize(length.parse::<usize>().unwrap() - 2, letter);
    body.extend_from_slice(b"\"}");
    body
}
