//! `candor upstream`.

use super::data::{Missing, Place};
use super::server::{Server, segment};
use super::{Outcome, output};
use crate::app::{ProjectDraft, UpstreamDraft, VendorCredential};
use crate::dialects::native::shown;
use crate::domain::vote::Ask;
use crate::domain::{Dialect, UnknownDialect};
use crate::error::{Error, Result};
use crate::limits;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Say where requests of a project go that Candor does not answer itself: to the vendor's own server.
#[derive(Debug, Args)]
pub(super) struct Upstream {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Set(Box<Set>),
    Show(Show),
    Clear(Clear),
}

/// Set the upstream of a project, in place of the one before.
///
/// Without a secret, a credential that was set for the same server before stays, and where there is none, requests go on
/// with the client's own. The parts of a credential are given together. They are sealed, and no command shows them.
#[derive(Debug, Args)]
struct Set {
    /// The project: its name, number or id.
    project: String,
    #[arg(
        long,
        value_parser = dialect,
        help = "The vendor's interface: dify, wonderchat, melodi, amazon_q or haptik"
    )]
    dialect: Dialect,
    /// The vendor's base URL, as clients had it: <https://api.dify.ai/v1>
    #[arg(long, value_name = "URL")]
    base_url: String,
    /// Send accepted votes there too. It needs a secret.
    #[arg(long)]
    mirror: bool,
    // A secret on the command line could be seen by every process of the machine.
    #[arg(
        long,
        value_name = "FILE",
        help = "A file with the key, the token or the secret access key to send instead of the client's; `-` is \
                standard input [env: CANDOR_VENDOR_KEY with the secret itself]"
    )]
    secret_file: Option<PathBuf>,
    /// Haptik: the client id that belongs to the secret.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Amazon Q: the access key id that belongs to the secret.
    #[arg(long, value_name = "ID")]
    access_key_id: Option<String>,
    /// Amazon Q: a file with the session token of a temporary access key.
    #[arg(long, value_name = "FILE")]
    session_token_file: Option<PathBuf>,
    /// Amazon Q: the region to sign for; else the base URL's.
    #[arg(long)]
    region: Option<String>,
    /// Haptik: a file with the secret that the vendor's webhook is signed with.
    #[arg(long, value_name = "FILE")]
    webhook_secret_file: Option<PathBuf>,
    /// Haptik: where the requests of the vendor's webhook go on to.
    #[arg(long, value_name = "URL")]
    webhook_forward_to: Option<String>,
    /// Forget the credential: requests go on with the client's own.
    #[arg(
        long,
        conflicts_with_all = [
            "secret_file", "client_id", "access_key_id", "session_token_file", "region", "webhook_secret_file"
        ]
    )]
    no_credential: bool,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Show the upstream of a project, without its credential.
#[derive(Debug, Args)]
struct Show {
    /// The project: its name, number or id.
    project: String,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does: `null`, if there is none.
    #[arg(long)]
    json: bool,
}

/// Take the upstream of a project away: what Candor does not answer itself is not found again.
#[derive(Debug, Args)]
struct Clear {
    /// The project: its name, number or id.
    project: String,
    #[command(flatten)]
    place: Place,
}

fn dialect(name: &str) -> Result<Dialect, UnknownDialect> {
    name.parse()
}

impl Upstream {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::Set(set) => set.run(config),
            Command::Show(show) => show.run(config),
            Command::Clear(clear) => clear.run(config),
        }
    }
}

impl Set {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let draft = UpstreamDraft {
            dialect: self.dialect,
            base_url: self.base_url.clone(),
            mirror: self.mirror,
            credential: self.credential()?,
            webhook_forward_to: self.webhook_forward_to.clone(),
        };
        let project = changed(&self.place, config, &self.project, Ask::Set(draft))?;
        print(&project, self.json);
        Ok(Outcome::Done)
    }

    fn credential(&self) -> Result<Ask<VendorCredential>> {
        if self.no_credential {
            return Ok(Ask::Clear);
        }
        let read = |option: &str, file: &Option<PathBuf>| {
            let file = file.as_deref();
            file.map(|file| secret_in(option, file)).transpose()
        };
        let of_environment = || std::env::var("CANDOR_VENDOR_KEY").ok();
        let of_environment = || of_environment().filter(|secret| !secret.is_empty());
        let said = VendorCredential {
            secret: read("--secret-file", &self.secret_file)?.or_else(of_environment),
            client_id: self.client_id.clone(),
            access_key_id: self.access_key_id.clone(),
            session_token: read("--session-token-file", &self.session_token_file)?,
            region: self.region.clone(),
            webhook_secret: read("--webhook-secret-file", &self.webhook_secret_file)?,
        };
        Ok(if said == VendorCredential::default() {
            Ask::Absent
        } else {
            Ask::Set(said)
        })
    }
}

impl Show {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let project = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let project = app.project(operator, &self.project)?;
                Ok(shown::project(&project))
            },
            |server| server.get(&path(&self.project), &[]),
        )?;
        print(&project, self.json);
        Ok(Outcome::Done)
    }
}

impl Clear {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let project = changed(&self.place, config, &self.project, Ask::Clear)?;
        print(&project, false);
        Ok(Outcome::Done)
    }
}

/// The project with its upstream changed, as the native API shows it.
fn changed(
    place: &Place,
    config: Option<PathBuf>,
    project: &str,
    upstream: Ask<UpstreamDraft>,
) -> Result<Value> {
    let body = json!({"upstream": body(&upstream)});
    let draft = ProjectDraft {
        upstream,
        ..ProjectDraft::default()
    };
    place.with(
        config,
        Missing::Refuse,
        async |app, operator| {
            let known = app.project(operator, project)?;
            let changed = app.change_project(operator, &known, draft).await?;
            Ok(shown::project(&changed))
        },
        |server: &Server| server.patch(&path(project), &body),
    )
}

/// What is asked of a server.
fn body(upstream: &Ask<UpstreamDraft>) -> Value {
    let Ask::Set(draft) = upstream else {
        return Value::Null;
    };
    let mut body = json!({
        "dialect": draft.dialect.name(),
        "base_url": draft.base_url,
        "mirror": draft.mirror,
        "webhook_forward_to": draft.webhook_forward_to,
    });
    match &draft.credential {
        Ask::Absent => {}
        Ask::Clear => body["credential"] = Value::Null,
        Ask::Set(credential) => body["credential"] = json!(credential),
    }
    body
}

fn path(project: &str) -> String {
    format!("projects/{}", segment(project))
}

/// The first line of a file, which an editor may have ended.
fn secret_in(option: &str, file: &Path) -> Result<String> {
    let mut text = String::new();
    let most = limits::SESSION_TOKEN_CHARACTERS as u64 + 2;
    let read = if file == Path::new("-") {
        std::io::stdin().take(most).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(most).read_to_string(&mut text))
    };
    read.map_err(|error| {
        let message = format!("cannot read {}: {error}", file.display());
        Error::invalid(option, message)
    })?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        let message = format!("there is no secret in {}", file.display());
        return Err(Error::invalid(option, message));
    }
    Ok(secret.to_owned())
}

fn print(project: &Value, as_json: bool) {
    let upstream = &project["upstream"];
    if as_json {
        output::json(upstream);
        return;
    }
    let text = |value: &Value| value.as_str().map(output::plain);
    let name = text(&project["name"]).unwrap_or_default();
    if upstream.is_null() {
        output::line(format_args!("the project {name} has no upstream"));
        return;
    }
    let mirror = if upstream["mirror"] == true {
        "yes: accepted votes are sent there too"
    } else {
        "no"
    };
    let hint = text(&upstream["credential"]["hint"]);
    for (title, value) in [
        ("project", Some(name)),
        ("dialect", text(&upstream["dialect"])),
        ("base URL", text(&upstream["base_url"])),
        ("mirror", Some(mirror.to_owned())),
        (
            "credential",
            Some(hint.unwrap_or_else(|| "the client's own".to_owned())),
        ),
        ("webhook to", text(&upstream["webhook_forward_to"])),
    ] {
        if let Some(value) = value {
            output::line(format_args!("{title:11} {value}"));
        }
    }
}
