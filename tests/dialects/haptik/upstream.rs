//! Talking to the bot through Candor: what goes on to the vendor, and what is remembered of it.

use super::world::{ADMIN, Answer, CLIENT, TOKEN, answer};
use crate::support::stand_in::{Seen, StandIn};
use crate::support::{self, Server};
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::Response;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const VENDOR_TOKEN: &str = "the-token-at-the-vendor";
const VENDOR_CLIENT: &str = "the-client-at-the-vendor";
/// What the vendor signs its webhook with.
pub const WEBHOOK_SECRET: &str = "the-secret-of-the-webhook";

/// A server with a vendor behind "support" (343), and none behind "sales" (344).
pub struct World {
    pub vendor: StandIn,
    pub server: Server,
    client: Client,
}

fn vendor(seen: &Seen) -> Response {
    let (status, body) = match seen.uri.path() {
        "/v1.0/log_message_from_user/" => (
            200,
            json!({
                "message_id": 1_411_200_492, "message_body": seen.json()["message_body"],
                "created_at": "2018-10-04T12:41:27.980Z", "message_type": 0,
            }),
        ),
        "/v1.0/log_file_from_user/" => (
            200,
            json!({
                "message_id": 1_411_200_493, "message_body": "", "created_at": "2018-10-04T12:41:28.980Z",
                "message_type": 1, "file_url": "https://assets.example/f.jpg",
            }),
        ),
        "/v1.0/refused/" => (403, json!({"error_message": "user is not registered"})),
        _ => (200, json!({"from": "the vendor"})),
    };
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

impl World {
    pub fn new(credential: &Value, forward_to: Option<&str>) -> Self {
        let vendor = StandIn::start(|seen| vendor(&seen));
        let mut upstream =
            json!({"dialect": "haptik", "base_url": format!("{}/v1.0", vendor.url())});
        if !credential.is_null() {
            upstream["credential"] = credential.clone();
        }
        if let Some(url) = forward_to {
            upstream["webhook_forward_to"] = json!(url);
        }
        let server = Server::set_up(&json!({
            "projects": [
                {"name": "sales", "number": 1, "haptik_business_id": 344},
                {"name": "support", "number": 2, "haptik_business_id": 343, "unknown_targets": "reject",
                 "upstream": upstream},
            ],
            "keys": [
                {"dialect": "haptik", "secret": TOKEN, "client_id": CLIENT},
                {"dialect": "haptik", "secret": "of-support-0123456789", "client_id": CLIENT, "project": "support"},
                {"dialect": "haptik", "secret": "of-sales-0123456789", "client_id": CLIENT, "project": "sales"},
                {"dialect": "haptik", "secret": "of-reader-0123456789", "client_id": CLIENT,
                 "scopes": ["feedback:read"]},
                {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
            ],
        }));
        Self {
            vendor,
            server,
            client: support::client(),
        }
    }

    pub fn plain() -> Self {
        Self::new(&Value::Null, None)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.server.url());
        let request = self.client.request(method, url);
        request.header("client-id", CLIENT)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        answer(
            self.request(Method::POST, path)
                .bearer_auth(TOKEN)
                .json(body),
        )
    }

    pub fn say(&self, person: &str, text: &str) {
        let said = json!({"user": {"auth_id": person}, "message_body": text, "message_type": 0, "business_id": 343});
        let answer = self.post("/v1.0/log_message_from_user/", &said);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub fn native(&self, path: &str) -> Value {
        let url = format!("{}/candor/v1/{path}", self.server.url());
        answer(self.client.get(url).bearer_auth(ADMIN)).body
    }

    pub fn listed(&self, path: &str) -> Vec<Value> {
        let list = self.native(&format!("projects/support/{path}"));
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// The texts of the one conversation with their roles, oldest first, once there are so many: they are written behind
    /// the answer.
    pub fn said(&self, number: usize) -> Vec<(String, String)> {
        let texts = || {
            let conversations = self.listed("conversations");
            assert!(conversations.len() <= 1, "{conversations:?}");
            let id = conversations.first()?["id"].as_str()?.to_owned();
            let messages = self.listed(&format!("conversations/id:{id}/messages"));
            let text = |message: &Value, field: &str| message[field].as_str().unwrap().to_owned();
            let said = messages.iter();
            Some(
                said.map(|said| (text(said, "role"), text(said, "content")))
                    .collect::<Vec<_>>(),
            )
        };
        let begun = Instant::now();
        loop {
            let said = texts().unwrap_or_default();
            if said.len() >= number || begun.elapsed() > Duration::from_secs(20) {
                return said;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// As the documentation shows it, but for the text part at the end.
fn with_form(request: RequestBuilder, business: &str, file: &[u8]) -> RequestBuilder {
    let mut form = Vec::new();
    for (name, value) in [
        ("auth_id", "ada"),
        ("business_id", business),
        ("message_type", "1"),
    ] {
        let part = format!(
            "--MultipartBoundry\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        form.extend(part.into_bytes());
    }
    form.extend(
        b"--MultipartBoundry\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.jpg\"\r\n\
          Content-Type: image/jpeg\r\n\r\n",
    );
    form.extend(file);
    form.extend(b"\r\n--MultipartBoundry--\r\n");
    let kind = "multipart/form-data; boundary=MultipartBoundry";
    request.header("content-type", kind).body(form)
}

#[test]
fn a_persons_message_reaches_the_vendor_and_is_remembered() {
    let world = World::plain();
    world.say("ada", "Hi");
    let [seen] = &world.vendor.seen()[..] else {
        panic!()
    };
    assert_eq!(seen.target(), "/v1.0/log_message_from_user/");
    assert_eq!(seen.headers["authorization"], format!("Bearer {TOKEN}"));
    assert_eq!(seen.headers["client-id"], CLIENT);
    assert_eq!(world.said(1), [("user".to_owned(), "Hi".to_owned())]);
}

#[test]
fn feedback_finds_the_person_and_the_conversation_that_went_to_the_vendor() {
    let world = World::plain();
    world.say("ada", "Hi");
    let given =
        json!({"auth_id": "ada", "business_id": 343, "query_resolved": true, "query_rating": 5});
    // At once: the project refuses people whom it does not know.
    let answer = world.post("/v1.0/log_feedback_from_user/", &given);
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(world.vendor.seen().len(), 1, "feedback stays here");
    let [feedback] = &world.listed("feedback")[..] else {
        panic!()
    };
    assert_eq!(feedback["score"]["value"], 5.0);
    assert_eq!(world.listed("conversations").len(), 1);
}

#[test]
fn a_message_that_is_told_twice_is_one() {
    let world = World::plain();
    world.say("ada", "Hi");
    assert_eq!(world.said(1).len(), 1);
    world.say("ada", "Hi");
    world.say("ada", "Hi again");
    let begun = Instant::now();
    while world.said(1)[0].1 != "Hi again" {
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(world.said(1).len(), 1);
}

#[test]
fn people_are_registered_as_the_vendor_took_them() {
    let world = World::plain();
    let person = json!({"auth_id": "ada", "name": "Ada", "auth_code": "a secret"});
    for (method, more) in [
        (Method::POST, json!({"email": "ada@example.com"})),
        (Method::PUT, json!({"email": "ada@example.org"})),
    ] {
        let mut said = person.clone();
        said.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let request = world.request(method, "/v1.0/user/").bearer_auth(TOKEN);
        assert_eq!(
            answer(request.json(&said)).body,
            json!({"from": "the vendor"})
        );
    }
    let language = json!({"auth_id": "ada", "language_code": "hi"});
    world.post("/v1.0/update_user_language/", &language);
    let begun = Instant::now();
    loop {
        let people = world.native("end-users");
        let people = people["items"].as_array().cloned().unwrap_or_default();
        let ada = people.first().cloned().unwrap_or_default();
        if ada["language"] == "hi" && ada["email"] == "ada@example.org" {
            assert_eq!((people.len(), &ada["name"]), (1, &json!("Ada")));
            assert!(!ada.to_string().contains("a secret"));
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{people:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_file_reaches_the_vendor_whole() {
    let world = World::plain();
    let bytes: Vec<u8> = (0..3_000_000_u32)
        .flat_map(u32::to_le_bytes)
        .take(9_000_000)
        .collect();
    let request = world.request(Method::POST, "/v1.0/log_file_from_user/");
    let answer = answer(with_form(request, "343", &bytes).bearer_auth(TOKEN));
    assert_eq!(answer.body["file_url"], "https://assets.example/f.jpg");
    let seen = world.vendor.seen();
    assert!(
        seen[0]
            .body
            .windows(1000)
            .any(|window| window == &bytes[..1000])
    );
    assert_eq!(
        seen[0].headers["content-length"],
        seen[0].body.len().to_string()
    );
    assert_eq!(world.said(1), [("user".to_owned(), String::new())]);
    let conversation = world.listed("conversations")[0]["id"].clone();
    let messages = world.listed(&format!(
        "conversations/id:{}/messages",
        conversation.as_str().unwrap()
    ));
    let attachment = &messages[0]["metadata"]["attachment"];
    assert_eq!(
        (&attachment["name"], &attachment["size"]),
        (&json!("f.jpg"), &json!(9_000_000))
    );
}

#[test]
fn the_business_says_where_a_request_goes() {
    let world = World::plain();
    let said = |business: i64| json!({"user": {"auth_id": "ada"}, "message_body": "x", "business_id": business});
    let message = "/v1.0/log_message_from_user/";
    let file = "/v1.0/log_file_from_user/";
    let history = "/integration/external/v2.0/get_chat_history/?business_id=";
    for (business, expected) in [(343, 3), (344, 3), (999, 6)] {
        world.post(message, &said(business));
        let request = world.request(Method::POST, file).bearer_auth(TOKEN);
        answer(with_form(request, &business.to_string(), b"x"));
        let asked = world.request(Method::GET, &format!("{history}{business}"));
        let status = answer(asked.bearer_auth(TOKEN)).status;
        assert_eq!(status, if business == 344 { 404 } else { 200 });
        assert_eq!(world.vendor.seen().len(), expected, "{business}");
    }
}

#[test]
fn every_other_path_of_the_vendor_is_there_to_who_has_a_key() {
    let world = World::plain();
    for path in [
        "/v1.0/refused/",
        "/v1.0/new/path?x=%20y",
        "/v1.0/webhook/",
        "/integration/external/v1.0/send_chat_to_agent/",
    ] {
        let stranger = world.request(Method::POST, path).bearer_auth("nobody");
        assert_eq!(answer(stranger).status, 401, "{path}");
        let sent = world.post(path, &json!({"team_name": "a"}));
        let refused = path.contains("refused");
        assert_eq!(sent.status, if refused { 403 } else { 200 }, "{path}");
        assert_eq!(world.vendor.seen().last().unwrap().target(), path);
        let of_sales = world
            .request(Method::POST, path)
            .bearer_auth("of-sales-0123456789");
        let refused = answer(of_sales.json(&json!({"enabled": true})));
        if !path.contains("webhook") {
            assert_eq!(refused.status, 404, "{path}");
            let told = refused.body["error_message"].as_str().unwrap();
            assert!(told.contains("no upstream"), "{told}");
        }
    }
    assert_eq!(world.vendor.seen().len(), 4);
}

#[test]
fn other_methods_of_paths_that_are_answered_here_go_to_the_vendor_too() {
    let world = World::plain();
    let person =
        json!({"auth_id": "u9", "auth_code": "x", "mobile_no": "1", "email": "a@b.example"});
    let gone = |token: &str| {
        let request = world.request(Method::DELETE, "/v1.0/user/");
        answer(request.bearer_auth(token).json(&person))
    };
    assert_eq!(gone(TOKEN).body, json!({"from": "the vendor"}));
    let seen = world.vendor.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].json()),
        ("DELETE", person.clone())
    );
    // Feedback is answered here or not at all, and other projects have no upstream.
    let feedback = world.request(Method::GET, "/v1.0/log_feedback_from_user/");
    assert_eq!(answer(feedback.bearer_auth(TOKEN)).status, 405);
    let sales = world.request(Method::DELETE, "/v1.0/user/");
    let sales = sales.bearer_auth("of-sales-0123456789").send().unwrap();
    assert_eq!(sales.status(), 405);
    assert_eq!(sales.headers()["allow"], "POST,PUT");
    assert_eq!(world.vendor.seen().len(), 1);
}

#[test]
fn with_a_credential_of_the_project_the_clients_does_not_travel() {
    let credential = json!({"secret": VENDOR_TOKEN, "client_id": VENDOR_CLIENT});
    let world = World::new(&credential, None);
    let request = world.request(Method::POST, "/v1.0/webhook/");
    let request = request
        .bearer_auth("of-support-0123456789")
        .header("client_id", CLIENT);
    let answer = answer(request.json(&json!({"enabled": true})));
    assert_eq!(answer.body, json!({"from": "the vendor"}));
    let [seen] = &world.vendor.seen()[..] else {
        panic!()
    };
    assert_eq!(
        seen.headers["authorization"],
        format!("Bearer {VENDOR_TOKEN}")
    );
    let clients: Vec<_> = seen.headers.get_all("client-id").iter().collect();
    assert_eq!(clients, [VENDOR_CLIENT]);
    assert!(!seen.headers.contains_key("client_id"));
}

#[test]
fn a_key_that_only_reads_has_nothing_sent() {
    let world = World::plain();
    let path = "/integration/external/v1.0/x/";
    for (method, status) in [(Method::POST, 403), (Method::GET, 200)] {
        let request = world
            .request(method, path)
            .bearer_auth("of-reader-0123456789");
        assert_eq!(answer(request).status, status);
    }
    assert_eq!(world.vendor.seen().len(), 1);
}
