//! Applications whose messages are judged.

use super::audit::{Subject, Told};
use super::upstreams::{UpstreamDraft, UpstreamRules};
use super::{App, Directory, audit, authenticate, validate};
use crate::clock;
use crate::domain::vote::Ask;
use crate::domain::{
    AuditAction, AuditEntry, Caller, KeepText, Mode, Project, ProjectId, RateLimit, Scope,
    Timestamp, UnknownTargets, Who, WorkspaceId,
};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::store::Idempotency;
use std::sync::Arc;

/// What is said of a project's settings. An absent field stays as it is, or at its default in a new project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectDraft {
    /// See [`Project::name`].
    pub name: Option<String>,
    /// See [`Project::description`].
    pub description: Ask<String>,
    /// See [`Project::number`]; the next free one for a new project.
    pub number: Option<u32>,
    /// See [`Project::amazon_q_application_id`].
    pub amazon_q_application_id: Ask<String>,
    /// See [`Project::haptik_business_id`].
    pub haptik_business_id: Ask<i64>,
    /// See [`Project::wonderchat_chatbot_id`].
    pub wonderchat_chatbot_id: Ask<String>,
    /// See [`Project::unknown_targets`].
    pub unknown_targets: Option<UnknownTargets>,
    /// See [`Project::enabled`].
    pub enabled: Option<bool>,
    /// See [`Project::keep_text`].
    pub keep_text: Option<KeepText>,
    /// See [`Project::mode`].
    pub mode: Option<Mode>,
    /// See [`Project::upstream`].
    pub upstream: Ask<UpstreamDraft>,
    /// See [`Project::rate_limit`]. Only keys of the workspace may say it: it protects other projects.
    pub rate_limit: Ask<RateLimit>,
}

impl App {
    /// The projects that the caller's key opens, by name.
    pub fn list_projects(&self, caller: &Caller) -> Result<Vec<Arc<Project>>> {
        authenticate::require(caller, Scope::FeedbackRead)?;
        Ok(self.directory().projects(caller))
    }

    /// The project that `reference` names, by our id, its name or its number.
    pub fn project(&self, caller: &Caller, reference: &str) -> Result<Arc<Project>> {
        authenticate::require(caller, Scope::FeedbackRead)?;
        self.directory().project_named(caller, reference)
    }

    /// Makes a project. Tells whether an earlier request with the same `Idempotency-Key` had made it.
    pub async fn create_project(
        &self,
        caller: &Caller,
        draft: ProjectDraft,
        idempotency: Option<Idempotency>,
    ) -> Result<(Arc<Project>, bool)> {
        authenticate::require(caller, Scope::Admin)?;
        require_whole_workspace(caller)?;
        let once = self
            .administer(async {
                if let Some(once) = self.store.remembered(idempotency.as_ref()).await? {
                    return Ok(once);
                }
                let directory = self.directory();
                let new = new_project(caller.workspace, &directory, self.clock.now());
                let project = checked(&directory, drafted(new, draft, self.upstream_rules())?)?;
                let entry = self.project_entry(caller, AuditAction::ProjectCreate, None, &project);
                self.store.save_project(project, idempotency, entry).await
            })
            .await?;
        Ok((self.project_by_id(ProjectId(once.id))?, once.replayed))
    }

    /// The project of this name; made with the usual settings, if there is none. For interfaces whose clients name
    /// projects that nobody set up: keys of the workspace that create feedback may do so, until it has
    /// [`limits::PROJECTS_BY_NAME`] projects.
    pub async fn project_called(&self, caller: &Caller, name: &str) -> Result<Arc<Project>> {
        authenticate::require_creating_feedback(caller)?;
        let is_it = |project: &Project| project.name == name;
        if let Some(known) = self.directory().find_project(caller, is_it) {
            return Ok(known);
        }
        require_whole_workspace(caller)?;
        self.administer(async {
            let directory = self.directory();
            if directory.find_project(caller, is_it).is_some() {
                return Ok(());
            }
            if directory.projects(caller).len() >= limits::PROJECTS_BY_NAME {
                let message = format!(
                    "no such project, and there are {} already: more are made by an operator",
                    limits::PROJECTS_BY_NAME
                );
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            let new = new_project(caller.workspace, &directory, self.clock.now());
            let draft = ProjectDraft {
                name: Some(name.to_owned()),
                ..ProjectDraft::default()
            };
            let project = checked(&directory, drafted(new, draft, self.upstream_rules())?)?;
            let entry = self.project_entry(caller, AuditAction::ProjectCreate, None, &project);
            self.store.save_project(project, None, entry).await?;
            Ok(())
        })
        .await?;
        self.directory()
            .find_project(caller, is_it)
            .ok_or_else(|| Error::internal("a stored project is not in the directory"))
    }

    /// Changes a project's settings.
    pub async fn change_project(
        &self,
        caller: &Caller,
        project: &Project,
        draft: ProjectDraft,
    ) -> Result<Arc<Project>> {
        authenticate::require(caller, Scope::Admin)?;
        let id = project.id;
        self.administer(async {
            let directory = self.directory();
            let known = directory
                .project(id)
                .filter(|project| project.deleted_at.is_none())
                .ok_or_else(|| Error::not_found("no such project"))?;
            let mut changed = drafted(Project::clone(known), draft, self.upstream_rules())?;
            if changed.rate_limit != known.rate_limit {
                require_whole_workspace(caller)?;
            }
            if changed != **known {
                changed.updated_at = self.clock.now();
                let changed = checked(&directory, changed)?;
                let action = AuditAction::ProjectChange;
                let entry = self.project_entry(caller, action, Some(known), &changed);
                self.store.save_project(changed, None, entry).await?;
            }
            Ok(())
        })
        .await?;
        self.project_by_id(id)
    }

    /// Deletes a project: its API stops answering and its keys tell their holders so. What was stored stays on disk.
    pub async fn delete_project(&self, caller: &Caller, project: &Project) -> Result<()> {
        authenticate::require(caller, Scope::Admin)?;
        require_whole_workspace(caller)?;
        self.administer(async {
            let now = self.clock.now();
            let directory = self.directory();
            // As it is now: the caller's copy may be older than the last change.
            let known = directory.project(project.id).map_or(project, AsRef::as_ref);
            let deleted = Project {
                deleted_at: Some(now),
                updated_at: now,
                ..known.clone()
            };
            let action = AuditAction::ProjectDelete;
            let entry = self.entry(caller, action, Subject::project(known), Told::new());
            self.store.save_project(deleted, None, entry).await?;
            Ok(())
        })
        .await
    }

    /// Whether a caller's key opens the workspace as a whole, for what belongs to no project.
    pub fn require_whole_workspace(caller: &Caller) -> Result<()> {
        require_whole_workspace(caller)
    }

    fn project_entry(
        &self,
        caller: &Caller,
        action: AuditAction,
        before: Option<&Project>,
        after: &Project,
    ) -> AuditEntry {
        let before = before.map_or_else(Told::new, audit::project);
        let detail = audit::difference(before, audit::project(after));
        self.entry(caller, action, Subject::project(after), detail)
    }

    fn project_by_id(&self, id: ProjectId) -> Result<Arc<Project>> {
        self.directory()
            .project(id)
            .cloned()
            .ok_or_else(|| Error::internal("a stored project is not in the directory"))
    }
}

/// A key of one project may manage that project, but neither make nor delete projects.
pub(super) fn require_whole_workspace(caller: &Caller) -> Result<()> {
    if !caller.opens_workspace() {
        let message = match caller.who {
            Who::Account(_) => {
                "this account opens some projects only; that needs one that opens all"
            }
            _ => "this key opens one project only; that needs a key of the workspace",
        };
        return Err(Error::new(ErrorKind::Forbidden, message));
    }
    Ok(())
}

pub(super) fn new_project(
    workspace: WorkspaceId,
    directory: &Directory,
    now: Timestamp,
) -> Project {
    Project {
        id: ProjectId(clock::new_id()),
        workspace,
        name: String::new(),
        description: None,
        number: directory.highest_number().saturating_add(1),
        amazon_q_application_id: None,
        haptik_business_id: None,
        wonderchat_chatbot_id: None,
        unknown_targets: UnknownTargets::default(),
        enabled: true,
        keep_text: KeepText::default(),
        mode: Mode::default(),
        upstream: None,
        rate_limit: None,
        client_settings: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

pub(super) fn drafted(
    mut project: Project,
    draft: ProjectDraft,
    rules: UpstreamRules<'_>,
) -> Result<Project> {
    fn ask<T>(field: &mut Option<T>, asked: Ask<T>) {
        match asked {
            Ask::Absent => {}
            Ask::Clear => *field = None,
            Ask::Set(value) => *field = Some(value),
        }
    }
    fn set<T>(field: &mut T, asked: Option<T>) {
        if let Some(value) = asked {
            *field = value;
        }
    }
    set(&mut project.name, draft.name);
    ask(&mut project.description, draft.description);
    set(&mut project.number, draft.number);
    ask(
        &mut project.amazon_q_application_id,
        draft.amazon_q_application_id,
    );
    ask(&mut project.haptik_business_id, draft.haptik_business_id);
    ask(
        &mut project.wonderchat_chatbot_id,
        draft.wonderchat_chatbot_id,
    );
    set(&mut project.unknown_targets, draft.unknown_targets);
    set(&mut project.enabled, draft.enabled);
    set(&mut project.keep_text, draft.keep_text);
    set(&mut project.mode, draft.mode);
    ask(&mut project.rate_limit, draft.rate_limit);
    match draft.upstream {
        Ask::Absent => {}
        Ask::Clear => project.upstream = None,
        Ask::Set(draft) => {
            let drafted = rules.drafted(project.upstream.as_ref(), draft);
            project.upstream = Some(drafted.map_err(|error| error.under("upstream"))?);
        }
    }
    check(&project)?;
    Ok(project)
}

fn check(project: &Project) -> Result<()> {
    validate::name("name", &project.name, limits::NAME_CHARACTERS)?;
    let like_another = project.name.parse::<ProjectId>().is_ok()
        || project.name.bytes().all(|byte| byte.is_ascii_digit());
    if like_another {
        return Err(Error::invalid(
            "name",
            "must not look like a project's number or id: paths name projects by either",
        ));
    }
    if let Some(description) = &project.description {
        validate::text("description", description, limits::TITLE_CHARACTERS)?;
    }
    if project.number == 0 || i32::try_from(project.number).is_err() {
        return Err(Error::invalid(
            "number",
            "must be a whole number from 1 to 2147483647",
        ));
    }
    if let Some(id) = &project.amazon_q_application_id {
        let legal = id.len() == 36
            && !id.starts_with('-')
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !legal {
            return Err(Error::invalid(
                "amazon_q_application_id",
                "must be 36 characters of A-Z, a-z, 0-9 and -, not beginning with -",
            ));
        }
    }
    validate::rate_limit(project.rate_limit)?;
    if let Some(id) = &project.wonderchat_chatbot_id {
        validate::name("wonderchat_chatbot_id", id, limits::EXTERNAL_ID_CHARACTERS)?;
    }
    Ok(())
}

/// The project, if nothing by which clients name it is another's already.
pub(super) fn checked(directory: &Directory, project: Project) -> Result<Project> {
    let taken = |field: &str, what: &dyn Fn(&Project) -> bool| {
        if directory.any_project(|other| other.id != project.id && what(other)) {
            let message = format!("another project has this {field} already");
            return Err(Error::new(ErrorKind::Conflict, message).at(field));
        }
        Ok(())
    };
    taken("name", &|other| {
        other.deleted_at.is_none()
            && other.workspace == project.workspace
            && other.name == project.name
    })?;
    taken("number", &|other| other.number == project.number)?;
    taken("amazon_q_application_id", &|other| {
        project.amazon_q_application_id.is_some()
            && other.deleted_at.is_none()
            && other.amazon_q_application_id == project.amazon_q_application_id
    })?;
    taken("haptik_business_id", &|other| {
        project.haptik_business_id.is_some()
            && other.deleted_at.is_none()
            && other.workspace == project.workspace
            && other.haptik_business_id == project.haptik_business_id
    })?;
    taken("wonderchat_chatbot_id", &|other| {
        project.wonderchat_chatbot_id.is_some()
            && other.deleted_at.is_none()
            && other.workspace == project.workspace
            && other.wonderchat_chatbot_id == project.wonderchat_chatbot_id
    })?;
    Ok(project)
}
