//! What imports of several vendors share.

use crate::app::{VoteError, Voted, VotedOutcome};
use crate::error::{ErrorKind, Result};
use std::future::poll_fn;
use std::task::Poll;

/// What became of an export's rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows that brought something new.
    pub imported: usize,
    /// Rows whose content, or a later version of it, was there already.
    pub unchanged: usize,
    /// Rows that were not taken, each by its place in the export and with the reason.
    pub refused: Vec<(u64, String)>,
}

impl ImportReport {
    /// Adds what became of another part of the same export. Places of refused rows count within their parts.
    pub fn add_all(&mut self, part: Self) {
        self.imported += part.imported;
        self.unchanged += part.unchanged;
        self.refused.extend(part.refused);
    }

    /// Counts what became of a row's vote. An error says that everything has to stop.
    pub(super) fn add(&mut self, place: u64, voted: Result<Voted, VoteError>) -> Result<()> {
        let brought = match voted {
            Ok(voted) => Ok(voted.outcome != VotedOutcome::Unchanged),
            Err(VoteError::Failed(error)) => Err(error),
            Err(VoteError::Refused(reason)) => {
                self.refused.push((place, format!("{reason:?}")));
                return Ok(());
            }
        };
        self.count(place, brought)
    }

    /// Counts a row that brought something new, or brought nothing, or was not taken because of what is in it. Any other
    /// error says that everything has to stop.
    pub(super) fn count(&mut self, place: u64, brought: Result<bool>) -> Result<()> {
        match brought {
            Ok(true) => self.imported += 1,
            Ok(false) => self.unchanged += 1,
            Err(error) if error.kind() == ErrorKind::Invalid => {
                self.refused.push((place, error.to_string()));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Waits for all, side by side.
pub(super) async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut under_way: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut pending = false;
        for (future, output) in under_way.iter_mut().filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(ready) => *output = Some(ready),
                Poll::Pending => pending = true,
            }
        }
        if pending {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    under_way
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}
