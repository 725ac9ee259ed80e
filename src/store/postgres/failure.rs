//! Why the database cannot be reached, and what to do about it.

use super::address::DatabaseAddress;
use crate::error::{Error, ErrorKind};
use std::error::Error as _;
use std::io;
use tokio_postgres::error::{DbError, SqlState};

/// The database cannot be reached. Clients hear just that; the log and the operator hear why, and never the password.
pub fn unreachable(address: &DatabaseAddress, error: &tokio_postgres::Error) -> Error {
    told(cause(address, error))
}

/// The database cannot be reached, for it was silent for too long.
pub(super) fn silent(address: &DatabaseAddress) -> Error {
    let hosts = address.hosts();
    told(format!(
        "{hosts} did not answer in time; is it PostgreSQL that listens there, and is there a firewall between?"
    ))
}

/// An error of the driver with its cause, and without what the server tells of rows.
pub(super) fn described(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(refusal), _) => format!("{} ({})", refusal.message(), refusal.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

fn told(cause: String) -> Error {
    Error::new(ErrorKind::Unavailable, "the database cannot be reached").because(cause)
}

fn cause(address: &DatabaseAddress, error: &tokio_postgres::Error) -> String {
    let hosts = address.hosts();
    if let Some(refusal) = error.as_db_error() {
        return refused(address, refusal);
    }
    if let Some(error) = find::<rustls::Error>(error) {
        return uncertain(&hosts, error);
    }
    if let Some(error) = find::<io::Error>(error) {
        return cut_off(&hosts, error);
    }
    match described(error) {
        told if told.contains("password missing") => {
            let user = user(address);
            format!(
                "{hosts} asks for the password of {user}: postgres://user:password@host/database"
            )
        }
        told if told.contains("does not support TLS") => {
            format!(
                "{hosts} speaks no TLS; switch it on there, or set sslmode=disable if the network is trusted"
            )
        }
        told => format!("{hosts}: {told}"),
    }
}

/// The server answered, and does not let us in.
fn refused(address: &DatabaseAddress, refusal: &DbError) -> String {
    let (hosts, user) = (address.hosts(), user(address));
    let message = refusal.message();
    match *refusal.code() {
        SqlState::INVALID_PASSWORD => format!("{hosts} does not take the password of {user}"),
        SqlState::INVALID_CATALOG_NAME => {
            let database = address.database().unwrap_or("candor");
            format!(
                "{hosts} has no database \"{database}\"; make it with: createdb --owner=USER {database}"
            )
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            format!("{hosts} does not let {user} in: {message}; see its pg_hba.conf")
        }
        SqlState::INSUFFICIENT_PRIVILEGE => {
            format!("{hosts} does not let {user} connect: {message}")
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            format!("{hosts} has no connection left: {message}; raise its max_connections")
        }
        SqlState::CANNOT_CONNECT_NOW => format!("{hosts} is not ready: {message}; try again"),
        _ => format!("{hosts} refuses: {message} ({})", refusal.code().code()),
    }
}

/// The server's certificate does not prove what it has to.
fn uncertain(hosts: &str, error: &rustls::Error) -> String {
    use rustls::CertificateError::{NotValidForName, NotValidForNameContext, UnknownIssuer};
    let advice = match error {
        rustls::Error::InvalidCertificate(UnknownIssuer) => {
            "; name the certificate of who signed it with sslrootcert=FILE"
        }
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "; connect by the name that it is for"
        }
        _ => "",
    };
    format!("the certificate or the TLS of {hosts} is not accepted: {error}{advice}")
}

fn cut_off(hosts: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
            format!("nothing listens at {hosts}; is PostgreSQL running there?")
        }
        io::ErrorKind::TimedOut => {
            format!("{hosts} did not answer in time; is there a firewall between?")
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            format!("{hosts} hung up: {error}")
        }
        _ => format!("{hosts}: {error}"),
    }
}

fn user(address: &DatabaseAddress) -> String {
    let user = address.user();
    user.map_or_else(
        || "the user of this process".to_owned(),
        |user| format!("the user \"{user}\""),
    )
}

/// The first cause of this kind. What is packed into an error of input and output is looked into too.
fn find<Cause: std::error::Error + 'static>(error: &tokio_postgres::Error) -> Option<&Cause> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<Cause>() {
            return Some(found);
        }
        let packed = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(found) = packed.and_then(|error| error.downcast_ref::<Cause>()) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
