//! Connections that read.

use crate::{postgres, told};
use candor::error::ErrorKind;
use candor::store::postgres::{Connector, ReaderPool};
use std::time::Duration;

#[tokio::test]
async fn readers_see_one_state_and_write_nothing() {
    let Some(database) = postgres::database() else {
        return;
    };
    let pool = ReaderPool::new(Connector::new(database.address()).unwrap()).unwrap();
    let reader = pool.get().await.unwrap();
    let setting = async |name: &str| -> String {
        let row = reader.query_one(&format!("SHOW {name}"), &[]).await;
        row.unwrap().get(0)
    };
    assert_eq!(setting("transaction_isolation").await, "repeatable read");
    assert_eq!(setting("transaction_read_only").await, "on");
    assert_eq!(setting("statement_timeout").await, "20s");
    assert_eq!(setting("application_name").await, "candor");
    let written = reader.batch_execute("DELETE FROM buckets").await;
    assert!(written.is_err());
}

#[tokio::test]
async fn a_connection_is_used_again_and_a_lost_one_is_replaced() {
    let Some(database) = postgres::database() else {
        return;
    };
    let pool = ReaderPool::new(Connector::new(database.address()).unwrap()).unwrap();
    let process = async || -> i32 {
        let reader = pool.get().await.unwrap();
        let row = reader.query_one("SELECT pg_backend_pid()", &[]).await;
        row.unwrap().get(0)
    };
    let first = process().await;
    assert_eq!(process().await, first);
    assert_eq!(database.terminate_backends(), 1);
    // The end is noticed a moment later.
    let another = loop {
        let reader = pool.get().await.unwrap();
        match reader.query_one("SELECT pg_backend_pid()", &[]).await {
            Ok(row) => break row.get::<_, i32>(0),
            Err(error) => assert!(
                error.is_closed() || error.as_db_error().is_some(),
                "{error}"
            ),
        }
    };
    assert_ne!(another, first);
}

#[tokio::test]
async fn who_waits_too_long_is_refused_and_the_next_one_is_not() {
    let Some(database) = postgres::database() else {
        return;
    };
    let connector = Connector::new(database.address()).unwrap();
    let pool = ReaderPool::of(connector, 2, Duration::from_millis(20)).unwrap();
    let taken = (pool.get().await.unwrap(), pool.get().await.unwrap());
    let refused = pool.get().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(
        told(&refused).contains("more reads are waiting"),
        "{refused}"
    );
    drop(taken.0);
    drop(pool.get().await.unwrap());
    pool.close();
    assert!(
        pool.get()
            .await
            .unwrap_err()
            .to_string()
            .contains("stopping")
    );
}
