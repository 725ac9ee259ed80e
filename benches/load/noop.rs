//! The server that Candor is measured against: the same HTTP stack, the same body parsed into the same fields, the same
//! bytes answered, and nothing stored. What Candor costs beyond it is what Candor does.
//!
//! It is also the upstream that requests are handed on to.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use candor::config::{Config, Sources};
use candor::http::ServeOptions;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::future::pending;
use tokio::net::TcpListener;
use uuid::Uuid;

/// The fields of a vote, each still in JSON, as the dialect takes them.
#[derive(Deserialize)]
struct Vote<'body> {
    #[serde(borrow)]
    user: Option<&'body RawValue>,
    #[serde(borrow)]
    rating: Option<&'body RawValue>,
    #[serde(borrow)]
    content: Option<&'body RawValue>,
}

/// Serves until the process is ended, and says where.
pub fn serve() {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(async {
            let router = Router::new()
                .route("/v1/messages/{message}/feedbacks", post(vote))
                .route("/v1/parameters", get(parameters))
                .route("/v1/chat-messages", post(chat));
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            println!("listening on http://{address}");
            let config = Config::load(Sources::default()).expect("the defaults");
            let options = ServeOptions::from(&config);
            candor::http::serve(listener, router, options, pending()).await;
        });
}

async fn vote(Path(message): Path<String>, body: Bytes) -> Response {
    let message = message.parse::<Uuid>();
    let vote = serde_json::from_slice::<Vote<'_>>(&body);
    let (Ok(message), Ok(vote)) = (message, vote) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    std::hint::black_box((message, vote.user, vote.rating, vote.content));
    (
        [(header::CONTENT_TYPE, "application/json")],
        "{\"result\":\"success\"}\n",
    )
        .into_response()
}

async fn parameters() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        "{\"opening_statement\": \"\", \"suggested_questions\": [], \"user_input_form\": []}\n",
    )
        .into_response()
}

/// A blocking answer as an app gives it.
async fn chat(_: Bytes) -> Response {
    let (message, conversation) = (Uuid::now_v7(), Uuid::now_v7());
    let answer =
        "Open the settings, choose the printers, and add the one that is called after the floor. "
            .repeat(8);
    let body = format!(
        r#"{{"event": "message", "task_id": "{message}", "id": "{message}", "message_id": "{message}",
            "conversation_id": "{conversation}", "mode": "chat", "answer": "{answer}", "metadata": {{"usage":
            {{"prompt_tokens": 1033, "completion_tokens": 128, "total_tokens": 1161, "latency": 0.76}}}},
            "created_at": 1705407629}}"#
    );
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
