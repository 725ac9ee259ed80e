//! The history of votes by months, and dropping what is old of it. It is the operator's, for it is of all workspaces.

use super::audit::Subject;
use super::{App, audit};
use crate::domain::{AuditAction, Month, Workspace};
use crate::error::{Error, Result};
use crate::store::{History, HistoryPart};

impl App {
    /// How much of what was said before is kept, by months.
    pub async fn history(&self) -> Result<History> {
        self.store.history().await
    }

    /// The parts that [`App::drop_history`] would drop. This month's history is never among them.
    pub async fn history_before(&self, before: Month) -> Result<Vec<HistoryPart>> {
        let this_month = self.clock.now().month();
        if before > this_month {
            let message = format!("must not be after this month, {this_month}");
            return Err(Error::invalid("--before", message));
        }
        self.store.history().await?.before(before)
    }

    /// Drops the versions that were given before a month and are replaced by now; what stands stays. `noted` hears how much of
    /// how much is done. Returns how many there were.
    pub async fn drop_history(
        &self,
        before: Month,
        noted: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<u64> {
        self.history_before(before).await?;
        // It is of all workspaces, and each has a log of its own.
        let entry = |workspace: &Workspace| {
            let detail = audit::told([("before", before.to_string().into())]);
            let operator = Self::operator(workspace.id);
            self.entry(
                &operator,
                AuditAction::HistoryDrop,
                Subject::nothing(),
                detail,
            )
        };
        let entries = self.directory().workspaces().iter().map(entry).collect();
        self.store.drop_history(before, entries, noted).await
    }
}
