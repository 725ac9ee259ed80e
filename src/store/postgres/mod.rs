//! PostgreSQL: one database, any number of servers.

pub(in crate::store) mod search;

use super::batch::Batch;
use super::sql::{self, Connection};
use super::queue::Lane;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// What is kept, on PostgreSQL.
#[derive(Debug)]
pub(in crate::store) struct Postgres {}

impl Postgres {
    pub(in crate::store) fn open(_address: &str, _clock: Clock) -> Result<Self> {
        Err(Error::not_found("not yet"))
    }

    pub(in crate::store) async fn write<T: Send + 'static>(
        &self,
        _lane: Lane,
        _work: impl FnOnce(&mut Batch<'_>) -> sql::Result<T> + Send + 'static,
    ) -> Result<T> {
        Err(Error::not_found("not yet"))
    }

    pub(in crate::store) async fn read<T: Send + 'static>(
        &self,
        _read: impl FnOnce(Connection<'_>) -> sql::Result<T> + Send + 'static,
    ) -> Result<T> {
        Err(Error::not_found("not yet"))
    }

    pub(in crate::store) fn read_now<T>(
        &self,
        _read: impl FnOnce(Connection<'_>) -> sql::Result<T>,
    ) -> Result<T> {
        Err(Error::not_found("not yet"))
    }

    pub(in crate::store) async fn check(&self) -> Result<Vec<crate::store::Finding>> {
        Err(Error::not_found("not yet"))
    }

    pub(in crate::store) async fn repair(
        &self,
        _: &(dyn Fn(crate::store::Rebuilding, usize, usize) + Sync),
    ) -> Result<crate::store::Repaired> {
        Err(Error::not_found("not yet"))
    }

    pub(in crate::store) async fn close(&self) {}
}
