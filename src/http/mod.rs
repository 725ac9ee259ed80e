//! Serving: the listener, the layers that every request passes, health and metrics.

mod connection;
mod crowd;
mod health;
mod layers;
mod metrics;
mod refused_head;
mod serve;
mod tls;
mod turns;

pub use metrics::Metrics;
pub use serve::{ServeOptions, serve};
pub use tls::Tls;

use crate::app::App;
use crate::config::Config;
use crate::dialects::{self, Settings, amazon_q, haptik};
use crate::ui;
use crate::upstream::Passing;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

/// Every path that Candor answers, behind the layers that every request passes.
pub fn router(
    app: Arc<App>,
    metrics: Arc<Metrics>,
    settings: Settings,
    passing: Arc<Passing>,
) -> Router {
    let layer = layers::EveryRequest::new(Arc::clone(&metrics));
    dialects::routes(settings, passing)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .merge(ui::routes())
        .with_state(app)
        .route("/metrics", get(move || async move { metrics.answer() }))
        .layer(layer)
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            amazon_q: amazon_q::Settings {
                clock_window: config.amazon_q_clock_window,
            },
            haptik: haptik::Settings {
                duplicate_status: config.haptik_duplicate_status,
                unregistered_message: config.haptik_unregistered_message.clone(),
            },
        }
    }
}
