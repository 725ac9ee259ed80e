//! Connections that only read. In WAL they never wait for the writer, nor it for them.

use super::engine::Location;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// A pool of connections that only read.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Semaphore,
}

impl Readers {
    pub(super) fn open(location: &Location) -> rusqlite::Result<Self> {
        let connections = (0..limits::READERS)
            .map(|_| location.open_reader())
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Self {
            idle: Arc::new(Mutex::new(connections)),
            places: Semaphore::new(limits::READERS),
        })
    }

    /// Runs `read` on a connection of the pool, in one snapshot, off the threads that serve.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let closed = || Error::new(ErrorKind::Unavailable, "the server is stopping");
        let _place = self.places.acquire().await.map_err(|_| closed())?;
        let idle = Arc::clone(&self.idle);
        let connection = pop(&idle).ok_or_else(closed)?;
        tokio::task::spawn_blocking(move || {
            let value = snapshot(&connection, read);
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            value
        })
        .await
        .map_err(Error::internal)?
        .map_err(unreadable)
    }
}

/// An engine's failure to read, for the client and the log.
pub(super) fn unreadable(error: rusqlite::Error) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the store could not be read; try again",
    )
    .because(error)
}

fn pop(idle: &Mutex<Vec<Connection>>) -> Option<Connection> {
    idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let value = read(&transaction)?;
    transaction.commit()?;
    Ok(value)
}
