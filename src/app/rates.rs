//! How many requests keys and projects may make.
//!
//! A request counts once for its key, and once for the project that it is for: at once if the key opens one project only,
//! else when it writes to the project or names it. What the server does on its own is no request, and does not count.
//!
//! What was used up is kept beside the [`super::Directory`], for keys and projects that are limited and no others, and goes
//! with them: what is revoked or deleted leaves nothing behind, and a limit that changes begins anew.

use super::App;
use crate::domain::{ApiKey, ApiKeyId, Project, ProjectId, RateLimit};
use crate::error::{Error, Result};
use governor::clock::Clock as _;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

tokio::task_local! {
    static COUNTED: Cell<CountedFor>;
}

/// What a request under way was counted for.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountedFor {
    key: Option<ApiKeyId>,
    project: Option<ProjectId>,
}

impl CountedFor {
    /// The project, by its id as a number.
    pub fn project(&self) -> Option<u128> {
        self.project.map(|project| project.0.as_u128())
    }
}

/// Polls a request, whose keys and projects are counted meanwhile.
pub fn counting<T>(counted: &mut CountedFor, poll: impl FnOnce() -> T) -> T {
    COUNTED.sync_scope(Cell::new(*counted), || {
        let polled = poll();
        *counted = COUNTED.with(Cell::get);
        polled
    })
}

/// The limits of keys and projects that have none of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct UsualRates {
    /// Of each key.
    pub key: RateLimit,
    /// Of each project.
    pub project: RateLimit,
}

/// What limited keys and projects have used up.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    usual: UsualRates,
    keys: HashMap<ApiKeyId, Arc<Meter>>,
    projects: HashMap<ProjectId, Arc<Meter>>,
}

#[derive(Debug)]
struct Meter {
    limit: RateLimit,
    used: DefaultDirectRateLimiter,
}

impl Meter {
    /// None if any number is taken.
    fn of(limit: RateLimit) -> Option<Self> {
        let per_second = NonZeroU32::new(limit.per_second)?;
        let at_once = NonZeroU32::new(limit.burst)?;
        let quota = Quota::per_second(per_second).allow_burst(at_once);
        Some(Self {
            limit,
            used: RateLimiter::direct(quota),
        })
    }

    /// Takes one, or says how long there will be none.
    fn take(&self) -> Result<(), Duration> {
        self.used
            .check()
            .map_err(|until| until.wait_time_from(self.used.clock().now()))
    }
}

impl Rates {
    pub(super) fn new(usual: UsualRates) -> Self {
        Self {
            usual,
            ..Self::default()
        }
    }

    /// Those of these keys and projects, with what they have used up so far if their limit is still the same.
    pub(super) fn following<'records>(
        &self,
        keys: impl Iterator<Item = &'records ApiKey>,
        projects: impl Iterator<Item = &'records Project>,
    ) -> Self {
        let keys = keys
            .filter(|key| key.revoked_at.is_none())
            .map(|key| (key.id, key.rate_limit.unwrap_or(self.usual.key)));
        let projects = projects
            .filter(|project| project.deleted_at.is_none())
            .map(|project| {
                let limit = project.rate_limit.unwrap_or(self.usual.project);
                (project.id, limit)
            });
        Self {
            usual: self.usual,
            keys: meters(&self.keys, keys),
            projects: meters(&self.projects, projects),
        }
    }

    fn take_for_key(&self, key: ApiKeyId) -> Result<()> {
        let taken = self.keys.get(&key).map_or(Ok(()), |meter| meter.take());
        taken.map_err(|wait| refused(wait, "key"))
    }

    fn take_for_project(&self, project: ProjectId) -> Result<()> {
        let meter = self.projects.get(&project);
        let taken = meter.map_or(Ok(()), |meter| meter.take());
        taken.map_err(|wait| refused(wait, "project"))
    }
}

fn meters<I: Copy + Eq + Hash>(
    before: &HashMap<I, Arc<Meter>>,
    limits: impl Iterator<Item = (I, RateLimit)>,
) -> HashMap<I, Arc<Meter>> {
    limits
        .filter_map(|(id, limit)| {
            let known = before.get(&id).filter(|meter| meter.limit == limit);
            let meter = match known {
                Some(meter) => Arc::clone(meter),
                None => Arc::new(Meter::of(limit)?),
            };
            Some((id, meter))
        })
        .collect()
}

fn refused(wait: Duration, of: &'static str) -> Error {
    // Not by project or key, of which there may be any number.
    metrics::counter!("candor_rate_limited_total", "limit" => of).increment(1);
    let message =
        format!("this {of} makes more requests than it may; nothing was done, try again later");
    Error::busy_for(wait, message)
}

impl App {
    /// Counts the request that is being polled for its key, and for the project if the key opens one only. Who makes more
    /// than allowed is told how long to wait.
    pub fn count_request(&self, key: &ApiKey) -> Result<()> {
        let Ok(counted) = COUNTED.try_with(Cell::get) else {
            return Ok(());
        };
        if counted.key == Some(key.id) {
            return Ok(());
        }
        let directory = self.directory();
        directory.rates().take_for_key(key.id)?;
        if let Some(project) = key.project {
            directory.rates().take_for_project(project)?;
        }
        COUNTED.with(|counts| {
            counts.set(CountedFor {
                key: Some(key.id),
                project: key.project.or(counted.project),
            });
        });
        Ok(())
    }

    /// Counts it for a project.
    pub fn count_request_for(&self, project: ProjectId) -> Result<()> {
        let Ok(counted) = COUNTED.try_with(Cell::get) else {
            return Ok(());
        };
        if counted.project != Some(project) {
            self.directory().rates().take_for_project(project)?;
            let project = Some(project);
            COUNTED.with(|counts| counts.set(CountedFor { project, ..counted }));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
