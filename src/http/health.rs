//! What supervisors and load balancers ask.

use crate::app::App;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Whether the process answers at all.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether reads and writes are answered.
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    match app.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}
