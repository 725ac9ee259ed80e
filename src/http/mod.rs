//! Serving: the listener, the layers that every request passes, health and metrics.

mod connection;
mod health;
mod layers;
mod metrics;
mod refused_head;
mod serve;
mod tls;

pub use metrics::Metrics;
pub use serve::{ServeOptions, serve};
pub use tls::Tls;

use crate::app::App;
use crate::dialects;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// Every path that Candor answers, behind the layers that every request passes.
pub fn router(app: Arc<App>, metrics: Arc<Metrics>) -> Router {
    let layer = layers::EveryRequest::new(Arc::clone(&metrics));
    dialects::routes()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(app)
        .route("/metrics", get(move || async move { metrics.answer() }))
        .layer(layer)
}
