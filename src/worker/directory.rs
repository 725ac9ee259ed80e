//! Follows what other servers change of projects, keys and attributes.

use crate::app::App;
use crate::limits;
use std::sync::Arc;

/// Looks again and again whether another server has changed something, until it is aborted. A key that was revoked elsewhere
/// works here for [`limits::DIRECTORY_INTERVAL`] at most, or for as long as the database cannot be reached, while nothing can
/// be read or written either.
pub async fn follow_directory(app: Arc<App>) {
    loop {
        tokio::time::sleep(limits::DIRECTORY_INTERVAL).await;
        if let Err(error) = app.follow_directory().await {
            tracing::warn!(%error, "it is not known whether another server changed projects or keys");
        }
    }
}
