//! Each dialect from request to answer, without the store: its route, the layers, the key, the body parsed and converted. The
//! votes are refused for one value, which is found last; nothing is written, and the refusal is said as the vendor says it.

use crate::support;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use candor::app::{App, AppOptions};
use candor::dialects::amazon_q;
use candor::http::{self, Metrics};
use candor::upstream::Passing;
use criterion::Criterion;
use http_body_util::BodyExt as _;
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use tower::ServiceExt as _;

const DIFY: &str = "app-parts-test-key-0000000";
const MELODI: &str = "melodi-parts-test-key-0000";
const WONDERCHAT: &str = "wonderchat-parts-test-key0";
const NATIVE: &str = "cnd_parts-test-key-00000000000000000000";
const HAPTIK: (&str, &str) = ("haptik-parts-test-key-0000", "client");

/// Eighty characters.
const COMMENT: &str =
    "The answer names a plan which is not sold any more, and the link leads nowhere. ";

/// A dialect's vote that is refused.
struct Vote {
    dialect: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    refused: StatusCode,
}

pub fn measure(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = Arc::new(App::open(AppOptions::in_folder(folder.path())).unwrap());
    let metrics = Arc::new(Metrics::install().unwrap());
    let passing = Arc::new(Passing::new(Arc::clone(&app)));
    let settings = candor::dialects::Settings::default();
    let router = http::router(Arc::clone(&app), Arc::clone(&metrics), settings, passing);
    let mut group = criterion.benchmark_group("a vote refused for one value");
    for vote in votes() {
        let (status, said) = runtime.block_on(answer(&router, &vote));
        assert_eq!(
            status,
            vote.refused,
            "{}: {}",
            vote.dialect,
            String::from_utf8_lossy(&said)
        );
        group.bench_function(vote.dialect, |bencher| {
            bencher.iter(|| runtime.block_on(answer(&router, &vote)));
        });
        // As a server does every few seconds.
        metrics.sum_up();
    }
    group.finish();
    let body = format!(
        r#"{{"messageUsefulness":{{"usefulness":"USEFUL","submittedAt":1700000000.123,"comment":"{COMMENT}"}}}}"#
    );
    assert!(amazon_q::takes_body(body.as_bytes()));
    criterion.bench_function(
        "Amazon Q, the body of a vote parsed and converted",
        |bencher| {
            bencher.iter(|| amazon_q::takes_body(black_box(body.as_bytes())));
        },
    );
    runtime.block_on(app.close()).unwrap();
}

fn set_up(folder: &std::path::Path) {
    support::apply(
        folder,
        &json!({
            "projects": [{"name": "parts", "number": 64, "haptik_business_id": 343}],
            "keys": [
                {"dialect": "dify", "project": "parts", "secret": DIFY},
                {"dialect": "melodi", "secret": MELODI},
                {"dialect": "wonderchat", "secret": WONDERCHAT},
                {"dialect": "native", "secret": NATIVE, "scopes": ["feedback:write"]},
                {"dialect": "haptik", "secret": HAPTIK.0, "client_id": HAPTIK.1},
            ],
        }),
    );
}

async fn answer(router: &Router, vote: &Vote) -> (StatusCode, Bytes) {
    let mut request = Request::post(vote.path).header("content-type", "application/json");
    for (name, value) in &vote.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(vote.body.clone())).unwrap();
    let answer = router.clone().oneshot(black_box(request)).await.unwrap();
    let status = answer.status();
    (
        status,
        answer.into_body().collect().await.unwrap().to_bytes(),
    )
}

fn votes() -> Vec<Vote> {
    let vote =
        |dialect, path, headers: &[(&'static str, String)], body: serde_json::Value, refused| {
            Vote {
                dialect,
                path,
                headers: headers.to_vec(),
                body: body.to_string().into(),
                refused,
            }
        };
    let bearer = |key: &str| ("authorization", format!("Bearer {key}"));
    vec![
        vote(
            "Dify",
            "/v1/messages/5f0c3a52-8d1e-4b7a-9c55-2f6f1f0a7d11/feedbacks",
            &[bearer(DIFY)],
            // A vote with a user is refused when the user has been registered, as Dify does it.
            json!({"content": COMMENT, "rating": "like"}),
            StatusCode::BAD_REQUEST,
        ),
        vote(
            "Wonderchat",
            "/api/v1/update-message-feedback",
            &[],
            json!({"apiKey": WONDERCHAT, "messageId": "m1", "userComment": COMMENT, "feedback": "helpful"}),
            StatusCode::BAD_REQUEST,
        ),
        vote(
            "Melodi",
            "/api/external/feedback",
            &[("api-key", MELODI.to_owned())],
            json!({"externalThreadId": "c1", "externalMessageId": "m1", "projectName": "parts",
                   "feedbackText": COMMENT, "feedbackType": "LOVED"}),
            StatusCode::BAD_REQUEST,
        ),
        vote(
            "Haptik",
            "/v1.0/log_feedback_from_user",
            &[bearer(HAPTIK.0), ("client-id", HAPTIK.1.to_owned())],
            json!({"auth_id": "u1", "business_id": 343, "query_resolved": true, "feedback": COMMENT,
                   "query_rating": 9}),
            StatusCode::BAD_REQUEST,
        ),
        vote(
            "native",
            "/candor/v1/projects/parts/feedback",
            &[bearer(NATIVE)],
            json!({"target": {"message": {"external_id": "m1"}}, "author": {"external_id": "ada"},
                   "comment": COMMENT, "rating": "loved"}),
            StatusCode::BAD_REQUEST,
        ),
    ]
}
