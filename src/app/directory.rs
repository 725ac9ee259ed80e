//! Projects, keys, attributes and accounts, in memory: what every request is checked against.

use super::rates::Rates;
use crate::domain::{
    Account, AccountId, ApiKey, ApiKeyId, Attribute, AttributeId, Caller, Dialect, Opens, Project,
    ProjectId, Who, Workspace, WorkspaceId, email_key,
};
use crate::error::{Error, Result};
use crate::store;
use std::collections::HashMap;
use std::sync::Arc;

/// Projects, keys, attributes and accounts as of the last change.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    workspaces: Vec<Workspace>,
    projects: HashMap<ProjectId, Arc<Project>>,
    keys: HashMap<ApiKeyId, Arc<ApiKey>>,
    key_by_secret: HashMap<(Dialect, [u8; 32]), Arc<ApiKey>>,
    key_by_access_key_id: HashMap<String, Arc<ApiKey>>,
    attributes: HashMap<ProjectId, Vec<Arc<Attribute>>>,
    accounts: HashMap<AccountId, Arc<Account>>,
    rates: Rates,
}

impl Directory {
    /// What is stored. `before` is what limited keys and projects had used up.
    pub(super) fn of(records: store::Directory, before: &Rates) -> Self {
        let mut directory = Self {
            rates: before.following(records.keys.iter(), records.projects.iter()),
            workspaces: records.workspaces,
            ..Self::default()
        };
        for project in records.projects {
            directory.projects.insert(project.id, Arc::new(project));
        }
        for key in records.keys {
            let key = Arc::new(key);
            if key.revoked_at.is_none() {
                directory
                    .key_by_secret
                    .insert((key.dialect, key.secret_sha256), Arc::clone(&key));
                if let Some(id) = &key.access_key_id {
                    directory
                        .key_by_access_key_id
                        .insert(id.clone(), Arc::clone(&key));
                }
            }
            directory.keys.insert(key.id, key);
        }
        for account in records.accounts {
            directory.accounts.insert(account.id, Arc::new(account));
        }
        for attribute in records.attributes {
            directory
                .attributes
                .entry(attribute.project)
                .or_default()
                .push(Arc::new(attribute));
        }
        directory
    }

    pub(super) const fn rates(&self) -> &Rates {
        &self.rates
    }

    /// The workspace made at the first start; none before it.
    pub fn workspace(&self) -> Option<&Workspace> {
        self.workspaces.first()
    }

    /// Every workspace, the first one first.
    pub fn workspaces(&self) -> &[Workspace] {
        &self.workspaces
    }

    /// A workspace by its name.
    pub fn workspace_named(&self, name: &str) -> Option<&Workspace> {
        self.workspaces
            .iter()
            .find(|workspace| workspace.name == name)
    }

    /// A project by our id, also one that was deleted.
    pub fn project(&self, id: ProjectId) -> Option<&Arc<Project>> {
        self.projects.get(&id)
    }

    /// The projects that are not deleted and that the caller's key opens, by name.
    pub fn projects(&self, caller: &Caller) -> Vec<Arc<Project>> {
        let mut projects: Vec<_> = self
            .projects
            .values()
            .filter(|project| self.is_open(caller, project))
            .cloned()
            .collect();
        projects.sort_by(|one, other| one.name.cmp(&other.name));
        projects
    }

    /// The project that `reference` names, by our id, else its name, else its number, if it is not deleted and the caller's
    /// key opens it. Another's project is as unknown as one that does not exist.
    pub fn project_named(&self, caller: &Caller, reference: &str) -> Result<Arc<Project>> {
        let opened = || {
            self.projects
                .values()
                .filter(|project| self.is_open(caller, project))
        };
        let by_id = reference.parse().ok().and_then(|id| self.projects.get(&id));
        by_id
            .filter(|project| self.is_open(caller, project))
            .or_else(|| opened().find(|project| project.name == reference))
            .or_else(|| opened().find(|project| project.number.to_string() == reference))
            .cloned()
            .ok_or_else(|| Error::not_found("no such project"))
    }

    /// The first project that matches, by number, of those that are not deleted and that the caller's key opens.
    pub fn find_project(
        &self,
        caller: &Caller,
        matches: impl Fn(&Project) -> bool,
    ) -> Option<Arc<Project>> {
        self.projects
            .values()
            .filter(|project| self.is_open(caller, project) && matches(project))
            .min_by_key(|project| project.number)
            .cloned()
    }

    /// The first project that matches, by number, of all on this server that are not deleted: for requests whose vendor
    /// asks for no key.
    pub fn find_of_anybody(&self, matches: impl Fn(&Project) -> bool) -> Option<Arc<Project>> {
        self.projects
            .values()
            .filter(|project| project.deleted_at.is_none() && matches(project))
            .min_by_key(|project| project.number)
            .cloned()
    }

    /// Where a request goes that names no project: the only one that the key opens, else its workspace's first.
    pub fn home_project(&self, caller: &Caller) -> Option<Arc<Project>> {
        self.find_project(caller, |_| true)
    }

    /// The caller's workspace.
    pub fn workspace_of(&self, caller: &Caller) -> Option<&Workspace> {
        self.workspaces
            .iter()
            .find(|workspace| workspace.id == caller.workspace)
    }

    /// Whether the caller's key opens a project that is not deleted.
    pub(super) fn opens(&self, caller: &Caller, project: ProjectId) -> bool {
        self.project(project)
            .is_some_and(|project| self.is_open(caller, project))
    }

    fn is_open(&self, caller: &Caller, project: &Project) -> bool {
        project.deleted_at.is_none()
            && project.workspace == caller.workspace
            && match (caller.opens, caller.who) {
                (Opens::Workspace, _) => true,
                (Opens::Project(only), _) => only == project.id,
                (Opens::NamedByAccount, Who::Account(account)) => self
                    .account(account)
                    .is_some_and(|account| account.opens(project.id)),
                (Opens::NamedByAccount, _) => false,
            }
    }

    /// The project of this name in a workspace.
    pub fn project_by_name(&self, workspace: WorkspaceId, name: &str) -> Option<&Arc<Project>> {
        self.projects.values().find(|project| {
            project.workspace == workspace && project.deleted_at.is_none() && project.name == name
        })
    }

    /// Whether a project matches, deleted ones included: numbers and brought ids are unique on the server.
    pub(super) fn any_project(&self, matches: impl Fn(&Project) -> bool) -> bool {
        self.projects.values().any(|project| matches(project))
    }

    /// Whether any project on this server that is not deleted has an upstream of this dialect.
    pub fn has_upstream(&self, dialect: Dialect) -> bool {
        self.any_project(|project| {
            let upstream = project.upstream.as_ref();
            project.deleted_at.is_none()
                && upstream.is_some_and(|upstream| upstream.dialect == dialect)
        })
    }

    /// The projects that match, deleted ones included.
    pub(super) fn matching(&self, matches: impl Fn(&Project) -> bool) -> Vec<Arc<Project>> {
        let found = self.projects.values().filter(|project| matches(project));
        found.cloned().collect()
    }

    /// Adds a project, or puts it in the place of the one with the same id: for a plan, not for what is stored.
    pub(super) fn put_project(&mut self, project: Project) {
        self.projects.insert(project.id, Arc::new(project));
    }

    /// The highest number of any project, deleted ones included.
    pub(super) fn highest_number(&self) -> u32 {
        self.projects
            .values()
            .map(|project| project.number)
            .max()
            .unwrap_or(0)
    }

    /// The key with this secret, if it was not revoked.
    pub(super) fn key_by_secret(
        &self,
        dialect: Dialect,
        secret_sha256: [u8; 32],
    ) -> Option<&Arc<ApiKey>> {
        self.key_by_secret.get(&(dialect, secret_sha256))
    }

    /// The key with this access key id, if it was not revoked.
    pub(super) fn key_by_access_key_id(&self, access_key_id: &str) -> Option<&Arc<ApiKey>> {
        self.key_by_access_key_id.get(access_key_id)
    }

    /// Whether a key that was not revoked has the same access key id: requests name the key by it.
    pub(super) fn access_key_id_is_taken(&self, key: &ApiKey) -> bool {
        key.access_key_id
            .as_deref()
            .is_some_and(|id| self.key_by_access_key_id(id).is_some())
    }

    /// A key by our id, also one that was revoked.
    pub fn key(&self, id: ApiKeyId) -> Option<&Arc<ApiKey>> {
        self.keys.get(&id)
    }

    /// The key that a caller is.
    pub(super) fn key_of(&self, caller: &Caller) -> Option<&Arc<ApiKey>> {
        caller.who.key().and_then(|key| self.key(key))
    }

    /// An account by our id, also one that is disabled.
    pub fn account(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.accounts.get(&id)
    }

    /// The accounts of a workspace, disabled ones included, oldest first.
    pub fn accounts(&self, workspace: WorkspaceId) -> Vec<Arc<Account>> {
        let of_workspace = |account: &&Arc<Account>| account.workspace == workspace;
        let mut accounts: Vec<_> = self
            .accounts
            .values()
            .filter(of_workspace)
            .cloned()
            .collect();
        accounts.sort_by_key(|account| (account.created_at, account.id));
        accounts
    }

    /// The account of an e-mail address, in whatever workspace, also one that is disabled.
    pub(super) fn account_by_email(&self, email: &str) -> Option<&Arc<Account>> {
        let key = email_key(email);
        let mut all = self.accounts.values();
        all.find(|account| email_key(&account.email) == key)
    }

    /// What is sealed of keys that were not revoked, and of upstreams.
    pub(super) fn sealed_secrets(&self) -> impl Iterator<Item = &[u8]> {
        let keys = self
            .keys
            .values()
            .filter(|key| key.revoked_at.is_none())
            .filter_map(|key| key.sealed_secret.as_deref());
        let upstreams = self
            .projects
            .values()
            .filter_map(|project| project.upstream.as_ref()?.credential.as_ref())
            .map(|credential| credential.sealed.as_slice());
        keys.chain(upstreams)
    }

    /// The keys, revoked ones included, that the caller may know of: all of the workspace, or those of its project;
    /// oldest first.
    pub fn keys(&self, caller: &Caller) -> Vec<Arc<ApiKey>> {
        let mut keys: Vec<_> = self
            .keys
            .values()
            .filter(|key| {
                key.workspace == caller.workspace
                    && match caller.opens {
                        Opens::Workspace => true,
                        Opens::Project(only) => key.project == Some(only),
                        Opens::NamedByAccount => false,
                    }
            })
            .cloned()
            .collect();
        keys.sort_by_key(|key| (key.created_at, key.id));
        keys
    }

    /// A project's attributes, in the order they were defined.
    pub fn attributes(&self, project: ProjectId) -> &[Arc<Attribute>] {
        self.attributes.get(&project).map_or(&[], Vec::as_slice)
    }

    /// An attribute of a project by our id.
    pub fn attribute(&self, project: ProjectId, id: AttributeId) -> Option<&Arc<Attribute>> {
        self.attributes(project)
            .iter()
            .find(|attribute| attribute.id == id)
    }
}
