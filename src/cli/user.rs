//! `candor user`.

use super::data::{Missing, Place};
use super::server::segment;
use super::table::{self, Column, Width, field, list, time};
use super::{Outcome, output};
use crate::app::{AccountChange, AccountDraft, App, InviteDraft};
use crate::dialects::native::shown;
use crate::domain::vote::Ask;
use crate::domain::{AccountRole, Caller, ProjectId};
use crate::error::{Error, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Make, show and change accounts: people who sign in.
///
/// A viewer reads feedback, an editor writes it too, an owner may do everything. Accounts are named by their e-mail address or
/// their id.
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Add(Add),
    Invite(Invite),
    Reset(Reset),
    Role(Role),
    /// Disable an account: it is signed out everywhere and cannot sign in.
    Disable(Named),
    /// Let an account that was disabled sign in again.
    Enable(Named),
    /// Sign an account out everywhere.
    SignOut(Named),
}

/// List the accounts, oldest first.
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    place: Place,
    /// Print them as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Make an account, with the password that is read as a line from standard input.
#[derive(Debug, Args)]
struct Add {
    /// The e-mail address to sign in with.
    email: String,
    /// What people call it; else the e-mail address.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    may: May,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Make a one-time link by which somebody makes an account. It can be used for seven days.
#[derive(Debug, Args)]
struct Invite {
    /// The only e-mail address that it is for.
    #[arg(long)]
    email: Option<String>,
    #[command(flatten)]
    may: May,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Make a one-time link by which somebody gives their account a new password. It can be used for a day.
#[derive(Debug, Args)]
struct Reset {
    /// The account: its e-mail address or id.
    account: String,
    #[command(flatten)]
    place: Place,
    /// Print it as JSON, as the native API does.
    #[arg(long)]
    json: bool,
}

/// Say what an account may do, and which projects it opens.
#[derive(Debug, Args)]
struct Role {
    /// The account: its e-mail address or id.
    account: String,
    /// What it may do: viewer, editor or owner.
    #[arg(value_parser = role)]
    role: AccountRole,
    /// A project that it opens, by its name, number or id; may be given several times. Without any, they stay as they are.
    #[arg(long = "project", value_name = "PROJECT")]
    projects: Vec<String>,
    /// Have it open all projects.
    #[arg(long, conflicts_with = "projects")]
    all_projects: bool,
    #[command(flatten)]
    place: Place,
}

/// An account, for what needs no more to be said.
#[derive(Debug, Args)]
struct Named {
    /// The account: its e-mail address or id.
    account: String,
    #[command(flatten)]
    place: Place,
}

/// What a new account may do.
#[derive(Debug, Args)]
struct May {
    /// What it may do: viewer, editor or owner.
    #[arg(long, value_parser = role, default_value = "viewer")]
    role: AccountRole,
    /// A project that it opens, by its name, number or id; may be given several times. Without any, it opens all.
    #[arg(long = "project", value_name = "PROJECT")]
    projects: Vec<String>,
}

const COLUMNS: [Column; 7] = [
    ("E-MAIL", Width::Whole, |item| field(item, "/email")),
    ("NAME", Width::Rest, |item| field(item, "/name")),
    ("ROLE", Width::Whole, |item| field(item, "/role")),
    ("PROJECTS", Width::Rest, |item| {
        if item["projects"].is_null() {
            "all".to_owned()
        } else {
            list(item, "/projects")
        }
    }),
    ("LAST SEEN", Width::Rest, |item| time(item, "/last_seen_at")),
    ("CREATED", Width::Rest, |item| {
        let disabled = if item["disabled_at"].is_null() {
            ""
        } else {
            " (disabled)"
        };
        time(item, "/created_at") + disabled
    }),
    ("ID", Width::Rest, |item| field(item, "/id")),
];

fn role(name: &str) -> Result<AccountRole, String> {
    name.parse()
}

impl User {
    pub(super) fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        match self.command {
            Command::List(command) => command.run(config),
            Command::Add(command) => command.run(config),
            Command::Invite(command) => command.run(config),
            Command::Reset(command) => command.run(config),
            Command::Role(command) => command.run(config),
            Command::Disable(named) => named.set_disabled(config, true),
            Command::Enable(named) => named.set_disabled(config, false),
            Command::SignOut(named) => named.sign_out(config),
        }
    }
}

impl List {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let accounts: Vec<Value> = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let accounts = app.list_accounts(operator).await?.into_iter();
                Ok(accounts
                    .map(|(account, seen)| shown::account(&account, seen))
                    .collect())
            },
            |server| server.list("accounts", &[], usize::MAX),
        )?;
        if self.json {
            output::json(&Value::Array(accounts));
        } else {
            table::print(&accounts, &COLUMNS, "no accounts");
        }
        Ok(Outcome::Done)
    }
}

impl Add {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let password = password()?;
        let name = self.name.clone().unwrap_or_else(|| self.email.clone());
        let account = self.place.with(
            config,
            Missing::Make,
            async |app, operator| {
                let draft = AccountDraft {
                    email: self.email.clone(),
                    name: name.clone(),
                    password: password.clone(),
                    role: self.may.role,
                    projects: self.may.opened(app, operator)?,
                };
                let account = app.create_account(operator, draft).await?;
                Ok(shown::account(&account, None))
            },
            |server| {
                let mut body = self.may.body();
                body["email"] = json!(self.email);
                body["name"] = json!(name);
                body["password"] = json!(password);
                server.post("accounts", &body)
            },
        )?;
        told(&account, self.json);
        Ok(Outcome::Done)
    }
}

impl Invite {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let url = self.place.own_url(config.clone())?;
        let link = self.place.with(
            config,
            Missing::Make,
            async |app, operator| {
                let draft = InviteDraft {
                    role: self.may.role,
                    projects: self.may.opened(app, operator)?,
                    email: self.email.clone(),
                };
                let issued = app.create_invite(operator, draft).await?;
                Ok(shown::issued_invite(&app.directory(), &issued, &url))
            },
            |server| {
                let mut body = self.may.body();
                if let Some(email) = &self.email {
                    body["email"] = json!(email);
                }
                server.post("invites", &body)
            },
        )?;
        print_link(&link, self.json);
        Ok(Outcome::Done)
    }
}

impl Reset {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let url = self.place.own_url(config.clone())?;
        let link = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let account = app.account(operator, &self.account)?;
                let issued = app.create_password_link(operator, account.id).await?;
                Ok(shown::issued_invite(&app.directory(), &issued, &url))
            },
            |server| {
                let path = format!("{}/password-link", path(&self.account));
                server.post(&path, &json!({}))
            },
        )?;
        print_link(&link, self.json);
        Ok(Outcome::Done)
    }
}

impl Role {
    fn run(self, config: Option<PathBuf>) -> Result<Outcome> {
        let account = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let projects = if self.all_projects {
                    Ask::Clear
                } else if self.projects.is_empty() {
                    Ask::Absent
                } else {
                    Ask::Set(opened(app, operator, &self.projects)?)
                };
                let change = AccountChange {
                    role: Some(self.role),
                    projects,
                    ..AccountChange::default()
                };
                changed(app, operator, &self.account, change).await
            },
            |server| {
                let mut body = json!({"role": self.role.name()});
                if self.all_projects {
                    body["projects"] = Value::Null;
                } else if !self.projects.is_empty() {
                    body["projects"] = json!(self.projects);
                }
                server.patch(&path(&self.account), &body)
            },
        )?;
        told(&account, false);
        Ok(Outcome::Done)
    }
}

impl Named {
    fn set_disabled(self, config: Option<PathBuf>, disabled: bool) -> Result<Outcome> {
        let account = self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let change = AccountChange {
                    disabled: Some(disabled),
                    ..AccountChange::default()
                };
                changed(app, operator, &self.account, change).await
            },
            |server| server.patch(&path(&self.account), &json!({"disabled": disabled})),
        )?;
        let done = if disabled { "disabled" } else { "enabled" };
        let email = field(&account, "/email");
        output::line(format_args!("{done} {}", output::plain(&email)));
        Ok(Outcome::Done)
    }

    fn sign_out(self, config: Option<PathBuf>) -> Result<Outcome> {
        self.place.with(
            config,
            Missing::Refuse,
            async |app, operator| {
                let account = app.account(operator, &self.account)?;
                app.sign_out_account(operator, account.id).await
            },
            |server| {
                let path = format!("{}/sessions", path(&self.account));
                server.delete(&path).map(|_| ())
            },
        )?;
        let account = output::plain(&self.account);
        output::line(format_args!("signed {account} out everywhere"));
        Ok(Outcome::Done)
    }
}

impl May {
    fn opened(&self, app: &App, operator: &Caller) -> Result<Option<Vec<ProjectId>>> {
        if self.projects.is_empty() {
            return Ok(None);
        }
        opened(app, operator, &self.projects).map(Some)
    }

    fn body(&self) -> Value {
        let mut body = json!({"role": self.role.name()});
        if !self.projects.is_empty() {
            body["projects"] = json!(self.projects);
        }
        body
    }
}

fn opened(app: &App, operator: &Caller, named: &[String]) -> Result<Vec<ProjectId>> {
    let directory = app.directory();
    let named = named.iter();
    named
        .map(|name| Ok(directory.project_named(operator, name)?.id))
        .collect()
}

async fn changed(
    app: &App,
    operator: &Caller,
    named: &str,
    change: AccountChange,
) -> Result<Value> {
    let account = app.account(operator, named)?;
    let account = app.change_account(operator, account.id, change).await?;
    Ok(shown::account(&account, None))
}

fn path(account: &str) -> String {
    format!("accounts/{}", segment(account))
}

fn told(account: &Value, json: bool) {
    if json {
        output::json(account);
        return;
    }
    let plain = |pointer| output::plain(&field(account, pointer));
    let projects = match &account["projects"] {
        Value::Array(projects) if projects.len() == 1 => "1 project".to_owned(),
        Value::Array(projects) => format!("{} projects", projects.len()),
        _ => "all projects".to_owned(),
    };
    output::line(format_args!(
        "{}: {}, {projects}",
        plain("/email"),
        plain("/role")
    ));
}

fn print_link(link: &Value, json: bool) {
    if json {
        output::json(link);
        return;
    }
    output::line(output::plain(&field(link, "/url")));
    output::line(format_args!(
        "The link can be used once, until {} UTC. It is shown now and never again.",
        time(link, "/expires_at")
    ));
}

fn password() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| {
        let message = format!("cannot be read from standard input: {error}");
        Error::invalid("password", message)
    })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
