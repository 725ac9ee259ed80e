//! How projects, keys and attributes are changed: one at a time, with the directory following the store.

use super::{App, Directory};
use crate::error::Result;
use std::sync::{Arc, PoisonError};

impl App {
    /// Runs a change of what the directory holds, then reads the directory anew, also after a failure: what is in
    /// memory never claims more than what is stored.
    pub(super) async fn administer<T>(&self, change: impl Future<Output = Result<T>>) -> Result<T> {
        let _turn = self.administration.lock().await;
        let changed = change.await;
        let records = self.store.directory().await?;
        let directory = Arc::new(Directory::of(records));
        *self
            .directory
            .write()
            .unwrap_or_else(PoisonError::into_inner) = directory;
        changed
    }
}
