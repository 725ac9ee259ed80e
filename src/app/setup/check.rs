//! Checking a whole file, against itself and against what is stored, before anything is stored.

use super::draft::{conversation_draft, end_user_draft, key_draft, project_draft};
use super::file::{AttributeSetup, ConversationSetup, EndUserSetup, KeySetup, ProjectSetup, Setup};
use crate::app::upstreams::UpstreamRules;
use crate::app::{AttributeDraft, Directory, KeyDraft, ProjectDraft};
use crate::app::{attributes, keys, projects, validate};
use crate::domain::vote::Ask;
use crate::domain::{
    ApiKey, ApiKeyId, Caller, ConversationDraft, Dialect, EndUserDraft, Project, RateLimit,
    Timestamp,
};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// A file without mistakes, as what is to be done.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// Projects, in the order in which they are to be made.
    pub(super) projects: Vec<PlannedProject>,
    /// Keys that are not known yet.
    pub(super) new_keys: Vec<PlannedKey>,
    /// Keys that are known and of which other numbers of requests are to be taken.
    pub(super) limited_keys: Vec<(ApiKeyId, Option<RateLimit>)>,
    /// How many keys are known already, as the file says.
    pub(super) known_keys: usize,
    /// People, in the order of the file.
    pub(super) end_users: Vec<PlannedEndUser>,
    /// People that the file says the workspace knows.
    pub(super) workspace_people: HashSet<String>,
    /// People that the file says a project knows.
    pub(super) project_people: HashSet<(String, String)>,
    /// Conversations with their places in the file, by project.
    pub(super) conversations: Vec<(String, Vec<(usize, ConversationDraft)>)>,
    /// What the operator may want to know.
    pub(super) warnings: Vec<String>,
}

#[derive(Debug)]
pub(super) struct PlannedProject {
    pub(super) place: usize,
    pub(super) name: String,
    pub(super) draft: ProjectDraft,
    pub(super) attributes: Vec<AttributeDraft>,
}

#[derive(Debug)]
pub(super) struct PlannedKey {
    pub(super) place: usize,
    pub(super) project: Option<String>,
    pub(super) draft: KeyDraft,
}

#[derive(Debug)]
pub(super) struct PlannedEndUser {
    pub(super) project: Option<String>,
    pub(super) external_id: String,
    pub(super) draft: EndUserDraft,
}

/// The file as what is to be done, if there is no mistake in it.
pub(super) fn checked(
    caller: &Caller,
    stored: &Directory,
    setup: Setup,
    rules: UpstreamRules<'_>,
    now: Timestamp,
) -> Result<Checked> {
    let mut check = Check {
        caller,
        rules,
        planned: stored.clone(),
        now,
        plan: Checked::default(),
    };
    check.projects(setup.projects)?;
    check.keys(setup.keys)?;
    check.end_users(setup.end_users)?;
    check.conversations(setup.conversations)?;
    Ok(check.plan)
}

struct Check<'call> {
    caller: &'call Caller,
    rules: UpstreamRules<'call>,
    /// What is stored, and the projects that the file makes, under ids that only this check uses.
    planned: Directory,
    now: Timestamp,
    plan: Checked,
}

impl Check<'_> {
    fn projects(&mut self, setups: Vec<ProjectSetup>) -> Result<()> {
        let mut names = Once::default();
        let mut setups: Vec<_> = setups.into_iter().enumerate().collect();
        for (place, setup) in &setups {
            names
                .insert(setup.name.clone())
                .map_err(|error| error.under(format!("projects[{place}].name")))?;
        }
        // Projects whose number is given come first, so that no other takes it.
        setups.sort_by_key(|(_, setup)| setup.number.is_none());
        for (place, setup) in setups {
            let planned = self
                .project(place, setup)
                .map_err(|error| error.under(format!("projects[{place}]")))?;
            self.plan.projects.push(planned);
        }
        Ok(())
    }

    fn project(&mut self, place: usize, setup: ProjectSetup) -> Result<PlannedProject> {
        let name = setup.name.clone();
        let attributes = checked_attributes(&setup.attributes)?;
        let draft = project_draft(setup)?;
        let known = self
            .planned
            .project_by_name(self.caller.workspace, &name)
            .map(|known| Project::clone(known));
        let base = known.unwrap_or_else(|| {
            projects::new_project(self.caller.workspace, &self.planned, self.now)
        });
        let project = projects::checked(
            &self.planned,
            projects::drafted(base, draft.clone(), self.rules)?,
        )?;
        for (place, draft) in attributes.iter().enumerate() {
            let known = self.planned.attributes(project.id);
            let known = known.iter().find(|known| known.name == draft.name);
            attributes::merged(&project, known.map(AsRef::as_ref), draft.clone(), self.now)
                .map_err(|error| error.under(format!("attributes[{place}]")))?;
        }
        self.planned.put_project(project);
        Ok(PlannedProject {
            place,
            name,
            draft,
            attributes,
        })
    }

    fn keys(&mut self, setups: Vec<KeySetup>) -> Result<()> {
        let mut known = HashMap::new();
        let mut access_key_ids = Once::default();
        for key in self.planned.keys(self.caller) {
            if key.revoked_at.is_none() {
                access_key_ids.0.extend(key.access_key_id.clone());
            }
            // Oldest first, and a secret may be taken along again once its key was revoked: the last one counts.
            known.insert((key.dialect, key.secret_sha256), key);
        }
        let mut secrets = Once::default();
        for (place, setup) in setups.into_iter().enumerate() {
            self.key(place, setup, &known, &mut secrets, &mut access_key_ids)
                .map_err(|error| error.under(format!("keys[{place}]")))?;
        }
        Ok(())
    }

    fn key(
        &mut self,
        place: usize,
        setup: KeySetup,
        known: &HashMap<(Dialect, [u8; 32]), Arc<ApiKey>>,
        secrets: &mut Once<(Dialect, [u8; 32])>,
        access_key_ids: &mut Once<String>,
    ) -> Result<()> {
        let project = match &setup.project {
            Some(name) => Some(self.project_named(name)?),
            None => None,
        };
        let says_scopes = setup.scopes.is_some();
        let publishable = setup.publishable;
        let says_limit = !matches!(setup.rate_limit, Ask::Absent);
        let name = setup.project.clone();
        let draft = KeyDraft {
            project: project.map(|project| project.id),
            ..key_draft(setup)?
        };
        keys::check(self.caller, &self.planned, &draft)?;
        let secret = draft.secret.as_deref().unwrap_or_default();
        let identity = (draft.dialect, Sha256::digest(secret.as_bytes()).into());
        secrets
            .insert(identity)
            .map_err(|error| error.under("secret"))?;
        match known.get(&identity) {
            Some(key) if key.revoked_at.is_some() => {
                self.plan.known_keys += 1;
                self.plan.warnings.push(format!(
                    "keys[{place}]: the key with this secret was revoked and stays so; take it out of the file, or \
                     bring another secret"
                ));
            }
            Some(key) => {
                require_same(key, &draft, says_scopes, publishable)?;
                if says_limit && draft.rate_limit != key.rate_limit {
                    self.plan.limited_keys.push((key.id, draft.rate_limit));
                } else {
                    self.plan.known_keys += 1;
                }
            }
            None => {
                if let Some(id) = &draft.access_key_id {
                    access_key_ids
                        .insert(id.clone())
                        .map_err(|error| error.under("access_key_id"))?;
                }
                if secret.chars().count() < limits::SECRET_CHARACTERS_MINIMUM {
                    self.plan.warnings.push(format!(
                        "keys[{place}].secret: has fewer than {} characters and could be guessed",
                        limits::SECRET_CHARACTERS_MINIMUM
                    ));
                }
                self.plan.new_keys.push(PlannedKey {
                    place,
                    project: name,
                    draft,
                });
            }
        }
        Ok(())
    }

    fn end_users(&mut self, setups: Vec<EndUserSetup>) -> Result<()> {
        let mut once = Once::default();
        for (place, setup) in setups.into_iter().enumerate() {
            let under = |error: Error| error.under(format!("end_users[{place}]"));
            if let Some(name) = &setup.project {
                self.project_named(name).map_err(under)?;
            }
            let id = setup.external_id.clone();
            let planned = PlannedEndUser {
                project: setup.project.clone(),
                external_id: id.clone(),
                draft: end_user_draft(setup),
            };
            validate::name("external_id", &id, limits::EXTERNAL_ID_CHARACTERS).map_err(under)?;
            validate::end_user(&planned.draft).map_err(under)?;
            once.insert((planned.project.clone(), id.clone()))
                .map_err(|error| under(error.under("external_id")))?;
            match &planned.project {
                Some(project) => {
                    self.plan.project_people.insert((project.clone(), id));
                }
                None => {
                    self.plan.workspace_people.insert(id);
                }
            }
            self.plan.end_users.push(planned);
        }
        Ok(())
    }

    fn conversations(&mut self, setups: Vec<ConversationSetup>) -> Result<()> {
        let mut conversations = Once::default();
        let mut project_places = HashMap::new();
        for (place, setup) in setups.into_iter().enumerate() {
            let under = |error: Error| error.under(format!("conversations[{place}]"));
            self.project_named(&setup.project).map_err(under)?;
            let project = setup.project.clone();
            conversations
                .insert((project.clone(), setup.external_id.clone()))
                .map_err(|error| under(error.under("external_id")))?;
            let mut messages = Once::default();
            for (turn, message) in setup.messages.iter().enumerate() {
                messages
                    .insert(message.external_id.clone())
                    .map_err(|error| under(error.under(format!("messages[{turn}].external_id"))))?;
            }
            let draft = conversation_draft(setup).map_err(under)?;
            validate::conversation(&draft).map_err(under)?;
            let at = *project_places
                .entry(project.clone())
                .or_insert(self.plan.conversations.len());
            if at == self.plan.conversations.len() {
                self.plan.conversations.push((project, Vec::new()));
            }
            self.plan.conversations[at].1.push((place, draft));
        }
        Ok(())
    }

    fn project_named(&self, name: &str) -> Result<&Project> {
        self.planned
            .project_by_name(self.caller.workspace, name)
            .map(AsRef::as_ref)
            .ok_or_else(|| {
                Error::invalid(
                    "project",
                    format!("no project \"{name}\", neither in the file nor stored"),
                )
            })
    }
}

/// What a file may say once.
#[derive(Debug)]
struct Once<T>(HashSet<T>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}

impl<T: Eq + Hash> Once<T> {
    fn insert(&mut self, value: T) -> Result<()> {
        if self.0.insert(value) {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::Invalid, "is there already"))
        }
    }
}

fn require_same(
    key: &ApiKey,
    draft: &KeyDraft,
    says_scopes: bool,
    publishable: Option<bool>,
) -> Result<()> {
    let differs = |field: &str, different: bool| {
        if different {
            return Err(Error::new(
                ErrorKind::Conflict,
                "a key with this secret exists already and says otherwise; revoke it and bring another secret",
            )
            .at(field));
        }
        Ok(())
    };
    let says_otherwise =
        |said: &Option<String>, known: &Option<String>| said.is_some() && said != known;
    differs("project", key.project != draft.project)?;
    differs("name", says_otherwise(&draft.name, &key.name))?;
    differs(
        "access_key_id",
        says_otherwise(&draft.access_key_id, &key.access_key_id),
    )?;
    differs(
        "client_id",
        says_otherwise(&draft.client_id, &key.client_id),
    )?;
    differs(
        "publishable",
        publishable.is_some_and(|publishable| publishable != key.publishable),
    )?;
    differs("scopes", says_scopes && draft.scopes != key.scopes)
}

fn checked_attributes(setups: &[AttributeSetup]) -> Result<Vec<AttributeDraft>> {
    let mut names = Once::default();
    let mut drafts = Vec::new();
    for (place, setup) in setups.iter().enumerate() {
        let under = |error: Error| error.under(format!("attributes[{place}]"));
        names
            .insert(&setup.name)
            .map_err(|error| under(error.under("name")))?;
        let mut options = Once::default();
        for (place, option) in setup.options.iter().enumerate() {
            options
                .insert(option)
                .map_err(|error| under(error.under(format!("options[{place}]"))))?;
        }
        drafts.push(AttributeDraft {
            name: setup.name.clone(),
            options: setup.options.clone(),
        });
    }
    Ok(drafts)
}
