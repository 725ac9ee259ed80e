//! Where a PostgreSQL database is, as the setting `store` says it.

use crate::error::{Error, Result};
use crate::limits;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// What an address begins with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Where Debian and most others have the server's socket, for an address that names no host.
const SOCKET_FOLDER: &str = "/var/run/postgresql";

/// PostgreSQL's own port.
const PORT: u16 = 5432;

/// Options of an address that the driver understands as PostgreSQL's own clients do.
const OPTIONS: [&str; 16] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Where a database is, and as whom to connect: `postgres://user:password@host:port/database?sslmode=verify-full`.
///
/// What it shows of itself is without the password.
#[derive(Clone)]
pub struct DatabaseAddress {
    config: Config,
    encryption: Encryption,
    authorities: Option<PathBuf>,
}

/// Whether connections are encrypted, and what the server has to prove: `sslmode`, as PostgreSQL's own clients have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encryption {
    /// `disable`: never.
    Off,
    /// `prefer`: if the server offers it, whoever it is.
    Preferred,
    /// `require`: always, whoever the server is.
    Required,
    /// `verify-ca`: always, and one of the authorities has signed the certificate.
    OfAuthority,
    /// `verify-full`: always, and the certificate is for the host that is named.
    OfHost,
}

impl DatabaseAddress {
    /// As whom, where and to what the driver connects.
    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) const fn encryption(&self) -> Encryption {
        self.encryption
    }

    /// The file with the certificates of those who may have signed the server's; the system's, if there is none.
    pub(super) fn authorities(&self) -> Option<&Path> {
        self.authorities.as_deref()
    }

    /// The hosts, for people: `db.example.com:5432`.
    pub(super) fn hosts(&self) -> String {
        let ports = self.config.get_ports();
        let port = |place| ports.get(place).or_else(|| ports.first()).unwrap_or(&PORT);
        let host = |(place, host): (usize, &Host)| match host {
            Host::Tcp(name) if name.contains(':') => format!("[{name}]:{}", port(place)),
            Host::Tcp(name) => format!("{name}:{}", port(place)),
            #[cfg(unix)]
            Host::Unix(folder) => format!("{}/.s.PGSQL.{}", folder.display(), port(place)),
        };
        let hosts = self.config.get_hosts().iter().enumerate().map(host);
        hosts.collect::<Vec<_>>().join(",")
    }

    /// The user's name, unless it is that of the process.
    pub(super) fn user(&self) -> Option<&str> {
        self.config.get_user()
    }

    /// The database's name, unless it is the user's.
    pub(super) fn database(&self) -> Option<&str> {
        self.config.get_dbname().or_else(|| self.user())
    }

    /// What the address leaves open.
    fn complete(&mut self) {
        let config = &mut self.config;
        if config.get_hosts().is_empty() {
            config.host(SOCKET_FOLDER);
        }
        if config.get_application_name().is_none() {
            config.application_name("candor");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(limits::DATABASE_CONNECT_TIME);
        }
        config
            .keepalives_idle(limits::DATABASE_ALIVE_INTERVAL)
            .keepalives_interval(limits::DATABASE_ALIVE_INTERVAL)
            .keepalives_retries(limits::DATABASE_ALIVE_RETRIES);
        // Of several hosts only one takes writes; after it failed, it is another.
        let unsaid = config.get_target_session_attrs() == TargetSessionAttrs::Any;
        if config.get_hosts().len() > 1 && unsaid {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        // As with PostgreSQL's own clients, nothing is encrypted that does not leave the machine.
        config.ssl_mode(match self.encryption {
            _ if config.get_hosts().iter().all(is_socket) => SslMode::Disable,
            Encryption::Off => SslMode::Disable,
            Encryption::Preferred => SslMode::Prefer,
            _ => SslMode::Require,
        });
    }
}

impl FromStr for DatabaseAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let without_scheme = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = without_scheme.ok_or_else(|| {
            refused("must be empty, for SQLite in the data folder, or begin with postgres://")
        })?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        // Read otherwise, a piece of the password would be a part of the host's name, which is shown.
        let signs = |text: &str| text.matches('@').count();
        if signs(authority) > 1 || signs(database) > 0 || signs(query) > 0 || place.contains('#') {
            return Err(refused(
                "@, /, ? and # in a name or a password are written as %40, %2F, %3F and %23",
            ));
        }
        let mut mode = None;
        let mut authorities = None;
        let mut others = Vec::new();
        for option in query.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" => authorities = Some(decoded(value)?),
                "password" => {
                    return Err(refused(
                        "the password belongs before the host: user:password@host",
                    ));
                }
                name if OPTIONS.contains(&name) => others.push(option),
                _ => {
                    let known = OPTIONS.join(", ");
                    let message = format!("an option is none of sslmode, sslrootcert, {known}");
                    return Err(refused(&message));
                }
            }
        }
        let authorities = authorities
            .filter(|file| file != "system")
            .map(PathBuf::from);
        let config = format!("{}{place}?{}", SCHEMES[0], others.join("&"));
        let mut address = Self {
            config: config.parse().map_err(|error| unreadable(&error))?,
            encryption: Encryption::read(mode, authorities.is_some())?,
            authorities,
        };
        address.complete();
        Ok(address)
    }
}

impl Encryption {
    fn read(mode: Option<&str>, authorities: bool) -> Result<Self> {
        match mode {
            Some("disable") => Ok(Self::Off),
            None | Some("prefer") => Ok(Self::Preferred),
            // As PostgreSQL's own clients have it: who names authorities wants them asked.
            Some("require") if !authorities => Ok(Self::Required),
            Some("require" | "verify-ca") if authorities => Ok(Self::OfAuthority),
            Some("verify-ca") => Err(refused("sslmode=verify-ca needs sslrootcert=FILE")),
            Some("verify-full") => Ok(Self::OfHost),
            Some(_) => Err(refused(
                "sslmode must be disable, prefer, require, verify-ca or verify-full",
            )),
        }
    }
}

fn decoded(value: &str) -> Result<String> {
    let decoded = percent_decode_str(value).decode_utf8();
    let decoded = decoded.map_err(|_| refused("sslrootcert must be UTF-8"))?;
    Ok(decoded.into_owned())
}

#[cfg(unix)]
const fn is_socket(host: &Host) -> bool {
    matches!(host, Host::Unix(_))
}

#[cfg(not(unix))]
const fn is_socket(_: &Host) -> bool {
    false
}

fn refused(message: &str) -> Error {
    Error::invalid("store", message)
}

/// The driver names the part that it cannot read, and nothing of what is in it.
fn unreadable(error: &tokio_postgres::Error) -> Error {
    use std::error::Error as _;
    let cause = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    refused(&format!("the address cannot be read: {cause}"))
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(SCHEMES[0])?;
        if let Some(user) = self.user() {
            write!(formatter, "{user}@")?;
        }
        let hosts = self.config.get_hosts();
        if !hosts.iter().all(is_socket) {
            formatter.write_str(&self.hosts())?;
        }
        write!(formatter, "/{}", self.database().unwrap_or_default())?;
        #[cfg(unix)]
        if let [Host::Unix(folder)] = hosts {
            write!(formatter, "?host={}", folder.display())?;
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> DatabaseAddress {
        text.parse().unwrap()
    }

    fn refusal(text: &str) -> String {
        text.parse::<DatabaseAddress>().unwrap_err().to_string()
    }

    #[test]
    fn what_is_shown_is_without_the_password() {
        for (text, shown) in [
            (
                "postgres://ada:secret@db.example.com/candor",
                "postgres://ada@db.example.com:5432/candor",
            ),
            (
                "postgresql://ada:secret@db:6000/candor?sslmode=require",
                "postgres://ada@db:6000/candor",
            ),
            (
                "postgres://ada:s%40%2Fecret@db",
                "postgres://ada@db:5432/ada",
            ),
            (
                "postgres://ada:secret@a:1,b:2/x",
                "postgres://ada@a:1,b:2/x",
            ),
            (
                "postgres://ada:secret@[::1]:7/x",
                "postgres://ada@[::1]:7/x",
            ),
            (
                "postgres://ada:secret@%2Frun%2Fpg/x",
                "postgres://ada@/x?host=/run/pg",
            ),
            (
                "postgres:///x?host=/run/pg&port=7",
                "postgres:///x?host=/run/pg",
            ),
            ("postgres:///x", "postgres:///x?host=/var/run/postgresql"),
        ] {
            let address = read(text);
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), format!("DatabaseAddress({shown})"));
            assert!(!format!("{:?}", address.config()).contains("secret"));
        }
    }

    #[test]
    fn a_password_may_hold_anything_if_it_is_encoded() {
        let address = read("postgres://a%3Ab:%40%2F%3F%23%25:x@db/x");
        assert_eq!(address.config().get_password(), Some(&b"@/?#%:x"[..]));
        assert_eq!(address.user(), Some("a:b"));
    }

    #[test]
    fn what_is_refused_is_told_without_the_password() {
        for (text, told) in [
            ("mysql://ada:secret@db/x", "begin with postgres://"),
            ("candor.sqlite3", "begin with postgres://"),
            ("postgres://ada:sec@ret@db/x", "%40"),
            ("postgres://ada:sec/secret@db/x", "%2F"),
            ("postgres://ada:sec?secret@db/x", "%3F"),
            ("postgres://ada:sec#secret@db/x", "%23"),
            ("postgres://ada:secret@db:port/x", "`port`"),
            ("postgres://ada:secret@db/x?sslmode=maybe", "verify-full"),
            (
                "postgres://ada:secret@db/x?sslmode=verify-ca",
                "sslrootcert",
            ),
            ("postgres://ada:secret@db/x?ssl=true", "sslmode"),
            ("postgres://ada@db/x?password=secret", "before the host"),
        ] {
            let refusal = refusal(text);
            assert!(refusal.starts_with("store: "), "{refusal}");
            assert!(refusal.contains(told), "{refusal}");
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn encryption_is_as_postgresqls_own_clients_have_it() {
        for (options, encryption, mode) in [
            ("", Encryption::Preferred, SslMode::Prefer),
            ("sslmode=disable", Encryption::Off, SslMode::Disable),
            ("sslmode=require", Encryption::Required, SslMode::Require),
            (
                "sslmode=require&sslrootcert=a%20b.pem",
                Encryption::OfAuthority,
                SslMode::Require,
            ),
            (
                "sslmode=verify-full&sslrootcert=system",
                Encryption::OfHost,
                SslMode::Require,
            ),
            (
                "sslmode=verify-full&host=/run/pg",
                Encryption::OfHost,
                SslMode::Require,
            ),
        ] {
            let address = read(&format!("postgres://ada@db/x?{options}"));
            assert_eq!(address.encryption(), encryption, "{options}");
            assert_eq!(address.config().get_ssl_mode(), mode, "{options}");
        }
        let named = read("postgres://ada@db/x?sslmode=verify-ca&sslrootcert=a%20b.pem");
        assert_eq!(named.authorities(), Some(Path::new("a b.pem")));
        let socket = read("postgres:///x?sslmode=require");
        assert_eq!(socket.config().get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn of_several_hosts_the_one_that_takes_writes_is_meant() {
        let attributes = |text| read(text).config().get_target_session_attrs();
        assert_eq!(
            attributes("postgres://a,b/x"),
            TargetSessionAttrs::ReadWrite
        );
        assert_eq!(attributes("postgres://a/x"), TargetSessionAttrs::Any);
    }
}
