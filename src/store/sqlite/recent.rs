//! The names of recent messages, which are not in the index yet.
//!
//! Names come in random order, so an index entry for every new message would dirty a page of its own for every vote. What is new
//! is known by heart. When enough has gathered it is set apart and put into the index in the index's own order, some with
//! every batch, so that neighbours share their page. After a start it is read from the messages themselves.

use crate::limits;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// A message by its name, in the index's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Name {
    /// The hash of the project and of what the application calls the message.
    pub(in crate::store) key: i64,
    /// The conversation's row; 0 for a message that belongs to none.
    pub(in crate::store) conversation: i64,
    /// The message's row.
    pub(in crate::store) message: i64,
}

/// The last message that there is.
const LAST_MESSAGE: &str = "SELECT coalesce(max(row_id), 0) FROM messages";

/// What is taken back when a savepoint is rolled back.
#[derive(Clone, Copy, Debug)]
enum Change {
    Added(Name),
    Moved { before: Name, after: Name },
    Removed { name: Name, was_settling: bool },
}

/// All names that are not in the index.
#[derive(Debug, Default)]
pub(in crate::store) struct Recent {
    /// Those that came after the others were set apart.
    gathering: BTreeSet<Name>,
    /// Those that are being put into the index.
    settling: BTreeSet<Name>,
    /// The last message that there was when they were set apart.
    settling_up_to: i64,
    /// How many messages came since then at most, with a name or without; zero only if none did.
    came: usize,
    /// What changed in this transaction.
    changes: Vec<Change>,
}

impl Recent {
    /// Reads what may not be in the index.
    pub(in crate::store) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let gathering = connection
            .prepare_cached(
                "SELECT external_key, ifnull(conversation, 0), row_id FROM messages
                 WHERE row_id > (SELECT up_to FROM names_indexed) AND external_key IS NOT NULL",
            )?
            .query_map([], |row| {
                Ok(Name {
                    key: row.get(0)?,
                    conversation: row.get(1)?,
                    message: row.get(2)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        let last: i64 = connection.query_row(LAST_MESSAGE, [], |row| row.get(0))?;
        let up_to: i64 =
            connection.query_row("SELECT up_to FROM names_indexed", [], |row| row.get(0))?;
        Ok(Self {
            gathering,
            came: usize::try_from(last - up_to).unwrap_or(0),
            ..Self::default()
        })
    }

    /// Notes the name of a new message.
    pub(in crate::store) fn add(&mut self, name: Name) {
        self.came += 1;
        self.gathering.insert(name);
        self.changes.push(Change::Added(name));
    }

    /// Notes that there is a new message without a name: it is not to be looked at after each start.
    pub(in crate::store) const fn add_nameless(&mut self) {
        self.came += 1;
    }

    /// Notes that a message which belonged to no conversation now belongs to one. If it did before, nothing changes.
    pub(in crate::store) fn link(
        &mut self,
        connection: &Connection,
        before: Name,
        conversation: i64,
    ) -> rusqlite::Result<()> {
        let after = Name {
            conversation,
            ..before
        };
        if self.replace(before, after) {
            self.changes.push(Change::Moved { before, after });
        }
        // What was read after a start may be in the index as well.
        connection
            .prepare_cached(
                "UPDATE OR REPLACE message_names SET conversation = ?4
                 WHERE external_key = ?1 AND conversation = ?2 AND message = ?3",
            )?
            .execute(params![
                before.key,
                before.conversation,
                before.message,
                conversation
            ])?;
        Ok(())
    }

    fn replace(&mut self, before: Name, after: Name) -> bool {
        [&mut self.gathering, &mut self.settling]
            .into_iter()
            .any(|names| names.remove(&before) && names.insert(after))
    }

    /// Forgets a name, wherever it is.
    pub(in crate::store) fn remove(
        &mut self,
        connection: &Connection,
        name: Name,
    ) -> rusqlite::Result<()> {
        let was_settling = self.settling.remove(&name);
        if was_settling || self.gathering.remove(&name) {
            self.changes.push(Change::Removed { name, was_settling });
        }
        connection
            .prepare_cached(
                "DELETE FROM message_names WHERE external_key = ?1 AND conversation = ?2 AND message = ?3",
            )?
            .execute(params![name.key, name.conversation, name.message])?;
        Ok(())
    }

    /// How many changes there are now, for [`Recent::undo`].
    pub(in crate::store) const fn changes(&self) -> usize {
        self.changes.len()
    }

    /// Takes back what changed since there were so many changes.
    pub(in crate::store) fn undo(&mut self, changes: usize) {
        let undone: Vec<Change> = self.changes.drain(changes..).collect();
        for change in undone.into_iter().rev() {
            match change {
                Change::Added(name) => self.gathering.remove(&name),
                Change::Moved { before, after } => self.replace(after, before),
                Change::Removed {
                    name,
                    was_settling: true,
                } => self.settling.insert(name),
                Change::Removed { name, .. } => self.gathering.insert(name),
            };
        }
    }

    /// The messages of a name, those of the newest conversation first, and of these the newest first.
    pub(in crate::store) fn named(&self, key: i64) -> impl Iterator<Item = Name> + '_ {
        self.within(key, 0..=i64::MAX)
    }

    /// The messages of a name in a conversation, or with 0 of those that belong to none; the newest first.
    pub(in crate::store) fn named_in(
        &self,
        key: i64,
        conversation: i64,
    ) -> impl Iterator<Item = Name> + '_ {
        self.within(key, conversation..=conversation)
    }

    /// From the last to the first. A name may be that of very many messages, so no more of them are looked at than are asked for.
    fn within(
        &self,
        key: i64,
        conversations: RangeInclusive<i64>,
    ) -> impl Iterator<Item = Name> + '_ {
        let bound = |conversation, message| Name {
            key,
            conversation,
            message,
        };
        let range = bound(*conversations.start(), i64::MIN)..=bound(*conversations.end(), i64::MAX);
        let mut gathering = self.gathering.range(range.clone()).rev().peekable();
        let mut settling = self.settling.range(range).rev().peekable();
        std::iter::from_fn(move || {
            if gathering.peek() > settling.peek() {
                gathering.next()
            } else {
                settling.next()
            }
        })
        .copied()
    }

    /// Puts names into the index, if enough have gathered: some for each that this transaction added, so that those that
    /// wait stay within a bound. Called last in a transaction.
    pub(in crate::store) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let added = self
            .changes
            .iter()
            .filter(|change| matches!(change, Change::Added(_)));
        let most = added.count() * limits::NAMES_INDEXED_FOR_EACH;
        self.settle_some(connection, most, limits::NAMES_GATHERED)
    }

    /// Puts up to `most` names into the index, however few have gathered. Called last in a transaction.
    pub(in crate::store) fn settle_at_rest(
        &mut self,
        connection: &Connection,
        most: usize,
    ) -> rusqlite::Result<()> {
        self.settle_some(connection, most, 1)
    }

    fn settle_some(
        &mut self,
        connection: &Connection,
        most: usize,
        enough: usize,
    ) -> rusqlite::Result<()> {
        self.changes.clear();
        if self.settling.is_empty() {
            if self.came < enough {
                return Ok(());
            }
            self.settling = std::mem::take(&mut self.gathering);
            self.settling_up_to = connection
                .prepare_cached(LAST_MESSAGE)?
                .query_row([], |row| row.get(0))?;
            self.came = 0;
        }
        let mut index = connection.prepare_cached(
            "INSERT OR IGNORE INTO message_names (external_key, conversation, message) VALUES (?1, ?2, ?3)",
        )?;
        for _ in 0..most {
            let Some(name) = self.settling.pop_first() else {
                break;
            };
            index.execute(params![name.key, name.conversation, name.message])?;
        }
        if self.settling.is_empty() {
            connection
                .prepare_cached("UPDATE names_indexed SET up_to = ?1")?
                .execute([self.settling_up_to])?;
        }
        Ok(())
    }

    /// Whether the index is complete, and is known to be.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.came == 0 && self.settling.is_empty()
    }
}

#[cfg(test)]
mod tests;
