//! How much of what is handed on at once each project has: none may have more than it leaves free, so that one whose upstream
//! is slow does not keep the others from theirs.

use crate::domain::ProjectId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The requests that are being handed on, by project.
#[derive(Debug)]
pub(super) struct Shares {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    by: HashMap<ProjectId, usize>,
    all: usize,
}

/// A project's place for one request, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    project: ProjectId,
    taken: Arc<Mutex<Taken>>,
}

impl Shares {
    /// Of so many requests at once.
    pub(super) fn of(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// A place for one more request of a project, unless it has as many as are free.
    pub(super) fn take(&self, project: ProjectId) -> Option<Share> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.most.saturating_sub(taken.all);
        if taken.by.get(&project).copied().unwrap_or(0) >= free {
            return None;
        }
        *taken.by.entry(project).or_default() += 1;
        taken.all += 1;
        Some(Share {
            project,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(by) = taken.by.get_mut(&self.project) {
            *by -= 1;
            if *by == 0 {
                taken.by.remove(&self.project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ONE: ProjectId = ProjectId(Uuid::from_u128(1));
    const OTHER: ProjectId = ProjectId(Uuid::from_u128(2));

    #[test]
    fn one_project_leaves_another_its_part_and_nothing_is_kept_of_who_is_done() {
        let shares = Shares::of(12);
        let take = |project| std::iter::from_fn(|| shares.take(project)).collect::<Vec<_>>();
        let one = take(ONE);
        assert_eq!(one.len(), 6);
        let other = take(OTHER);
        assert_eq!(other.len(), 3);
        drop(one);
        assert!(shares.take(OTHER).is_some());
        drop(other);
        assert!(shares.taken.lock().unwrap().by.is_empty());
    }

    #[test]
    fn where_there_is_one_place_it_can_be_had() {
        let shares = Shares::of(1);
        let share = shares.take(ONE);
        assert!(share.is_some());
        assert!(shares.take(OTHER).is_none());
    }
}
