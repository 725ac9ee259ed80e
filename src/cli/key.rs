//! `candor key`.

use super::data::{Missing, Place};
use super::rate::{self, Rate};
use super::server::segment;
use super::table::{self, Column, Width, field, list, time};
use super::{Outcome, output};
use crate::app::{App, KeyDraft};
use crate::dialects::native::shown;
use crate::domain::{ApiKeyId, Caller, Dialect, Scope, Scopes};
use crate::error::{Error, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Make, show, limit and revoke keys.
#[derive(Debug, Args)]
pub(super) struct Key {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Create),
    List(List),
    Limit(Limit),
    Revoke(Revoke),
}

/// Make a key, or take one along that clients hold already.
///
/// Its secret is shown once, now.
#[derive(Debug, Args)]
struct Create {
    #[arg(
        long,
        default_value = "native",
        value_parser = dialect,
        help = "The interface whose requests will carry it: native, dify, wonderchat, melodi, amazon_q or haptik"
    )]
    dialect: Dialect,
    /// The only project that it opens: its name, number or id. Without one, it opens all.
    #[arg(long)]
    project: Option<String>,
    /// What people call it.
    #[arg(long)]
    name: Option<String>,
    /// One thing that it may do: feedback:write, feedback:read or admin; as often as needed. Without any, it may read and
    /// write feedback.
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Scope>,
    /// It is safe in a browser: it may create feedback and do nothing else.
    #[arg(long)]
    publishable: bool,
    /// The secret that clients hold already; `-` reads it from standard input, where no other process sees it.
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// Take the secret even if it is so short that it could be guessed.
    #[arg(long, requires = "secret")]
    allow_short_secret: bool,
    /// Amazon Q: the access key id that clients hold already.
    #[arg(long, value_name = "ID")]
    access_key_id: Option<String>,
    /// Haptik: the client id that clients hold already.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// List the keys, oldest first. Secrets are not kept, and so not shown.
#[derive(Debug, Args)]
struct List {
    /// List revoked keys too.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: Place,
    /// Print them as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Say how many requests are taken of a key, from now on.
#[derive(Debug, Args)]
struct Limit {
    /// The key's id, as `candor key list` shows it.
    id: ApiKeyId,
    #[command(flatten)]
    rate: Rate,
    #[command(flatten)]
    place: Place,
}

/// Revoke a key: no request that carries it is accepted from now on.
#[derive(Debug, Args)]
struct Revoke {
    /// The key's id, as `candor key list` shows it.
    id: ApiKeyId,
    #[command(flatten)]
    place: Place,
}

const COLUMNS: [Column; 8] = [
    ("ID", Width::Whole, |item| field(item, "/id")),
    ("DIALECT", Width::Whole, |item| field(item, "/dialect")),
    ("PROJECT", Width::Whole, |item| {
        let project = field(item, "/project/name");
        if project.is_empty() {
            "all".to_owned()
        } else {
            project
        }
    }),
    ("NAME", Width::Rest, |item| field(item, "/name")),
    ("SECRET", Width::Rest, |item| field(item, "/hint")),
    ("MAY", Width::Rest, may),
    ("REQUESTS", Width::Rest, rate::shown),
    ("CREATED", Width::Rest, |item| {
        let revoked = if item["revoked_at"].is_null() {
            ""
        } else {
            " (revoked)"
        };
        time(item, "/created_at") + revoked
    }),
];

fn may(item: &Value) -> String {
    if item["publishable"] == true {
        "create feedback".to_owned()
    } else {
        list(item, "/scopes")
    }
}

fn dialect(name: &str) -> Result<Dialect, crate::domain::UnknownDialect> {
    name.parse()
}

fn scope(name: &str) -> Result<Scope, String> {
    name.parse()
}

impl Key {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::Create(create) => create.run(config),
            Command::List(list) => list.run(config),
            Command::Limit(limit) => limit.run(config),
            Command::Revoke(revoke) => revoke.run(config),
        }
    }
}

impl Create {
    fn run(mut self, config: Option<PathBuf>) -> Result<Outcome> {
        if self.secret.as_deref() == Some("-") {
            self.secret = Some(secret_from_input()?);
        }
        let issued = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| self.in_folder(app, operator).await,
            |server| server.post("keys", &self.body()),
        )?;
        if self.json {
            output::json(&issued);
            return Ok(Outcome::Done);
        }
        for (title, pointer) in [
            ("key", "/id"),
            ("access key id", "/access_key_id"),
            ("client id", "/client_id"),
            ("secret", "/secret"),
        ] {
            let value = field(&issued, pointer);
            if !value.is_empty() {
                output::line(format_args!("{title:14} {}", output::plain(&value)));
            }
        }
        output::line("The secret is shown now and never again.");
        Ok(Outcome::Done)
    }

    async fn in_folder(&self, app: &App, operator: &Caller) -> Result<Value> {
        let directory = app.directory();
        let project = self.project.as_deref();
        let project = project.map(|name| directory.project_named(operator, name));
        let mut draft = KeyDraft {
            name: self.name.clone(),
            secret: self.secret.clone(),
            access_key_id: self.access_key_id.clone(),
            client_id: self.client_id.clone(),
            publishable: self.publishable,
            allow_short_secret: self.allow_short_secret,
            ..KeyDraft::new(self.dialect, project.transpose()?.map(|project| project.id))
        };
        if !self.scopes.is_empty() {
            draft.scopes = self.scopes.iter().copied().collect::<Scopes>();
        }
        let issued = app.create_key(operator, draft, None).await?;
        let mut item = shown::key(&directory, &issued.key);
        item["secret"] = json!(issued.secret);
        Ok(item)
    }

    /// What is asked of a server. What is not said is left out: the server's word on it counts.
    fn body(&self) -> Value {
        let mut body = json!({
            "dialect": self.dialect.name(),
            "publishable": self.publishable,
            "allow_short_secret": self.allow_short_secret,
        });
        for (name, said) in [
            ("project", &self.project),
            ("name", &self.name),
            ("secret", &self.secret),
            ("access_key_id", &self.access_key_id),
            ("client_id", &self.client_id),
        ] {
            if let Some(said) = said {
                body[name] = json!(said);
            }
        }
        if !self.scopes.is_empty() {
            body["scopes"] = self.scopes.iter().map(|scope| scope.name()).collect();
        }
        body
    }
}

impl List {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let mut keys: Vec<Value> = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let directory = app.directory();
                let keys = directory.keys(operator);
                Ok(keys.iter().map(|key| shown::key(&directory, key)).collect())
            },
            |server| server.list("keys", &[], usize::MAX),
        )?;
        keys.retain(|key| self.all || key["revoked_at"].is_null());
        if self.json {
            output::json(&Value::Array(keys));
        } else {
            table::print(&keys, &COLUMNS, "no keys");
        }
        Ok(Outcome::Done)
    }
}

impl Limit {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let key: Value = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let limit = self.rate.limit();
                let key = app.limit_key(operator, self.id, limit).await?;
                Ok(shown::key(&app.directory(), &key))
            },
            |server| {
                let path = format!("keys/{}", segment(&self.id.to_string()));
                server.patch(&path, &self.rate.body())
            },
        )?;
        output::line(format_args!("{}: {}", self.id, rate::shown(&key)));
        Ok(Outcome::Done)
    }
}

impl Revoke {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| app.revoke_key(operator, self.id).await.map(|_| ()),
            |server| {
                let path = format!("keys/{}", segment(&self.id.to_string()));
                server.delete(&path).map(|_| ())
            },
        )?;
        output::line(format_args!("revoked {}", self.id));
        Ok(Outcome::Done)
    }
}

fn secret_from_input() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| {
        Error::invalid("--secret", format!("cannot read standard input: {error}"))
    })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
