//! The log of who changed what. Entries are made here, and written in the transaction of what they tell of.

use super::{App, authenticate, projects};
use crate::clock;
use crate::domain::{
    Account, ActorKind, ApiKey, AuditAction, AuditEntry, Caller, Invite, Named, Project, ProjectId,
    Scope, Who, WorkspaceId,
};
use crate::error::Result;
use crate::store::{AuditFilter, Page, Paging};
use serde_json::{Map, Value, json};

/// What is told of something, by field. Secrets are never among it.
pub(super) type Told = Map<String, Value>;

/// What an entry is about.
pub(super) struct Subject {
    named: Named,
    project: Option<ProjectId>,
}

impl App {
    /// A page of the log of the caller's workspace, the latest first.
    pub async fn audit_log(
        &self,
        caller: &Caller,
        filter: AuditFilter,
        paging: Paging,
    ) -> Result<Page<AuditEntry>> {
        authenticate::require(caller, Scope::Admin)?;
        projects::require_whole_workspace(caller)?;
        let workspace = caller.workspace;
        self.store
            .audit_log(
                AuditFilter {
                    workspace,
                    ..filter
                },
                paging,
            )
            .await
    }

    /// An entry that tells that a caller does something now.
    pub(super) fn entry(
        &self,
        caller: &Caller,
        action: AuditAction,
        subject: Subject,
        detail: Told,
    ) -> AuditEntry {
        let directory = self.directory();
        let by = match caller.who {
            Who::Key(_) => ActorKind::Key,
            Who::Account(_) => ActorKind::Account,
            Who::CommandLine => ActorKind::CommandLine,
            Who::Server => ActorKind::Server,
        };
        let name = match caller.who {
            Who::Key(key) => directory.key(key).map(|key| name_of_key(key)),
            Who::Account(account) => directory
                .account(account)
                .map(|account| account.name.clone()),
            Who::CommandLine | Who::Server => None,
        };
        AuditEntry {
            actor: Named {
                id: Some(caller.who.id()).filter(|id| !id.is_nil()),
                name,
            },
            subject: subject.named,
            project: subject.project,
            detail: Value::Object(detail).to_string(),
            ..AuditEntry::new(
                clock::new_id(),
                caller.workspace,
                self.clock.now(),
                by,
                action,
            )
        }
    }
}

impl Subject {
    /// A workspace.
    pub(super) fn workspace(id: WorkspaceId, name: &str) -> Self {
        Self {
            named: Named {
                id: Some(id.0),
                name: Some(name.to_owned()),
            },
            project: None,
        }
    }

    /// A project.
    pub(super) fn project(project: &Project) -> Self {
        Self {
            named: Named {
                id: Some(project.id.0),
                name: Some(project.name.clone()),
            },
            project: Some(project.id),
        }
    }

    /// Something of a project.
    pub(super) fn of_project(project: ProjectId, id: uuid::Uuid, name: &str) -> Self {
        Self {
            named: Named {
                id: Some(id),
                name: Some(name.to_owned()),
            },
            project: Some(project),
        }
    }

    /// A key.
    pub(super) fn key(key: &ApiKey) -> Self {
        Self {
            named: Named {
                id: Some(key.id.0),
                name: Some(name_of_key(key)),
            },
            project: key.project,
        }
    }

    /// An account.
    pub(super) fn account(account: &Account) -> Self {
        Self {
            named: Named {
                id: Some(account.id.0),
                name: Some(account.name.clone()),
            },
            project: None,
        }
    }

    /// A one-time link.
    pub(super) fn invite(invite: &Invite) -> Self {
        Self {
            named: Named {
                id: Some(invite.id.0),
                name: invite.email.clone(),
            },
            project: None,
        }
    }

    /// Nothing that has a name.
    pub(super) fn nothing() -> Self {
        Self {
            named: Named::default(),
            project: None,
        }
    }
}

/// What people call a key, else the end of its secret, by which they tell it apart.
fn name_of_key(key: &ApiKey) -> String {
    key.name.clone().unwrap_or_else(|| key.hint.clone())
}

/// The fields in which two differ, with both values. What is made differs from nothing.
pub(super) fn difference(before: Told, after: Told) -> Told {
    let mut before = before;
    let mut differing = Told::new();
    for (field, after) in after {
        let before = before.remove(&field).unwrap_or_default();
        if before != after {
            differing.insert(field, json!({"before": before, "after": after}));
        }
    }
    for (field, before) in before {
        if !before.is_null() {
            differing.insert(field, json!({"before": before, "after": null}));
        }
    }
    differing
}

/// What is made, as a difference from nothing.
pub(super) fn made(after: Told) -> Told {
    difference(Told::new(), after)
}

/// Some fields.
pub(super) fn told<const N: usize>(fields: [(&str, Value); N]) -> Told {
    fields
        .map(|(field, value)| (field.to_owned(), value))
        .into_iter()
        .collect()
}

/// A project's settings. Of what is secret, that it is there.
pub(super) fn project(project: &Project) -> Told {
    let limit = project.rate_limit.map(limit);
    let upstream = project.upstream.as_ref().map(|upstream| {
        json!({
            "dialect": upstream.dialect.name(),
            "base_url": upstream.base_url,
            "mirror": upstream.mirror,
            "credential": upstream.credential.as_ref().map(|credential| &credential.hint),
            // What stands behind the path may be a token.
            "webhook_forward_to": upstream.webhook_forward_to.as_deref().and_then(|url| url.split('?').next()),
        })
    });
    told([
        ("name", json!(project.name)),
        ("description", json!(project.description)),
        ("number", json!(project.number)),
        (
            "amazon_q_application_id",
            json!(project.amazon_q_application_id),
        ),
        ("haptik_business_id", json!(project.haptik_business_id)),
        (
            "wonderchat_chatbot_id",
            json!(project.wonderchat_chatbot_id),
        ),
        ("unknown_targets", json!(project.unknown_targets.name())),
        ("enabled", json!(project.enabled)),
        ("keep_text", json!(project.keep_text.name())),
        ("mode", json!(project.mode.name())),
        ("upstream", json!(upstream)),
        ("rate_limit", json!(limit)),
    ])
}

/// What is known of a key beside its secret.
pub(super) fn key(key: &ApiKey) -> Told {
    let scopes: Vec<_> = key.scopes.iter().map(Scope::name).collect();
    told([
        ("dialect", json!(key.dialect.name())),
        ("project", json!(key.project.map(|id| id.to_string()))),
        ("name", json!(key.name)),
        ("hint", json!(key.hint)),
        ("publishable", json!(key.publishable)),
        ("scopes", json!(scopes)),
        ("rate_limit", json!(key.rate_limit.map(limit))),
    ])
}

fn limit(limit: crate::domain::RateLimit) -> Value {
    json!({"per_second": limit.per_second, "burst": limit.burst})
}

/// An account without its password.
pub(super) fn account(account: &Account) -> Told {
    told([
        ("email", json!(account.email)),
        ("name", json!(account.name)),
        ("role", json!(account.role.name())),
        ("projects", projects_named(account.projects.as_deref())),
        ("disabled", json!(account.disabled_at.is_some())),
    ])
}

/// A one-time link without its token.
pub(super) fn invite(invite: &Invite) -> Told {
    told([
        ("kind", json!(invite.kind.name())),
        ("role", json!(invite.role.name())),
        ("projects", projects_named(invite.projects.as_deref())),
        ("email", json!(invite.email)),
        ("expires_at", json!(invite.expires_at.to_string())),
    ])
}

fn projects_named(projects: Option<&[ProjectId]>) -> Value {
    let ids = |projects: &[ProjectId]| projects.iter().map(ToString::to_string).collect();
    json!(projects.map(|projects| -> Vec<String> { ids(projects) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_tells_both_values_of_what_differs_and_nothing_else() {
        let before = told([("name", json!("a")), ("enabled", json!(true))]);
        let after = told([("name", json!("b")), ("enabled", json!(true))]);
        let expected = told([("name", json!({"before": "a", "after": "b"}))]);
        assert_eq!(difference(before, after), expected);
    }

    #[test]
    fn what_is_made_is_told_without_what_it_does_not_have() {
        let after = told([("name", json!("a")), ("description", Value::Null)]);
        let expected = told([("name", json!({"before": null, "after": "a"}))]);
        assert_eq!(made(after), expected);
    }
}
