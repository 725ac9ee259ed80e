//! How projects, keys, attributes and accounts are changed: one at a time, with the directory following the store.

use super::{App, Directory};
use crate::error::Result;
use crate::limits;
use crate::store::{HeldLock, Store, StoreLock};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::OwnedMutexGuard;

/// The directory as all read it, and the store's version of what it was read from.
#[derive(Debug)]
pub(super) struct Shared {
    directory: RwLock<Arc<Directory>>,
    version: AtomicI64,
}

impl Shared {
    pub(super) fn new(directory: Directory) -> Self {
        Self {
            directory: RwLock::new(Arc::new(directory)),
            // None that a store has, so that what was changed since the first reading is noticed.
            version: AtomicI64::new(-1),
        }
    }

    /// As it is now.
    pub(super) fn get(&self) -> Arc<Directory> {
        let directory = self.directory.read();
        Arc::clone(&directory.unwrap_or_else(PoisonError::into_inner))
    }

    fn is_of(&self, version: i64) -> bool {
        self.version.load(Ordering::Acquire) == version
    }
}

/// A change under way. However it ends, the directory is read anew before the next one begins.
struct Turn {
    store: Arc<Store>,
    directory: Arc<Shared>,
    held: Option<(OwnedMutexGuard<()>, HeldLock)>,
}

impl App {
    /// Runs a change of what the directory holds, then reads the directory anew, also after a failure: what is in
    /// memory never claims more than what is stored.
    ///
    /// A caller that goes away does not keep the directory from following: its change may be in the writer's queue
    /// already, and a revoked key must not go on working.
    pub(super) async fn administer<T>(&self, change: impl Future<Output = Result<T>>) -> Result<T> {
        let held = Arc::clone(&self.administration).lock_owned().await;
        let held_by_all = self.store.wait_for(StoreLock::Administration).await?;
        let mut turn = Turn {
            held: Some((held, held_by_all)),
            store: Arc::clone(&self.store),
            directory: Arc::clone(&self.directory),
        };
        self.follow_directory().await?;
        let changed = change.await;
        follow(&turn.store, &turn.directory).await;
        turn.held = None;
        changed
    }

    /// Reads the directory anew if another server has changed it.
    pub async fn follow_directory(&self) -> Result<()> {
        let version = self.store.directory_version().await?;
        if !self.directory.is_of(version) {
            read(&self.store, &self.directory).await?;
        }
        Ok(())
    }
}

/// The version is read first: what is changed between the two is read again.
async fn read(store: &Store, shared: &Shared) -> Result<()> {
    let version = store.directory_version().await?;
    let records = store.directory().await?;
    let mut directory = shared
        .directory
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    *directory = Arc::new(Directory::of(records, directory.rates()));
    shared.version.store(version, Ordering::Release);
    Ok(())
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else {
            return;
        };
        let (store, directory) = (Arc::clone(&self.store), Arc::clone(&self.directory));
        // Without a runtime the process is ending.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            follow(&store, &directory).await;
            drop(held);
        });
    }
}

/// Reads the directory once every write that was queued before is done. It is tried again for as long as a store that is
/// not stopping may need; what cannot be read even then is told to the log.
async fn follow(store: &Store, directory: &Shared) {
    for _ in 0..limits::DIRECTORY_READS {
        let followed = async {
            store.ready().await?;
            read(store, directory).await
        };
        match followed.await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "projects and keys cannot be read anew yet"),
        }
        tokio::time::sleep(limits::DIRECTORY_READ_INTERVAL).await;
    }
    tracing::error!("projects and keys in memory are older than those stored");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AppOptions, Credential, KeyDraft};
    use crate::domain::Dialect;
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_revoked_key_stops_working_though_its_revoker_goes_away() {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let operator = App::operator(app.ensure_workspace().await.unwrap());
        let draft = KeyDraft::new(Dialect::Native, None);
        let issued = app.create_key(&operator, draft, None).await.unwrap();
        // Looks at the revocation once, which queues the write, and leaves.
        tokio::select! {
            biased;
            _ = app.revoke_key(&operator, issued.key.id) => {}
            () = std::future::ready(()) => {}
        }
        let works = || {
            app.authenticate(Credential {
                dialect: Dialect::Native,
                secret: &issued.secret,
            })
            .is_ok_and(|key| key.is_some())
        };
        for _ in 0..500 {
            if !works() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the key still works");
    }
}
