//! Settings: defaults, then a file, then the environment, then the command line.
//!
//! `config.default.toml` is both the defaults and the reference. What it does not name is not a setting.

use crate::app::{DatabaseAddress, MasterKey, UsualRates};
use crate::domain::RateLimit;
use crate::error::{Error, Result};
use crate::limits;
use config::{ConfigError, File, FileFormat, Map, Source};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Every setting at its default, with what it means.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// The file that is read from the working folder if nobody names another.
const FILE: &str = "candor.toml";

/// What the names of environment variables begin with.
const PREFIX: &str = "CANDOR_";

/// Variables that are the command line's own: they name no setting.
const COMMAND_LINE: [&str; 4] = ["config", "url", "key", "vendor_key"];

/// Settings that have no default.
const WITHOUT_DEFAULT: [&str; 3] = ["master_key", "tls_cert", "tls_key"];

/// What [`Config::haptik_duplicate_status`] may be: those that say something else already are not among them.
const DUPLICATE_STATUSES: [u16; 4] = [400, 409, 422, 429];

/// Every setting.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address and port to listen on.
    pub listen: SocketAddr,
    /// The certificate to serve under; none serves without TLS.
    pub tls: Option<TlsFiles>,
    /// The folder with all data, or what a server has beside a database.
    pub data_dir: PathBuf,
    /// The PostgreSQL database with all data; none is SQLite in the folder.
    pub store: Option<DatabaseAddress>,
    /// The key under which secrets are sealed; kept in the data folder if there is none.
    pub master_key: Option<MasterKey>,
    /// What goes to the log.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// The longest comment, in characters.
    pub comment_characters: usize,
    /// Whether upstreams may be on this machine or in a private network.
    pub allow_private_upstreams: bool,
    /// The most connections at once.
    pub connections: usize,
    /// How many requests are taken of keys and for projects that have no limits of their own.
    pub usual_rates: UsualRates,
    /// From how long on a statement of PostgreSQL is told to the log; zero tells none.
    pub slow_statement: Duration,
    /// How long a client may take to send the head of a request.
    pub head_time: Duration,
    /// How long a connection may stay open between requests.
    pub idle_time: Duration,
    /// How long a stop waits for requests under way.
    pub stop_time: Duration,
    /// Haptik: the status of a feedback that comes too soon after another.
    pub haptik_duplicate_status: u16,
    /// Haptik: what a feedback of somebody unregistered is told.
    pub haptik_unregistered_message: String,
    /// Amazon Q: how far a client's clock may be off.
    pub amazon_q_clock_window: Duration,
}

/// Where the certificate is that TLS is served under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then those that it was signed with, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Where settings come from beside the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file that was named, which must then be there.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The command line: names and values.
    pub flags: Vec<(&'static str, String)>,
}

/// The settings as the file spells them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    listen: SocketAddr,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    data_dir: PathBuf,
    store: String,
    master_key: Option<String>,
    log: String,
    log_format: LogFormat,
    comment_characters: usize,
    allow_private_upstreams: bool,
    connections: usize,
    key_requests_per_second: u32,
    key_requests_at_once: u32,
    project_requests_per_second: u32,
    project_requests_at_once: u32,
    slow_statement_milliseconds: u64,
    head_seconds: u64,
    idle_seconds: u64,
    stop_seconds: u64,
    haptik_duplicate_status: u16,
    haptik_unregistered_message: String,
    amazon_q_clock_minutes: u64,
}

impl Sources {
    /// What this process was started with.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<(&'static str, String)>) -> Self {
        Self {
            file,
            environment: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
            flags,
        }
    }
}

impl Config {
    /// Reads every source and checks every setting.
    pub fn load(sources: Sources) -> Result<Self> {
        let defaults = File::from_str(DEFAULTS, FileFormat::Toml);
        let mut known: Vec<_> = collected(&defaults, "the defaults")?
            .into_keys()
            .chain(WITHOUT_DEFAULT.map(str::to_owned))
            .collect();
        known.sort();
        let mut builder = config::Config::builder().add_source(defaults);
        let file = sources
            .file
            .or_else(|| Some(PathBuf::from(FILE)).filter(|file| file.is_file()));
        if let Some(file) = file {
            builder = builder.add_source(from_file(&file, &known)?);
        }
        for (name, value) in from_environment(sources.environment, &known)? {
            builder = set(builder, &name, value)?;
        }
        for (name, value) in sources.flags {
            builder = set(builder, name, value)?;
        }
        builder
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|error| refused(&error.to_string()))
            .and_then(Self::checked)
    }

    fn checked(settings: Settings) -> Result<Self> {
        for (name, value) in [
            ("comment_characters", settings.comment_characters),
            ("connections", settings.connections),
        ] {
            if value == 0 {
                return Err(Error::invalid(name, "must be at least 1"));
            }
        }
        for (name, value) in [
            ("head_seconds", settings.head_seconds),
            ("idle_seconds", settings.idle_seconds),
            ("stop_seconds", settings.stop_seconds),
        ] {
            if !(1..=86_400).contains(&value) {
                return Err(Error::invalid(name, "must be from 1 to 86400"));
            }
        }
        if settings.slow_statement_milliseconds > 86_400_000 {
            return Err(Error::invalid(
                "slow_statement_milliseconds",
                "must be from 0 to 86400000",
            ));
        }
        if !DUPLICATE_STATUSES.contains(&settings.haptik_duplicate_status) {
            return Err(Error::invalid(
                "haptik_duplicate_status",
                "must be 400, 409, 422 or 429",
            ));
        }
        let clock_minutes = settings.amazon_q_clock_minutes;
        if !(1..=limits::SIGNATURE_CLOCK_MINUTES).contains(&clock_minutes) {
            let message = format!("must be from 1 to {}", limits::SIGNATURE_CLOCK_MINUTES);
            return Err(Error::invalid("amazon_q_clock_minutes", message));
        }
        let usual_rates = usual_rates(&settings)?;
        Ok(Self {
            listen: settings.listen,
            tls: tls_files(settings.tls_cert, settings.tls_key)?,
            data_dir: settings.data_dir,
            store: Some(settings.store.as_str())
                .filter(|store| !store.is_empty())
                .map(str::parse)
                .transpose()?,
            master_key: settings
                .master_key
                .as_deref()
                .map(MasterKey::from_hex)
                .transpose()?,
            log: settings.log,
            log_format: settings.log_format,
            comment_characters: settings.comment_characters,
            allow_private_upstreams: settings.allow_private_upstreams,
            connections: settings.connections,
            usual_rates,
            slow_statement: Duration::from_millis(settings.slow_statement_milliseconds),
            head_time: Duration::from_secs(settings.head_seconds),
            idle_time: Duration::from_secs(settings.idle_seconds),
            stop_time: Duration::from_secs(settings.stop_seconds),
            haptik_duplicate_status: settings.haptik_duplicate_status,
            haptik_unregistered_message: settings.haptik_unregistered_message,
            amazon_q_clock_window: Duration::from_mins(clock_minutes),
        })
    }
}

fn usual_rates(settings: &Settings) -> Result<UsualRates> {
    let rate = |(name, per_second), (at_once_name, at_once)| {
        for (name, value) in [(name, per_second), (at_once_name, at_once)] {
            if value > limits::RATE {
                let message = format!("must be from 0 to {}", limits::RATE);
                return Err(Error::invalid(name, message));
            }
        }
        Ok(RateLimit::new(per_second, Some(at_once)))
    };
    Ok(UsualRates {
        key: rate(
            ("key_requests_per_second", settings.key_requests_per_second),
            ("key_requests_at_once", settings.key_requests_at_once),
        )?,
        project: rate(
            (
                "project_requests_per_second",
                settings.project_requests_per_second,
            ),
            (
                "project_requests_at_once",
                settings.project_requests_at_once,
            ),
        )?,
    })
}

/// Both files or none: half of them is a mistake, and must not end in serving without TLS.
fn tls_files(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<TlsFiles>> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (Some(_), None) => Err(Error::invalid("tls_key", "must be given with tls_cert")),
        (None, Some(_)) => Err(Error::invalid("tls_cert", "must be given with tls_key")),
    }
}

type Builder = config::ConfigBuilder<config::builder::DefaultState>;

/// Sets one setting over all sources so far. Texts become numbers where a number is meant.
fn set(builder: Builder, name: &str, value: String) -> Result<Builder> {
    builder
        .set_override(name, value)
        .map_err(|error| refused(&error.to_string()))
}

fn from_file(path: &Path, known: &[String]) -> Result<File<config::FileSourceString, FileFormat>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| refused(&format!("cannot read {shown}: {error}")))?;
    let file = File::from_str(&text, FileFormat::Toml);
    for name in collected(&file, &shown.to_string())?.keys() {
        if !known.contains(name) {
            return Err(refused(&format!(
                "{shown}: \"{name}\" is not a setting; settings are {}",
                known.join(", ")
            )));
        }
    }
    Ok(file)
}

fn from_environment(
    variables: Vec<(String, String)>,
    known: &[String],
) -> Result<Vec<(String, String)>> {
    let mut settings = Vec::new();
    for (variable, value) in variables {
        let Some(name) = variable.strip_prefix(PREFIX).map(str::to_lowercase) else {
            continue;
        };
        if COMMAND_LINE.contains(&name.as_str()) {
            continue;
        }
        if !known.contains(&name) {
            return Err(refused(&format!(
                "{variable} is set in the environment, but there is no such setting; settings are {}",
                known.join(", ")
            )));
        }
        settings.push((name, value));
    }
    Ok(settings)
}

fn collected(source: &impl Source, shown: &str) -> Result<Map<String, config::Value>> {
    source.collect().map_err(|error| match error {
        ConfigError::FileParse { cause, .. } => {
            refused(&format!("{shown}: {}", one_line(&cause.to_string())))
        }
        error => refused(&format!("{shown}: {error}")),
    })
}

/// A parser's message of several lines, with a picture of the place, as one line.
fn one_line(message: &str) -> String {
    message
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.contains('|'))
        .collect::<Vec<_>>()
        .join(": ")
}

fn refused(message: &str) -> Error {
    Error::new(crate::error::ErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        file: Option<&str>,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
        }
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Config::load(Sources {
            file: file.map(|_| path),
            environment: environment.iter().map(owned).collect(),
            flags: flags
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        })
    }

    fn refusal(file: Option<&str>, environment: &[(&str, &str)]) -> String {
        load(file, environment, &[]).unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_the_bounds() {
        let config = load(None, &[], &[]).unwrap();
        assert_eq!(config.comment_characters, limits::COMMENT_CHARACTERS);
        assert_eq!(config.connections, limits::CONNECTIONS);
        assert!(!config.allow_private_upstreams);
        assert_eq!(config.usual_rates, UsualRates::default());
        assert_eq!(config.head_time, limits::HEAD_TIME);
        assert_eq!(config.idle_time, limits::IDLE_TIME);
        assert_eq!(config.stop_time, limits::STOP_TIME);
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.master_key, None);
        assert_eq!(config.tls, None);
        assert!(config.store.is_none());
        assert_eq!(config.haptik_duplicate_status, 400);
        assert_eq!(config.haptik_unregistered_message, "user is not registered");
        assert_eq!(config.amazon_q_clock_window, Duration::from_mins(5));
    }

    #[test]
    fn a_certificate_comes_with_its_key() {
        let both = [
            ("CANDOR_TLS_CERT", "cert.pem"),
            ("CANDOR_TLS_KEY", "key.pem"),
        ];
        let files = TlsFiles {
            certificate: PathBuf::from("cert.pem"),
            key: PathBuf::from("key.pem"),
        };
        assert_eq!(load(None, &both, &[]).unwrap().tls, Some(files));
        assert!(refusal(None, &both[..1]).contains("tls_key: must be given"));
        assert!(refusal(None, &both[1..]).contains("tls_cert: must be given"));
    }

    #[test]
    fn a_store_is_a_database_or_nothing() {
        let variable = (
            "CANDOR_STORE",
            "postgres://candor:secret@db.example.com/candor",
        );
        let config = load(Some("store = \"\""), &[variable], &[]).unwrap();
        let store = config.store.as_ref().map(ToString::to_string);
        let shown = "postgres://candor@db.example.com:5432/candor";
        assert_eq!(store.as_deref(), Some(shown));
        assert!(!format!("{config:?}").contains("secret"));
        assert!(
            load(None, &[variable], &[("store", "")])
                .unwrap()
                .store
                .is_none()
        );
        for store in ["mysql://candor:secret@db/x", "secret.sqlite3", "5"] {
            let refusal = refusal(None, &[("CANDOR_STORE", store)]);
            assert!(refusal.starts_with("store: must be empty"), "{refusal}");
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn later_sources_win() {
        let file = Some("listen = \"127.0.0.1:1\"\nconnections = 5\nlog = \"debug\"");
        let environment = [
            ("CANDOR_LISTEN", "127.0.0.1:2"),
            ("CANDOR_CONNECTIONS", "6"),
        ];
        let config = load(file, &environment, &[("listen", "127.0.0.1:3")]).unwrap();
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.connections, 6);
        assert_eq!(config.log, "debug");
    }

    #[test]
    fn a_setting_that_does_not_exist_is_refused() {
        assert!(
            refusal(Some("lisen = \"127.0.0.1:1\""), &[]).contains("\"lisen\" is not a setting")
        );
        assert!(refusal(None, &[("CANDOR_LISEN", "x")]).contains("CANDOR_LISEN is set"));
    }

    #[test]
    fn a_file_that_is_not_toml_is_refused_with_the_place() {
        let refusal = refusal(Some("log = \"info\"\nlisten = = 3"), &[]);
        assert!(refusal.contains("line 2, column 10"), "{refusal}");
        assert!(!refusal.contains('\n'), "{refusal}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_its_name() {
        assert!(refusal(None, &[("CANDOR_CONNECTIONS", "many")]).contains("connections"));
        assert!(refusal(None, &[("CANDOR_LISTEN", "here")]).contains("listen"));
        assert!(refusal(None, &[("CANDOR_HEAD_SECONDS", "0")]).contains("head_seconds"));
        assert!(refusal(None, &[("CANDOR_MASTER_KEY", "00")]).contains("master_key"));
        assert!(refusal(None, &[("CANDOR_HAPTIK_DUPLICATE_STATUS", "201")]).contains("409"));
        assert!(refusal(None, &[("CANDOR_AMAZON_Q_CLOCK_MINUTES", "16")]).contains("1 to 15"));
        assert!(refusal(None, &[("CANDOR_KEY_REQUESTS_AT_ONCE", "1000001")]).contains("1000000"));
        assert!(refusal(Some("log_format = \"xml\""), &[]).contains("log_format"));
    }

    #[test]
    fn a_master_key_of_digits_only_stays_a_text() {
        let digits = "1234567890".repeat(6) + "1234";
        let config = load(None, &[("CANDOR_MASTER_KEY", &digits)], &[]).unwrap();
        assert_eq!(config.master_key, MasterKey::from_hex(&digits).ok());
    }

    #[test]
    fn the_command_line_has_variables_of_its_own() {
        assert!(
            load(
                None,
                &[
                    ("CANDOR_URL", "http://x"),
                    ("CANDOR_KEY", "k"),
                    ("CANDOR_VENDOR_KEY", "v")
                ],
                &[]
            )
            .is_ok()
        );
    }
}
