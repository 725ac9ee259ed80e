//! The server that Candor is measured against: the same HTTP stack, the same body parsed into the same fields, the same
//! bytes answered, and nothing stored. What Candor costs beyond it is what Candor does.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
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
            let router = Router::new().route("/v1/messages/{message}/feedbacks", post(vote));
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
