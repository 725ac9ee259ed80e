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
pub(super) struct Name {
    /// The hash of the project and of what the application calls the message.
    pub(super) key: i64,
    /// The conversation's row; 0 for a message that belongs to none.
    pub(super) conversation: i64,
    /// The message's row.
    pub(super) message: i64,
}

/// What is taken back when a savepoint is rolled back.
#[derive(Clone, Copy, Debug)]
enum Change {
    Added(Name),
    Moved { before: Name, after: Name },
    Removed { name: Name, was_settling: bool },
}

/// All names that are not in the index.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Those that came after the others were set apart.
    gathering: BTreeSet<Name>,
    /// Those that are being put into the index.
    settling: BTreeSet<Name>,
    /// The last message that was set apart.
    settling_up_to: i64,
    /// What changed in this transaction.
    changes: Vec<Change>,
}

impl Recent {
    /// Reads what may not be in the index.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
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
        Ok(Self {
            gathering,
            ..Self::default()
        })
    }

    /// Notes the name of a new message.
    pub(super) fn add(&mut self, name: Name) {
        self.gathering.insert(name);
        self.changes.push(Change::Added(name));
    }

    /// Notes that a message which belonged to no conversation now belongs to one. If it did before, nothing changes.
    pub(super) fn link(
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
    pub(super) fn remove(&mut self, connection: &Connection, name: Name) -> rusqlite::Result<()> {
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
    pub(super) const fn changes(&self) -> usize {
        self.changes.len()
    }

    /// Takes back what changed since there were so many changes.
    pub(super) fn undo(&mut self, changes: usize) {
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
    pub(super) fn named(&self, key: i64) -> Vec<Name> {
        let mut found: Vec<Name> = self.within(key, 0..=i64::MAX).collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found
    }

    /// The messages of a name in a conversation, or with 0 of those that belong to none.
    pub(super) fn named_in(&self, key: i64, conversation: i64) -> impl Iterator<Item = Name> + '_ {
        self.within(key, conversation..=conversation)
    }

    fn within(
        &self,
        key: i64,
        conversations: RangeInclusive<i64>,
    ) -> impl Iterator<Item = Name> + '_ {
        let from = Name {
            key,
            conversation: *conversations.start(),
            message: i64::MIN,
        };
        let to = Name {
            key,
            conversation: *conversations.end(),
            message: i64::MAX,
        };
        let gathering = self.gathering.range(from..=to);
        gathering.chain(self.settling.range(from..=to)).copied()
    }

    /// Puts up to `most` names into the index, if enough have gathered; `at_rest`, whatever has. Called last in a transaction.
    pub(super) fn settle(
        &mut self,
        connection: &Connection,
        most: usize,
        at_rest: bool,
    ) -> rusqlite::Result<()> {
        self.changes.clear();
        if self.settling.is_empty() {
            if self.gathering.is_empty()
                || (self.gathering.len() < limits::NAMES_GATHERED && !at_rest)
            {
                return Ok(());
            }
            self.settling = std::mem::take(&mut self.gathering);
            let last = self.settling.iter().map(|name| name.message).max();
            self.settling_up_to = last.unwrap_or(0);
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

    /// Whether every name is in the index.
    pub(super) fn is_empty(&self) -> bool {
        self.gathering.is_empty() && self.settling.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::schema;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// What may happen to names; messages and conversations are few, so that they meet.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Add { key: i64, conversation: i64 },
        Link { message: i64, conversation: i64 },
        Remove { message: i64 },
        Settle { most: usize, at_rest: bool },
        Restart,
    }

    /// The messages as they are, and what is known of their names.
    struct World {
        connection: Connection,
        recent: Recent,
        /// Key and conversation of each message that has a name.
        truth: BTreeMap<i64, (i64, i64)>,
        next: i64,
    }

    impl World {
        fn new() -> Self {
            let mut connection = Connection::open_in_memory().unwrap();
            schema::migrate(&mut connection).unwrap();
            // Only messages matter here.
            connection
                .pragma_update(None, "foreign_keys", false)
                .unwrap();
            let recent = Recent::read(&connection).unwrap();
            Self {
                connection,
                recent,
                truth: BTreeMap::new(),
                next: 1,
            }
        }

        fn take(&mut self, step: Step) {
            match step {
                Step::Add { key, conversation } => self.add(key, conversation),
                Step::Link {
                    message,
                    conversation,
                } => self.link(message, conversation),
                Step::Remove { message } => self.remove(message),
                Step::Settle { most, at_rest } => {
                    self.recent.settle(&self.connection, most, at_rest).unwrap();
                }
                Step::Restart => self.recent = Recent::read(&self.connection).unwrap(),
            }
        }

        fn add(&mut self, key: i64, conversation: i64) {
            let message = self.next;
            self.next += 1;
            self.connection
                .execute(
                    "INSERT INTO messages (row_id, id, project, conversation, external_key, created_at)
                     VALUES (?1, CAST(?1 AS BLOB), 1, nullif(?2, 0), ?3, 0)",
                    params![message, conversation, key],
                )
                .unwrap();
            self.truth.insert(message, (key, conversation));
            self.recent.add(Name {
                key,
                conversation,
                message,
            });
        }

        fn link(&mut self, message: i64, conversation: i64) {
            let Some(&(key, 0)) = self.truth.get(&message) else {
                return;
            };
            self.connection
                .execute(
                    "UPDATE messages SET conversation = ?2 WHERE row_id = ?1",
                    [message, conversation],
                )
                .unwrap();
            self.truth.insert(message, (key, conversation));
            let before = Name {
                key,
                conversation: 0,
                message,
            };
            self.recent
                .link(&self.connection, before, conversation)
                .unwrap();
        }

        fn remove(&mut self, message: i64) {
            let Some((key, conversation)) = self.truth.remove(&message) else {
                return;
            };
            self.connection
                .execute(
                    "UPDATE messages SET external_key = NULL WHERE row_id = ?1",
                    [message],
                )
                .unwrap();
            let name = Name {
                key,
                conversation,
                message,
            };
            self.recent.remove(&self.connection, name).unwrap();
        }

        /// Every name that is found, by heart or in the index.
        fn found(&self) -> BTreeSet<Name> {
            let indexed = self
                .connection
                .prepare("SELECT external_key, conversation, message FROM message_names")
                .unwrap()
                .query_map([], |row| {
                    Ok(Name {
                        key: row.get(0)?,
                        conversation: row.get(1)?,
                        message: row.get(2)?,
                    })
                })
                .unwrap()
                .collect::<rusqlite::Result<BTreeSet<_>>>()
                .unwrap();
            let by_heart = (0..4).flat_map(|key| self.recent.named(key));
            by_heart.chain(indexed).collect()
        }

        fn expected(&self) -> BTreeSet<Name> {
            let name = |(&message, &(key, conversation))| Name {
                key,
                conversation,
                message,
            };
            self.truth.iter().map(name).collect()
        }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let conversation = 0..4_i64;
        let step = prop_oneof![
            4 => (0..4_i64, conversation).prop_map(|(key, conversation)| Step::Add { key, conversation }),
            2 => (1..20_i64, 1..4_i64)
                .prop_map(|(message, conversation)| Step::Link { message, conversation }),
            1 => (1..20_i64).prop_map(|message| Step::Remove { message }),
            2 => (0..4_usize, any::<bool>()).prop_map(|(most, at_rest)| Step::Settle { most, at_rest }),
            1 => Just(Step::Restart),
        ];
        prop::collection::vec(step, 0..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_name_is_found_whether_it_is_in_the_index_or_not(steps in steps()) {
            let mut world = World::new();
            for step in steps {
                world.take(step);
                prop_assert_eq!(world.found(), world.expected());
            }
        }

        #[test]
        fn what_a_savepoint_undoes_is_undone(before in steps(), undone in steps()) {
            let mut world = World::new();
            for step in before {
                world.take(step);
            }
            let found = world.found();
            world.connection.execute_batch("SAVEPOINT work").unwrap();
            let changes = world.recent.changes();
            for step in undone {
                // These come between jobs, never within one.
                if !matches!(step, Step::Settle { .. } | Step::Restart) {
                    world.take(step);
                }
            }
            world.connection.execute_batch("ROLLBACK TO work").unwrap();
            world.recent.undo(changes);
            prop_assert_eq!(world.found(), found);
        }
    }

    #[test]
    fn nothing_is_indexed_under_load_until_enough_has_gathered() {
        let mut world = World::new();
        world.add(1, 0);
        world.recent.settle(&world.connection, 10, false).unwrap();
        assert!(!world.recent.is_empty());
        world.recent.settle(&world.connection, 10, true).unwrap();
        assert!(world.recent.is_empty());
    }

    #[test]
    fn of_a_name_the_newest_conversation_comes_first() {
        let mut world = World::new();
        for conversation in [0, 3, 2] {
            world.add(1, conversation);
        }
        world.recent.settle(&world.connection, 1, true).unwrap();
        world.add(1, 1);
        let found = world.recent.named(1).into_iter();
        let conversations: Vec<_> = found.map(|name| name.conversation).collect();
        assert_eq!(conversations, [3, 2, 1]);
    }
}
