//! A server in this process, whose clock the test sets, and a client of its Haptik API.

use crate::support;
use candor::app::{App, AppOptions, Setup};
use candor::clock::Clock;
use candor::config::{Config, Sources};
use candor::http::{self, Metrics, ServeOptions};
use candor::upstream::Passing;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

pub const TOKEN: &str = "8f14e45fceea167a5a36dedd4bea2543";
pub const CLIENT: &str = "0a4d55a8d778e5022fab701977c5d840bbc486d0";
/// May do everything in the native API.
pub const ADMIN: &str = "cnd_administrator000000000000";

/// Another workspace's token and client.
pub const OTHER_TOKEN: &str = "45c48cce2e2d7fbdea1afc51c7c6ad26";
pub const OTHER_CLIENT: &str = "356a192b7913b04c54574d18c28d46e6395428ab";

/// The server of one test.
pub struct Haptik {
    pub client: Client,
    pub url: String,
    clock: Clock,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
}

/// What came back.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// Businesses 343 and 344 of one client, where unknown targets are rejected or accepted.
pub fn setup(unknown_targets: &str) -> Value {
    json!({
        "projects": [
            {"name": "support", "haptik_business_id": 343, "unknown_targets": unknown_targets},
            {"name": "sales", "haptik_business_id": 344, "unknown_targets": unknown_targets},
        ],
        "keys": [
            {"dialect": "haptik", "secret": TOKEN, "client_id": CLIENT},
            {"dialect": "native", "secret": ADMIN, "scopes": ["admin"]},
        ],
    })
}

/// Counting is the process's own; its servers share it.
fn metrics() -> Arc<Metrics> {
    static METRICS: OnceLock<Arc<Metrics>> = OnceLock::new();
    Arc::clone(METRICS.get_or_init(|| Arc::new(Metrics::install().unwrap())))
}

impl Haptik {
    /// A server where who and what is unknown is rejected.
    pub fn rejecting() -> Self {
        Self::with(&setup("reject"), &[])
    }

    /// A server where who and what is unknown is registered.
    pub fn accepting() -> Self {
        Self::with(&setup("accept"), &[])
    }

    /// A server with these settings, as the environment gives them. Its clock stands.
    pub fn with(setup: &Value, settings: &[(&str, &str)]) -> Self {
        let clock = Clock::standing_at("2026-05-01T12:00:00Z".parse().unwrap());
        let config = Config::load(Sources {
            environment: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Sources::default()
        })
        .unwrap();
        let app = App::open(AppOptions {
            clock: clock.clone(),
            ..AppOptions::in_memory()
        });
        let app = Arc::new(app.unwrap());
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(async {
            let operator = App::operator(app.ensure_workspace().await.unwrap());
            let setup: Setup = serde_json::from_value(setup.clone()).unwrap();
            app.apply(&operator, setup).await.unwrap();
            let (other, _) = app.create_workspace("other").await.unwrap();
            let setup = json!({
                "projects": [{"name": "support", "haptik_business_id": 343, "unknown_targets": "reject"}],
                "keys": [{"dialect": "haptik", "secret": OTHER_TOKEN, "client_id": OTHER_CLIENT}],
            });
            let setup: Setup = serde_json::from_value(setup).unwrap();
            app.apply(&App::operator(other.id), setup).await.unwrap();
            TcpListener::bind("127.0.0.1:0").await.unwrap()
        });
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let passing = Arc::new(Passing::new(Arc::clone(&app)));
        let router = http::router(app, metrics(), (&config).into(), passing);
        runtime.spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            http::serve(listener, router, ServeOptions::from(&config), stopped).await
        });
        Self {
            client: support::client(),
            url,
            clock,
            stop: Some(stop),
            runtime: Some(runtime),
        }
    }

    /// Sets the clock forward.
    pub fn wait(&self, seconds: i64) {
        self.wait_microseconds(seconds * 1_000_000);
    }

    pub fn wait_microseconds(&self, microseconds: i64) {
        let now = self.clock.now();
        self.clock.set(now.plus_microseconds(microseconds));
    }

    /// A request with the token and its client's id.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(TOKEN)
            .header("client-id", CLIENT)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body))
    }

    /// Registers a person.
    pub fn register(&self, person: &str) {
        let answer = self.post("/v1.0/user/", &json!({"auth_id": person}));
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// A message of a person, by which a conversation begins or goes on. Returns its id.
    pub fn say(&self, person: &str, business: i64) -> i64 {
        let answer = self.post("/v1.0/log_message_from_user/", &message(person, business));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["message_id"].as_i64().unwrap()
    }

    /// Gives a feedback.
    pub fn give(&self, body: &Value) -> Answer {
        self.post("/v1.0/log_feedback_from_user/", body)
    }

    /// What the native API has at a path.
    pub fn native(&self, path: &str) -> Value {
        let url = format!("{}/candor/v1/{path}", self.url);
        let answer = answer(self.client.get(url).bearer_auth(ADMIN));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// The feedback of a project, newest first.
    pub fn listed(&self, project: &str) -> Vec<Value> {
        let list = self.native(&format!("projects/{project}/feedback"));
        list["items"].as_array().unwrap().clone()
    }

    /// How many conversations a project has.
    pub fn conversations(&self, project: &str) -> usize {
        let list = self.native(&format!("projects/{project}/conversations"));
        list["items"].as_array().unwrap().len()
    }
}

impl Drop for Haptik {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().unwrap();
    let status = response.status().as_u16();
    let text = response.text().unwrap();
    let body = serde_json::from_str(&text);
    Answer {
        status,
        body: body.unwrap_or_else(|_| panic!("{status}: {text}")),
    }
}

pub fn message(person: &str, business: i64) -> Value {
    json!({"user": {"auth_id": person}, "message_body": "Hi", "message_type": 0, "business_id": business})
}

pub fn feedback(person: &str, business: i64) -> Value {
    json!({
        "auth_id": person, "business_id": business, "query_resolved": true, "query_rating": 5,
        "feedback": "The conversation was very human like",
    })
}

pub fn success() -> Answer {
    Answer {
        status: 201,
        body: json!({"success": true}),
    }
}

pub fn refusal(status: u16, message: &str) -> Answer {
    Answer {
        status,
        body: json!({"error_message": message}),
    }
}

pub fn duplicate() -> Answer {
    refusal(400, "duplicate feedback")
}
