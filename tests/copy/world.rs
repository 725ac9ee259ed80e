//! A store with what every interface keeps.

use crate::signing::Signing;
use crate::support::{self, Server};
use crate::{Place, support::run};
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::io::Write as _;

pub const ADMIN: &str = "cnd_copying-admin-0123456789";
pub const DIFY: &str = "app-copying-support-0123456789";
const MIRRORED: &str = "app-copying-mirrored-0123456789";
const WONDERCHAT: &str = "wc_copying_00000000000000000";
pub const MELODI: &str = "melodi-copying-0123456789";
const HAPTIK: &str = "haptik-copying-0123456789";
const HAPTIK_CLIENT: &str = "0a4d55a8d778e5022fab701977c5d840bbc486d0";
const AMAZON_Q: (&str, &str) = ("AKIDCOPYING", "amazon-q-copying-0123456789");
const APPLICATION: &str = "11111111-2222-4333-8444-555555555555";
const CONVERSATION: &str = "aaaaaaaa-2222-4333-8444-555555555555";
const ERASED: &str = "eeeeeeee-2222-4333-8444-555555555555";
const ANSWER: &str = "bbbbbbbb-2222-4333-8444-555555555555";

/// Comments in several scripts, and a word of each.
pub const COMMENTS: [(&str, &str); 7] = [
    ("Très bien, déjà vu!", "tres"),
    ("这个回答不好", "不好"),
    ("Очень ХОРОШО", "хорошо"),
    ("ありがとうございます", "とう"),
    ("It's a re-opened case; slow", "re-opened"),
    ("ممتاز جدا", "ممتاز"),
    ("👍 100% 'quoted' & \"double\" \\ back\nslash", "quot"),
];

/// The Dify message with this number.
pub fn message(number: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{number:012}")
}

fn setup() -> Value {
    let thread = |name: &str, answer: &str| {
        json!({
            "project": "support", "external_id": name, "end_user": "ada", "title": "Rückfrage",
            "created_at": "2026-05-01T12:00:00Z",
            "messages": [
                {"external_id": format!("{name}-q"), "role": "user", "content": "What is a refund?",
                 "created_at": "2026-05-01T12:00:01Z"},
                {"external_id": answer, "role": "assistant", "content": "Money back.", "model": "gpt-4o",
                 "created_at": "2026-05-01T12:00:02Z"},
            ],
        })
    };
    json!({
        "projects": [
            {"name": "support", "number": 64, "amazon_q_application_id": APPLICATION, "haptik_business_id": 343,
             "wonderchat_chatbot_id": "bot-of-support", "rate_limit": {"per_second": 5000, "burst": 9000},
             "attributes": [{"name": "Quality", "options": ["Wonderful", "Poor"]}, {"name": "Tone", "options": ["Nice"]}]},
            {"name": "mirrored", "upstream": {
                "dialect": "dify", "base_url": "http://127.0.0.1:9/v1", "mirror": true,
                "credential": {"secret": "app-vendor-0123456789"}}},
            {"name": "quiet", "enabled": false, "keep_text": "none", "unknown_targets": "reject"},
        ],
        "keys": [
            {"dialect": "native", "secret": ADMIN, "scopes": ["feedback:write", "feedback:read", "admin"]},
            {"dialect": "dify", "project": "support", "secret": DIFY},
            {"dialect": "dify", "project": "mirrored", "secret": MIRRORED},
            {"dialect": "wonderchat", "secret": WONDERCHAT},
            {"dialect": "melodi", "secret": MELODI},
            {"dialect": "melodi", "secret": "melodi-pages-0123456789", "publishable": true},
            {"dialect": "haptik", "secret": HAPTIK, "client_id": HAPTIK_CLIENT},
            {"dialect": "amazon_q", "project": "support", "access_key_id": AMAZON_Q.0, "secret": AMAZON_Q.1},
        ],
        "end_users": [
            {"project": "support", "external_id": "ada", "name": "Ada", "email": "ada@example.com"},
            {"external_id": "u1", "segments": {"team": "engineering", "plan": ["free", "gratuit é"]}},
        ],
        "conversations": [
            thread("chat_123", "msg_2"), thread("wc_1", "wc_answer"), thread(CONVERSATION, ANSWER), thread(ERASED, "gone"),
        ],
    })
}

/// A folder with all of it, which nobody serves.
pub fn filled() -> Place {
    let place = Place::folder();
    let mut file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    write!(file, "{}", setup()).unwrap();
    run(place.candor().arg("apply").arg(file.path()));
    let world = World::on(&place);
    world.dify();
    world.melodi();
    world.others();
    world.native();
    world.people();
    assert!(world.server.terminate());
    place
}

/// A server, and clients of its interfaces.
pub struct World {
    pub server: Server,
    client: Client,
}

impl World {
    pub fn on(place: &Place) -> Self {
        let server = place.serve();
        let client = support::client();
        Self { server, client }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.server.url());
        self.client.request(method, url)
    }

    /// Votes as Dify's clients do.
    pub fn vote(&self, key: &str, message: &str, user: &str, rating: Option<&str>, comment: &str) {
        let path = format!("/v1/messages/{message}/feedbacks");
        let body = json!({"rating": rating, "user": user, "content": comment});
        accepted(
            self.request(Method::POST, &path)
                .bearer_auth(key)
                .json(&body),
        );
    }

    /// Asks the native API as its administrator.
    pub fn native(&self) {
        let feedback = "/candor/v1/projects/support/feedback";
        for (number, author) in [
            json!({"reviewer": "Zoë"}),
            json!({"model": "judge-1"}),
            json!({"end_user": "ada"}),
            Value::Null,
        ]
        .iter()
        .enumerate()
        {
            let mut body = json!({
                "message": {"external_id": "msg_2"}, "rating": "negative", "name": "tone", "score": {"value": 2},
                "resolved": false, "reasons": ["wrong", "slow"], "correction": "Only within 30 days.",
                "attributes": {"Quality": "Poor"}, "message_copied_at": "2026-05-01T14:00:00+02:00",
                "submitted_at": "2026-05-01T12:00:05.5Z", "metadata": {"page": 7, "tags": ["a", null]},
            });
            if !author.is_null() {
                body["author"] = author.clone();
            }
            let request = self.admin(Method::POST, feedback).json(&body);
            accepted(request.header("idempotency-key", format!("key-{number}")));
        }
        let whole = json!({"conversation": {"external_id": "chat_123"}, "target": "conversation", "rating": "positive"});
        let made = accepted(self.admin(Method::POST, feedback).json(&whole));
        let one = format!("{feedback}/{}", made["id"].as_str().unwrap());
        accepted(
            self.admin(Method::PATCH, &one)
                .json(&json!({"comment": "changed"})),
        );
        accepted(self.admin(Method::DELETE, &one));
        let key = json!({"dialect": "native", "secret": "cnd_revoked-0123456789", "scopes": ["feedback:read"]});
        let key = accepted(self.admin(Method::POST, "/candor/v1/keys").json(&key));
        let key = format!("/candor/v1/keys/{}", key["id"].as_str().unwrap());
        accepted(self.admin(Method::DELETE, &key));
    }

    /// Accounts, one of them signed in, and a link that nobody has used.
    fn people(&self) {
        let (email, password) = ("Zoë@example.com", "a long password");
        let owner = json!({"email": email, "name": "Zoë", "password": password, "role": "owner"});
        accepted(self.admin(Method::POST, "/candor/v1/accounts").json(&owner));
        let viewer = json!({
            "email": "v@example.com", "name": "V", "password": password, "role": "viewer", "projects": ["support", "quiet"],
        });
        accepted(
            self.admin(Method::POST, "/candor/v1/accounts")
                .json(&viewer),
        );
        let invite = json!({"role": "editor", "projects": ["support"], "email": "é@example.com"});
        accepted(self.admin(Method::POST, "/candor/v1/invites").json(&invite));
        self.sign_in();
    }

    /// Signs the owner in.
    pub fn sign_in(&self) {
        let words = json!({"email": "zoë@example.com", "password": "a long password"});
        accepted(
            self.request(Method::POST, "/candor/v1/session")
                .json(&words),
        );
    }

    fn admin(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(ADMIN)
    }

    /// What the native API answers.
    pub fn get(&self, path: &str) -> Value {
        accepted(self.admin(Method::GET, &format!("/candor/v1/{path}")))
    }

    fn dify(&self) {
        for (number, (comment, _)) in COMMENTS.iter().enumerate() {
            self.vote(DIFY, &message(number), "ada", Some("like"), comment);
        }
        self.vote(DIFY, &message(8), "ada", Some("like"), "first");
        self.vote(DIFY, &message(8), "ada", Some("dislike"), "changed");
        self.vote(DIFY, &message(11), "bob", Some("dislike"), "");
        self.vote(DIFY, &message(12), "bob", Some("like"), "taken back");
        self.vote(DIFY, &message(12), "bob", None, "");
        self.vote(DIFY, &message(13), "bob", Some("like"), "");
        self.vote(DIFY, &message(13), "bob", None, "");
        self.vote(DIFY, &message(13), "bob", Some("dislike"), "revived");
        for rating in [Some("like"), Some("dislike"), None] {
            self.vote(MIRRORED, &message(4), "ada", rating, "to be mirrored");
        }
    }

    /// Asks by Melodi's interface.
    pub fn melodi_call(&self, method: Method, path: &str, body: &Value) -> Value {
        let path = format!("/api/external{path}");
        let request = self.request(method, &path).header("api-key", MELODI);
        accepted(match body {
            Value::Null => request,
            body => request.json(body),
        })
    }

    fn melodi(&self) {
        let user = json!({"externalId": "mel", "name": "Mel", "segments": {"team": ["a", "b"]}});
        let mel = self.melodi_call(Method::PUT, "/users", &user);
        let feedback = json!({
            "feedbackType": "NEGATIVE", "externalThreadId": "chat_123", "externalMessageId": "msg_2", "projectId": 64,
            "feedbackText": "Not what I asked", "attributes": {"Quality": "Poor", "Tone": "Nice"},
            "externalUser": {"externalId": "mel"},
        });
        let given = self.melodi_call(Method::POST, "/feedback", &feedback);
        self.melodi_call(Method::POST, "/feedback", &feedback);
        let change =
            json!({"id": given["id"], "feedbackType": "POSITIVE", "feedbackText": "After all"});
        self.melodi_call(Method::PUT, "/feedback", &change);
        let thread = json!({
            "externalId": "told", "projectId": 64, "externalUser": {"externalId": "mel"},
            "messages": [{"externalId": "told-1", "role": "bot", "content": "Told."}, {"role": "user", "content": "Nameless"}],
        });
        self.melodi_call(Method::PUT, "/threads", &thread);
        let internal = json!({"projectId": 64, "externalUserIds": [mel["id"]]});
        self.melodi_call(Method::POST, "/user-internal-for-project/bulk", &internal);
        self.associate();
        let gone = self.associate();
        self.melodi_call(
            Method::DELETE,
            &format!("/intent-message-associations/{gone}"),
            &Value::Null,
        );
    }

    /// Says of a message what it is about. Returns the number of that.
    pub fn associate(&self) -> i64 {
        let threads = self.melodi_call(
            Method::GET,
            "/threads?projectId=64&externalIds=chat_123",
            &Value::Null,
        );
        let message = &threads["rows"][0]["messages"][1]["id"];
        let issue = json!({"projectId": 64, "name": "Refund", "description": "what people want"});
        let issue = self.melodi_call(Method::PUT, "/issues", &issue);
        let about = json!({"issueId": issue["id"], "messageId": message});
        self.melodi_call(Method::POST, "/issue-message-associations", &about);
        let intent = self.melodi_call(
            Method::PUT,
            "/intents",
            &json!({"projectId": 64, "name": "Ask"}),
        );
        let about = json!({"intentId": intent["id"], "messageId": message});
        let made = self.melodi_call(Method::POST, "/intent-message-associations", &about);
        made["id"].as_i64().unwrap()
    }

    fn others(&self) {
        let body = json!({"apiKey": WONDERCHAT, "messageId": "wc_answer", "feedback": "NOT_HELPFUL", "userComment": "No."});
        accepted(
            self.request(Method::POST, "/api/v1/update-message-feedback")
                .json(&body),
        );
        let body = json!({"apiKey": WONDERCHAT, "chatlogId": "wc_1", "tags": ["new", "é"]});
        accepted(
            self.request(Method::POST, "/api/v1/add-tags-to-chatlog")
                .json(&body),
        );
        self.haptik(
            "/v1.0/user/",
            &json!({"auth_id": "hap", "name": "Hap", "mobile_no": "1"}),
        );
        let said = json!({"user": {"auth_id": "hap"}, "message_body": "Hi", "message_type": 0, "business_id": 343});
        self.haptik("/v1.0/log_message_from_user/", &said);
        let judged = json!({"auth_id": "hap", "business_id": 343, "query_resolved": true, "query_rating": 5, "feedback": "Fine"});
        self.haptik("/v1.0/log_feedback_from_user/", &judged);
        let webhook = json!({"enabled": false, "business_id": 343});
        self.haptik("/v1.0/webhook/", &webhook);
        self.useful("USEFUL", "ada");
        self.useful("NOT_USEFUL", "ada");
        self.useful("USEFUL", "bob");
        let path = format!("/applications/{APPLICATION}/conversations/{ERASED}");
        self.amazon_q("DELETE", &path, None);
    }

    fn haptik(&self, path: &str, body: &Value) {
        let request = self.request(Method::POST, path).bearer_auth(HAPTIK);
        accepted(request.header("client-id", HAPTIK_CLIENT).json(body));
    }

    /// Votes as Amazon Q's clients do.
    pub fn useful(&self, usefulness: &str, user: &str) {
        let path = format!(
            "/applications/{APPLICATION}/conversations/{CONVERSATION}/messages/{ANSWER}/feedback?userId={user}"
        );
        let body = json!({"messageUsefulness": {
            "usefulness": usefulness, "reason": "OTHER", "comment": "as a record", "submittedAt": 1_777_636_801.25,
        }});
        self.amazon_q("POST", &path, Some(&body));
    }

    fn amazon_q(&self, method: &str, path: &str, body: Option<&Value>) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let kind = (!body.is_empty()).then_some("application/json");
        let url = format!("{}{path}", self.server.url());
        let signing = Signing::with(AMAZON_Q.0, AMAZON_Q.1);
        let (url, headers) = signing.sign(method, &url, kind, body.as_bytes());
        let mut request = self.client.request(method.parse().unwrap(), url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        accepted(request);
    }
}

/// What a request that must be accepted is answered.
#[track_caller]
pub fn accepted(request: RequestBuilder) -> Value {
    let answer = request.send().unwrap();
    let (status, url) = (answer.status(), answer.url().clone());
    let text = answer.text().unwrap();
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
