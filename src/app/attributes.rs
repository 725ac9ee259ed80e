//! Questions with fixed answers.

use super::audit::{Subject, Told};
use super::{App, audit, authenticate, validate};
use crate::clock;
use crate::domain::{
    Attribute, AttributeAnswer, AttributeId, AttributeOption, AuditAction, AuditEntry, Caller,
    OptionId, Project, Scope, Timestamp,
};
use crate::error::{Error, Result};
use crate::limits;
use std::sync::Arc;

/// What is said of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeDraft {
    /// The question; unique in its project.
    pub name: String,
    /// Answers that it has. Answers that it has already stay; feedback may name them.
    pub options: Vec<String>,
}

impl App {
    /// A project's attributes, in the order they were defined.
    pub fn list_attributes(
        &self,
        caller: &Caller,
        project: &Project,
    ) -> Result<Vec<Arc<Attribute>>> {
        authenticate::require(caller, Scope::FeedbackRead)?;
        Ok(self.directory().attributes(project.id).to_vec())
    }

    /// Defines an attribute, or adds options to the one of the same name. Tells whether it is new.
    pub async fn put_attribute(
        &self,
        caller: &Caller,
        project: &Project,
        draft: AttributeDraft,
    ) -> Result<(Arc<Attribute>, bool)> {
        authenticate::require_defining_attributes(caller)?;
        self.save_attribute(caller, project, draft).await
    }

    /// The same for interfaces whose clients define attributes with the key that they give feedback with. It only adds:
    /// nothing that a project's attributes say is changed or taken away.
    pub async fn define_attribute(
        &self,
        caller: &Caller,
        project: &Project,
        draft: AttributeDraft,
    ) -> Result<Arc<Attribute>> {
        self.require_for_data(caller, Scope::FeedbackWrite)?;
        if !self.directory().opens(caller, project.id) {
            return Err(Error::not_found("no such project"));
        }
        let (attribute, _) = self.save_attribute(caller, project, draft).await?;
        Ok(attribute)
    }

    async fn save_attribute(
        &self,
        caller: &Caller,
        project: &Project,
        draft: AttributeDraft,
    ) -> Result<(Arc<Attribute>, bool)> {
        let name = draft.name.clone();
        let created = self
            .administer(async {
                let known = self
                    .directory()
                    .attributes(project.id)
                    .iter()
                    .find(|attribute| attribute.name == draft.name)
                    .cloned();
                let attribute = merged(project, known.as_deref(), draft, self.clock.now())?;
                if known.as_deref() != Some(&attribute) {
                    let entry = self.attribute_entry(caller, known.as_deref(), &attribute);
                    self.store.save_attribute(attribute, entry).await?;
                }
                Ok(known.is_none())
            })
            .await?;
        self.directory()
            .attributes(project.id)
            .iter()
            .find(|attribute| attribute.name == name)
            .map(|attribute| (Arc::clone(attribute), created))
            .ok_or_else(|| Error::internal("a stored attribute is not in the directory"))
    }

    fn attribute_entry(
        &self,
        caller: &Caller,
        before: Option<&Attribute>,
        after: &Attribute,
    ) -> AuditEntry {
        let action = match before {
            Some(_) => AuditAction::AttributeChange,
            None => AuditAction::AttributeCreate,
        };
        let options = |attribute: &Attribute| {
            let names = attribute.options.iter().map(|option| option.name.clone());
            audit::told([("options", names.collect::<Vec<_>>().into())])
        };
        let detail = audit::difference(before.map_or_else(Told::new, options), options(after));
        let subject = Subject::of_project(after.project, after.id.0, &after.name);
        self.entry(caller, action, subject, detail)
    }

    /// Whether what is said of an attribute is within bounds, for interfaces that do more before they define it.
    pub fn check_attribute(draft: &AttributeDraft) -> Result<()> {
        check(draft)
    }

    /// The answer that an attribute's name and an option's name mean in a project.
    pub fn attribute_answer(
        &self,
        project: &Project,
        attribute: &str,
        option: &str,
    ) -> Result<AttributeAnswer> {
        let directory = self.directory();
        let found = directory
            .attributes(project.id)
            .iter()
            .find(|known| known.name == attribute)
            .ok_or_else(|| Error::invalid("attributes", format!("no attribute \"{attribute}\"")))?;
        found
            .options
            .iter()
            .find(|known| known.name == option)
            .map(|option| AttributeAnswer {
                attribute: found.id,
                option: option.id,
            })
            .ok_or_else(|| {
                Error::invalid(
                    "attributes",
                    format!("attribute \"{attribute}\" has no option \"{option}\""),
                )
            })
    }
}

/// Whether what is said of an attribute is within bounds.
fn check(draft: &AttributeDraft) -> Result<()> {
    validate::name("name", &draft.name, limits::NAME_CHARACTERS)?;
    validate::count("options", draft.options.len(), limits::ATTRIBUTE_OPTIONS)?;
    for (place, option) in draft.options.iter().enumerate() {
        validate::name(
            &format!("options[{place}]"),
            option,
            limits::NAME_CHARACTERS,
        )?;
    }
    Ok(())
}

/// The attribute as it is after the draft was said too, if that is within bounds.
pub(super) fn merged(
    project: &Project,
    known: Option<&Attribute>,
    draft: AttributeDraft,
    now: Timestamp,
) -> Result<Attribute> {
    check(&draft)?;
    let mut attribute = known.cloned().unwrap_or_else(|| Attribute {
        id: AttributeId(clock::new_id()),
        number: 0,
        project: project.id,
        name: draft.name,
        options: Vec::new(),
        created_at: now,
    });
    for name in draft.options {
        if attribute.options.iter().all(|option| option.name != name) {
            let id = OptionId(clock::new_id());
            attribute.options.push(AttributeOption {
                id,
                number: 0,
                name,
                created_at: now,
            });
        }
    }
    validate::count(
        "options",
        attribute.options.len(),
        limits::ATTRIBUTE_OPTIONS,
    )?;
    Ok(attribute)
}
