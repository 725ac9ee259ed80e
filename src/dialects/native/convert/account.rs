//! Accounts, links and the log of who changed what.

use super::answer::named_project;
use super::filter::{bounded, time};
use crate::app::{
    self, Accepting, AccountDraft, AuditFilter, Directory, InviteDraft, IssuedInvite,
};
use crate::dialects::native::wire::{self, Id, NamedWorkspace, Time};
use crate::domain::{
    Account, AccountId, AuditAction, AuditEntry, Caller, Invite, Named, ProjectId, Session,
    Timestamp, WorkspaceId,
};
use crate::error::{Error, Result};
use crate::limits;
use serde_json::value::RawValue;

/// Who is signed in.
pub(in super::super) fn me(directory: &Directory, session: &Session) -> Result<wire::Me> {
    let account = directory.account(session.account);
    let account = account.ok_or_else(|| Error::internal("a session's account is not known"))?;
    Ok(wire::Me {
        account: wire::MyAccount {
            role: session.role.into(),
            ..my_account(account)
        },
        workspace: workspace(directory, session.workspace),
        expires_at: Time(session.expires_at),
    })
}

fn my_account(account: &Account) -> wire::MyAccount {
    let projects = account.projects.as_ref();
    wire::MyAccount {
        id: Id(account.id.0),
        email: account.email.clone(),
        name: account.name.clone(),
        role: account.role.into(),
        projects: projects.map(|named| named.iter().map(|project| Id(project.0)).collect()),
    }
}

fn workspace(directory: &Directory, id: WorkspaceId) -> NamedWorkspace {
    let known = directory.workspaces().iter().find(|known| known.id == id);
    NamedWorkspace {
        id: Id(id.0),
        name: known.map(|known| known.name.clone()).unwrap_or_default(),
    }
}

/// An account.
pub(in super::super) fn account(account: &Account, seen: Option<Timestamp>) -> wire::Account {
    wire::Account {
        account: my_account(account),
        created_at: Time(account.created_at),
        disabled_at: account.disabled_at.map(Time),
        last_seen_at: seen.map(Time),
    }
}

/// An account to be made.
pub(in super::super) fn account_draft(
    directory: &Directory,
    caller: &Caller,
    body: wire::NewAccount,
) -> Result<AccountDraft> {
    let projects = body.projects.map(|named| opened(directory, caller, named));
    Ok(AccountDraft {
        email: body.email,
        name: body.name,
        password: body.password,
        role: body.role.into(),
        projects: projects.transpose()?,
    })
}

/// What is to change of an account.
pub(in super::super) fn account_change(
    directory: &Directory,
    caller: &Caller,
    body: wire::AccountChange,
) -> Result<app::AccountChange> {
    let projects = match body.projects {
        wire::Field::Absent => wire::Field::Absent,
        wire::Field::Null => wire::Field::Null,
        wire::Field::Value(named) => wire::Field::Value(opened(directory, caller, named)?),
    };
    Ok(app::AccountChange {
        name: body.name,
        role: body.role.map(Into::into),
        projects: projects.into(),
        disabled: body.disabled,
    })
}

/// A link to be made.
pub(in super::super) fn invite_draft(
    directory: &Directory,
    caller: &Caller,
    body: wire::NewInvite,
) -> Result<InviteDraft> {
    let projects = body.projects.map(|named| opened(directory, caller, named));
    Ok(InviteDraft {
        role: body.role.into(),
        projects: projects.transpose()?,
        email: body.email,
    })
}

/// What somebody says who uses a link.
pub(in super::super) fn accepting(body: wire::Accepting) -> Accepting {
    Accepting {
        email: body.email,
        name: body.name,
        password: body.password,
    }
}

fn opened(
    directory: &Directory,
    caller: &Caller,
    named: Vec<wire::Word>,
) -> Result<Vec<ProjectId>> {
    if named.len() > limits::ACCOUNT_PROJECTS {
        let message = format!("must have at most {} items", limits::ACCOUNT_PROJECTS);
        return Err(Error::invalid("projects", message));
    }
    let named = named.iter().enumerate();
    named
        .map(|(place, named)| {
            let project = directory.project_named(caller, &named.0);
            let project = project.map_err(|error| error.under(format!("projects[{place}]")))?;
            Ok(project.id)
        })
        .collect()
}

/// A link.
pub(in super::super) fn invite(directory: &Directory, invite: &Invite) -> wire::Invite {
    let projects = invite.projects.as_ref();
    let named = |projects: &Vec<ProjectId>| {
        let all = projects.iter();
        all.map(|project| named_project(directory, *project))
            .collect()
    };
    wire::Invite {
        id: Id(invite.id.0),
        kind: invite.kind.into(),
        role: invite.role.into(),
        projects: projects.map(named),
        email: invite.email.clone(),
        created_at: Time(invite.created_at),
        expires_at: Time(invite.expires_at),
    }
}

/// A link that was just made, on the server at `url`. The token stands behind the #, so that it is in no log of a server.
pub(in super::super) fn issued_invite(
    directory: &Directory,
    issued: &IssuedInvite,
    url: &str,
) -> wire::IssuedInvite {
    wire::IssuedInvite {
        invite: invite(directory, &issued.invite),
        url: format!("{url}/invite#{}", issued.token),
    }
}

/// A link, to whoever has it.
pub(in super::super) fn invite_look(directory: &Directory, invite: &Invite) -> wire::InviteLook {
    wire::InviteLook {
        kind: invite.kind.into(),
        role: invite.role.into(),
        email: invite.email.clone(),
        workspace: workspace(directory, invite.workspace),
        expires_at: Time(invite.expires_at),
    }
}

/// Which entries of the log.
pub(in super::super) fn audit_filter(
    query: &wire::AuditQuery,
    caller: &Caller,
    project: Option<ProjectId>,
    account: Option<AccountId>,
) -> Result<AuditFilter> {
    let action = match query.action.as_deref() {
        None => None,
        Some(name) => {
            bounded("action", name, limits::NAME_CHARACTERS)?;
            let known = AuditAction::named(name);
            let unknown = || {
                let names: Vec<_> = AuditAction::ALL.iter().map(|it| it.name()).collect();
                let message = format!("must be one of {}", names.join(", "));
                Error::invalid("action", message)
            };
            Some(known.ok_or_else(unknown)?)
        }
    };
    Ok(AuditFilter {
        workspace: caller.workspace,
        project,
        account,
        action,
        since: time("since", query.since.as_deref())?,
        until: time("until", query.until.as_deref())?,
    })
}

/// An entry of the log.
pub(in super::super) fn audit_entry(directory: &Directory, entry: AuditEntry) -> wire::AuditEntry {
    let Named { id, name } = entry.actor;
    let empty = || serde_json::value::to_raw_value(&serde_json::Map::new()).unwrap_or_default();
    wire::AuditEntry {
        id: Id(entry.id),
        at: Time(entry.at),
        actor: wire::AuditActor {
            kind: entry.by.name(),
            id: id.map(Id),
            name,
        },
        action: entry.action.name(),
        subject: wire::AuditSubject {
            kind: entry.action.subject(),
            id: entry.subject.id.map(Id),
            name: entry.subject.name,
        },
        project: entry
            .project
            .map(|project| named_project(directory, project)),
        detail: RawValue::from_string(entry.detail).unwrap_or_else(|_| empty()),
    }
}
