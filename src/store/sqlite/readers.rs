//! Connections that only read. In WAL they never wait for the writer, nor it for them.

use super::engine::{self, Location};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::sql;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Steps of the engine between two looks at the time.
const STEPS: i32 = 10_000;

/// A pool of connections that only read.
#[derive(Debug)]
pub(in crate::store) struct Readers {
    location: Location,
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
    /// How long a read waits for its place.
    wait: Duration,
}

impl Readers {
    pub(in crate::store) fn open(location: &Location) -> rusqlite::Result<Self> {
        Ok(Self {
            location: location.clone(),
            idle: Arc::new(Mutex::new(vec![location.open_reader()?])),
            places: Arc::new(Semaphore::new(limits::READERS)),
            wait: limits::READ_WAIT,
        })
    }

    /// Runs `read` on a connection of the pool, in one snapshot, off the threads that serve. Who waits too long for a
    /// connection is refused. The read ends after [`limits::READ_TIME`], for what nobody waits for any more must not hold the log.
    pub(in crate::store) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(sql::Connection<'_>) -> sql::Result<T> + Send + 'static,
    ) -> Result<T> {
        let read = move |connection: &Connection| read(connection.into());
        self.run_within(Some(limits::READ_TIME), read).await
    }

    /// As [`Readers::run`], for as long as it takes.
    pub(in crate::store) async fn run_long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.run_within(None, move |connection| Ok(read(connection)?))
            .await
    }

    async fn run_within<T: Send + 'static>(
        &self,
        time: Option<Duration>,
        read: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T> {
        let closed = |_| Error::new(ErrorKind::Unavailable, "the server is stopping");
        let place = Arc::clone(&self.places).acquire_owned();
        let place = tokio::time::timeout(self.wait, place)
            .await
            .map_err(|_| busy())?
            .map_err(closed)?;
        let idle = Arc::clone(&self.idle);
        let location = self.location.clone();
        tokio::task::spawn_blocking(move || {
            // A caller that goes away does not end the read, so the place is given back with the connection.
            let _place = place;
            let mut connection = pop(&idle).map_or_else(|| location.open_reader(), Ok)?;
            end_after(&mut connection, time)?;
            let value = snapshot(&connection, read);
            idle.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            value
        })
        .await
        .map_err(Error::internal)?
        .map_err(|error| unreadable(&error))
    }
}

fn busy() -> Error {
    let message = "more reads are waiting than the server takes on; try again";
    Error::new(ErrorKind::Busy, message)
}

/// Has the engine look at the time, and end what takes longer.
fn end_after(connection: &mut Connection, time: Option<Duration>) -> rusqlite::Result<()> {
    let started = Instant::now();
    match time {
        Some(time) => connection.progress_handler(STEPS, Some(move || started.elapsed() > time)),
        None => connection.progress_handler(STEPS, None::<fn() -> bool>),
    }
}

/// An engine's failure to read, for the client and the log.
pub(in crate::store) fn unreadable(error: &sql::Error) -> Error {
    let advice = match error {
        sql::Error::Sqlite(error) => engine::advice(error),
        _ => None,
    };
    let advice = advice.unwrap_or("try again");
    let message = format!("the store could not be read; {advice}");
    Error::new(ErrorKind::Unavailable, message).because(error.to_string())
}

fn pop(idle: &Mutex<Vec<Connection>>) -> Option<Connection> {
    idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> sql::Result<T>,
) -> sql::Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let value = read(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn readers() -> Readers {
        let location = Location::Memory(crate::clock::new_id().to_string());
        Readers::open(&location).unwrap()
    }

    fn one(connection: sql::Connection<'_>) -> sql::Result<i64> {
        connection.query_row("SELECT 1", [], |row| row.get(0))
    }

    #[tokio::test]
    async fn who_waits_too_long_is_refused_and_the_next_one_is_not() {
        let readers = Arc::new(Readers {
            wait: Duration::from_millis(20),
            ..readers()
        });
        let (reads, reading) = sync_channel(limits::READERS);
        let slow: Vec<_> = (0..limits::READERS)
            .map(|_| {
                let (release, held) = sync_channel::<()>(0);
                let (readers, reads) = (Arc::clone(&readers), reads.clone());
                let read = tokio::spawn(async move {
                    let read = move |_: sql::Connection<'_>| {
                        let _ = reads.send(());
                        let _ = held.recv();
                        Ok(())
                    };
                    readers.run(read).await
                });
                (release, read)
            })
            .collect();
        tokio::task::spawn_blocking(move || {
            for _ in 0..limits::READERS {
                let _ = reading.recv();
            }
        })
        .await
        .unwrap();
        let refused = readers.run(one).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Busy);
        for (release, read) in slow {
            drop(release);
            read.await.unwrap().unwrap();
        }
        assert_eq!(readers.run(one).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn readers_that_go_away_keep_their_places_until_their_reads_end() {
        let readers = readers();
        let (release, held) = sync_channel::<()>(0);
        let held = Arc::new(Mutex::new(held));
        for _ in 0..limits::READERS {
            let held = Arc::clone(&held);
            let read = readers.run(move |_| {
                let _ = held.lock().unwrap().recv();
                Ok(())
            });
            let left = tokio::time::timeout(Duration::from_millis(20), read).await;
            assert!(left.is_err());
        }
        let (value, ()) = tokio::join!(readers.run(one), async { drop(release) });
        assert_eq!(value.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_read_that_panics_costs_no_connection() {
        let readers = readers();
        for _ in 0..=limits::READERS {
            let panicked = readers
                .run(|_| -> sql::Result<()> { panic!("on purpose") })
                .await;
            assert_eq!(panicked.unwrap_err().kind(), ErrorKind::Internal);
        }
        assert_eq!(readers.run(one).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_read_ends_when_its_time_is_over() {
        let endless =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let ended = readers()
            .run_within(Some(Duration::ZERO), move |connection| {
                Ok(connection.query_row(endless, [], |row| row.get::<_, i64>(0))?)
            })
            .await;
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::Unavailable);
    }
}
