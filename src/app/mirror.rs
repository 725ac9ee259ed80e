//! Having the vendor behind a project hear of the votes that were accepted.

use super::{App, VendorCredential, authenticate};
use crate::domain::vote::Command;
use crate::domain::{
    Caller, Dialect, MirrorEntry, MirrorState, Project, Scope, Timestamp, Upstream,
};
use crate::error::Result;
use crate::store::{
    HeldLock, MirrorCounts, MirrorJob, MirrorPlace, Page, Paging, Settlement, StoreLock, Voted,
    VotedOutcome,
};
use std::sync::Arc;

/// A vote that is due to be sent, with what its call is made of.
#[derive(Clone, Debug)]
pub struct MirrorTask {
    /// The project.
    pub project: Arc<Project>,
    /// The vote.
    pub job: MirrorJob,
    /// The names of the attributes that it answers, with the options'.
    pub attributes: Vec<(String, String)>,
    /// What is sent as credential.
    pub credential: VendorCredential,
    /// When it is sent.
    pub at: Timestamp,
}

/// How a project's mirror is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MirrorStatus {
    /// Whether what waits is sent; otherwise it waits for the mirror to be switched on.
    pub active: bool,
    /// How many votes are where.
    pub counts: MirrorCounts,
}

impl App {
    /// That this server is the one that sends votes to vendors, for as long as it holds this; none if another one is.
    pub async fn lead_mirror(&self) -> Result<Option<HeldLock>> {
        self.store.try_for(StoreLock::Mirror).await
    }

    /// The vendor behind a project that is to hear of a vote. Imports have no key, or none that is known: the vendor has
    /// what they bring.
    pub(super) fn mirrored_to(&self, command: &Command) -> Option<Dialect> {
        let directory = self.directory();
        directory.key(command.key?)?;
        let project = directory.project(command.project)?;
        mirror_of(project).map(|upstream| upstream.dialect)
    }

    /// Wakes who sends, if a vote left something to send.
    pub(super) fn note_mirrored(&self, voted: &Voted) {
        let is_new = matches!(
            voted.outcome,
            VotedOutcome::Created | VotedOutcome::Changed | VotedOutcome::TakenBack
        );
        if is_new && !voted.replayed {
            self.mirror_news.notify_one();
        }
    }

    /// Waits for a vote that is to be sent, or for one that is to be tried again.
    pub async fn mirror_news(&self) {
        self.mirror_news.notified().await;
    }

    /// The projects whose votes are sent.
    pub fn mirrored_projects(&self) -> Vec<Arc<Project>> {
        self.directory().matching(|project| {
            project.deleted_at.is_none() && project.enabled && mirror_of(project).is_some()
        })
    }

    /// Votes of a project that are due, oldest first: of each target only the first that waits, and none of `besides`.
    pub async fn due_mirror_tasks(
        &self,
        project: &Arc<Project>,
        besides: Vec<MirrorPlace>,
        most: usize,
    ) -> Result<Vec<MirrorTask>> {
        let credential = self.vendor_credential(project)?;
        let at = self.clock().now();
        // Melodi's clients send the thread with the vote.
        let whole = mirror_of(project).is_some_and(|upstream| upstream.dialect == Dialect::Melodi);
        let due = self
            .store
            .due_mirror_jobs(project.id, at, besides, most, whole)
            .await?;
        let task = |job: MirrorJob| MirrorTask {
            project: Arc::clone(project),
            attributes: self.attribute_names(project, &job),
            job,
            credential: credential.clone(),
            at,
        };
        Ok(due.into_iter().map(task).collect())
    }

    fn attribute_names(&self, project: &Project, job: &MirrorJob) -> Vec<(String, String)> {
        let directory = self.directory();
        let answers = job.version.judgement.attributes.iter();
        answers
            .filter_map(|answer| {
                let attribute = directory.attribute(project.id, answer.attribute)?;
                let mut options = attribute.options.iter();
                let option = options.find(|option| option.id == answer.option)?;
                Some((attribute.name.clone(), option.name.clone()))
            })
            .collect()
    }

    /// Keeps what became of a vote that was sent.
    pub async fn settle_mirror_task(
        &self,
        place: MirrorPlace,
        settlement: Settlement,
    ) -> Result<()> {
        self.store.settle_mirror_job(place, settlement).await
    }

    /// How many votes of all projects are where.
    pub async fn all_mirror_counts(&self) -> Result<MirrorCounts> {
        self.store.mirror_counts(None).await
    }

    /// How a project's mirror is.
    pub async fn mirror_status(&self, caller: &Caller, project: &Project) -> Result<MirrorStatus> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        Ok(MirrorStatus {
            active: project.enabled && mirror_of(project).is_some(),
            counts: self.store.mirror_counts(Some(project.id)).await?,
        })
    }

    /// A page of the votes of a project that are in a state, the latest first.
    pub async fn mirror_entries(
        &self,
        caller: &Caller,
        project: &Project,
        state: MirrorState,
        paging: Paging,
    ) -> Result<Page<MirrorEntry>> {
        self.require_for_data(caller, Scope::FeedbackRead)?;
        self.store.mirror_entries(project.id, state, paging).await
    }

    /// Has the votes of a project sent again that did not arrive, but for those after which the vendor heard, or will
    /// hear, a later word on the same. Returns how many.
    pub async fn retry_mirror(&self, caller: &Caller, project: &Project) -> Result<u64> {
        authenticate::require(caller, Scope::Admin)?;
        let tried = self.store.retry_mirror_jobs(project.id).await?;
        self.mirror_news.notify_one();
        Ok(tried)
    }

    /// Forgets votes of a project that did not arrive, in a state or in any. The feedback itself stays. Returns how many.
    pub async fn drop_mirror(
        &self,
        caller: &Caller,
        project: &Project,
        state: Option<MirrorState>,
    ) -> Result<u64> {
        authenticate::require(caller, Scope::Admin)?;
        self.store.drop_mirror_jobs(project.id, state).await
    }
}

fn mirror_of(project: &Project) -> Option<&Upstream> {
    project.upstream.as_ref().filter(|upstream| upstream.mirror)
}
