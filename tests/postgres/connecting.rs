//! Reaching a server, or saying why not.

use crate::postgres::{Options, Server};
use crate::told;
use candor::error::{ErrorKind, Result};
use candor::store::postgres::{Connector, Purpose};
use rcgen::CertifiedKey;
use std::io::Write as _;
use std::net::TcpListener;

/// Connects, and says whether TLS is between.
async fn encrypted(url: &str) -> Result<bool> {
    let connector = Connector::new(url.parse()?)?;
    let (client, _connection) = connector.connect(Purpose::Writing).await?;
    let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    Ok(client.query_one(encrypted, &[]).await.unwrap().get(0))
}

async fn refusal(url: &str) -> String {
    let refused = encrypted(url).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert_eq!(refused.message(), "the database cannot be reached");
    let told = told(&refused);
    assert!(!told.contains("secret"), "{told}");
    assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
    told
}

#[tokio::test]
async fn why_a_server_cannot_be_reached_is_told_apart() {
    let Some(server) = Server::start(&Options {
        fsync: false,
        ..Options::default()
    }) else {
        return;
    };
    assert!(!encrypted(&server.url("postgres")).await.unwrap());
    let wrong = refusal(&server.url_of("candor", "secret", "postgres")).await;
    assert!(
        wrong.contains("does not take the password of the user \"candor\""),
        "{wrong}"
    );
    let unknown = refusal(&server.url_of("nobody", "secret", "postgres")).await;
    assert!(unknown.contains("\"nobody\""), "{unknown}");
    let missing = refusal(&server.url("nowhere")).await;
    assert!(missing.contains("no database \"nowhere\""), "{missing}");
    assert!(missing.contains("createdb"), "{missing}");
    let whole = server.url("postgres");
    let (_, place) = whole.split_once('@').unwrap();
    let unsaid = refusal(&format!("postgres://candor@{place}")).await;
    assert!(unsaid.contains("asks for the password"), "{unsaid}");
    let plain = refusal(&format!("{}?sslmode=require", server.url("postgres"))).await;
    assert!(plain.contains("speaks no TLS"), "{plain}");
    server.query("CREATE ROLE reader LOGIN PASSWORD 'secret' CONNECTION LIMIT 0");
    let crowded = refusal(&server.url_of("reader", "secret", "postgres")).await;
    assert!(crowded.contains("no connection left"), "{crowded}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let refused = refusal(&format!("postgres://candor:secret@127.0.0.1:{port}/candor")).await;
    assert!(
        refused.contains(&format!("nothing listens at 127.0.0.1:{port}")),
        "{refused}"
    );
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().display();
    let refused = refusal(&format!("postgres://candor:secret@/candor?host={socket}")).await;
    assert!(refused.contains("nothing listens at"), "{refused}");
    assert!(refused.contains(".s.PGSQL.5432"), "{refused}");
    let refused = refusal("postgres://candor:secret@host.invalid/candor").await;
    assert!(refused.contains("host.invalid:5432"), "{refused}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_long() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let refused = refusal(&format!(
        "postgres://candor:secret@127.0.0.1:{port}/candor?connect_timeout=1"
    ))
    .await;
    assert!(refused.contains("did not answer in time"), "{refused}");
}

#[tokio::test]
async fn what_a_server_proves_is_what_is_asked_for() {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = Some((cert.pem(), signing_key.serialize_pem()));
    let Some(server) = Server::start(&Options {
        fsync: false,
        tls,
        ..Options::default()
    }) else {
        return;
    };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(cert.pem().as_bytes()).unwrap();
    let file = file.path().display();
    let by_name = server.url("postgres");
    let by_number = by_name.replace("localhost", "127.0.0.1");
    assert!(
        !encrypted(&format!("{by_name}?sslmode=disable"))
            .await
            .unwrap()
    );
    for options in [
        String::new(),
        "?sslmode=require".to_owned(),
        "?sslmode=require&channel_binding=require".to_owned(),
        format!("?sslmode=verify-ca&sslrootcert={file}"),
    ] {
        assert!(
            encrypted(&format!("{by_name}{options}")).await.unwrap(),
            "{options}"
        );
        assert!(
            encrypted(&format!("{by_number}{options}")).await.unwrap(),
            "{options}"
        );
    }
    let whole = format!("?sslmode=verify-full&sslrootcert={file}");
    assert!(encrypted(&format!("{by_name}{whole}")).await.unwrap());
    let other_name = refusal(&format!("{by_number}{whole}")).await;
    assert!(
        other_name.contains("by the name that it is for"),
        "{other_name}"
    );
    let unknown = refusal(&format!("{by_name}?sslmode=verify-full")).await;
    assert!(unknown.contains("sslrootcert"), "{unknown}");
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut other_file = tempfile::NamedTempFile::new().unwrap();
    other_file.write_all(other.cert.pem().as_bytes()).unwrap();
    let other_file = other_file.path().display();
    let forged = refusal(&format!(
        "{by_name}?sslmode=verify-ca&sslrootcert={other_file}"
    ))
    .await;
    assert!(forged.contains("is not accepted"), "{forged}");
}

#[tokio::test]
async fn a_file_of_authorities_that_cannot_be_used_is_named() {
    let url = "postgres://candor@localhost/x?sslmode=verify-full&sslrootcert=/nowhere.pem";
    let refused = encrypted(url).await.unwrap_err().to_string();
    assert!(refused.contains("/nowhere.pem cannot be used"), "{refused}");
    let empty = tempfile::NamedTempFile::new().unwrap();
    let file = empty.path().display();
    let url = format!("postgres://candor@localhost/x?sslmode=verify-full&sslrootcert={file}");
    let refused = encrypted(&url).await.unwrap_err().to_string();
    assert!(refused.contains("cannot be used"), "{refused}");
}

#[tokio::test]
async fn a_session_keeps_its_promises_whatever_the_defaults_are() {
    let Some(server) = Server::start(&Options {
        fsync: false,
        ..Options::default()
    }) else {
        return;
    };
    server.query(
        "ALTER ROLE candor SET synchronous_commit = off;
         ALTER ROLE candor SET default_transaction_isolation = 'serializable';
         ALTER ROLE candor SET standard_conforming_strings = off;
         ALTER ROLE candor SET lock_timeout = '1ms';",
    );
    let connector = Connector::new(server.url("postgres").parse().unwrap()).unwrap();
    let (client, _connection) = connector.connect(Purpose::Writing).await.unwrap();
    for (name, value) in [
        ("synchronous_commit", "on"),
        ("transaction_isolation", "read committed"),
        ("standard_conforming_strings", "on"),
        ("lock_timeout", "0"),
        ("statement_timeout", "1min"),
        ("idle_in_transaction_session_timeout", "30s"),
    ] {
        let row = client
            .query_one(&format!("SHOW {name}"), &[])
            .await
            .unwrap();
        assert_eq!(row.get::<_, &str>(0), value, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_was_killed_is_there_again() {
    let Some(mut server) = Server::start(&Options {
        fsync: false,
        ..Options::default()
    }) else {
        return;
    };
    let url = server.url("postgres");
    server.stop_immediately();
    let refused = refusal(&url).await;
    assert!(refused.contains("nothing listens at"), "{refused}");
    server.start_again();
    assert!(!encrypted(&url).await.unwrap());
    let database = server.database();
    assert_eq!(database.query("SELECT version FROM schema_version"), ["1"]);
}
