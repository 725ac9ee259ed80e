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
    Settle { most: usize },
    SettleUnderLoad,
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
            Step::Settle { most } => {
                self.recent.settle_at_rest(&self.connection, most).unwrap();
            }
            Step::SettleUnderLoad => self.recent.settle(&self.connection).unwrap(),
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
        2 => (0..4_usize).prop_map(|most| Step::Settle { most }),
        1 => Just(Step::SettleUnderLoad),
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
            if !matches!(step, Step::Settle { .. } | Step::SettleUnderLoad | Step::Restart) {
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
    world.recent.settle(&world.connection).unwrap();
    assert!(!world.recent.is_empty());
    world.recent.settle_at_rest(&world.connection, 10).unwrap();
    assert!(world.recent.is_empty());
}

#[test]
fn of_a_name_the_newest_conversation_comes_first() {
    let mut world = World::new();
    for conversation in [0, 3, 2] {
        world.add(1, conversation);
    }
    world.recent.settle_at_rest(&world.connection, 1).unwrap();
    world.add(1, 1);
    let found = world.recent.named(1);
    let conversations: Vec<_> = found.map(|name| name.conversation).collect();
    assert_eq!(conversations, [3, 2, 1]);
}

#[test]
fn a_rush_of_many_names_at_once_does_not_outrun_the_index() {
    let mut world = World::new();
    let at_once = limits::NAMES_GATHERED / 8;
    let mut most = 0;
    for _ in 0..40 {
        world.connection.execute_batch("BEGIN").unwrap();
        for _ in 0..at_once {
            world.add(1, 0);
        }
        world.recent.settle(&world.connection).unwrap();
        world.connection.execute_batch("COMMIT").unwrap();
        most = most.max(world.recent.gathering.len() + world.recent.settling.len());
    }
    assert!(most <= limits::NAMES_GATHERED + at_once, "{most}");
}

#[test]
fn messages_without_names_are_not_read_after_every_start() {
    let mut world = World::new();
    world
        .connection
        .execute(
            "INSERT INTO messages (id, project, created_at) VALUES (x'01', 1, 0)",
            [],
        )
        .unwrap();
    world.recent.add_nameless();
    world.recent.settle_at_rest(&world.connection, 1).unwrap();
    let up_to: i64 = world
        .connection
        .query_row("SELECT up_to FROM names_indexed", [], |row| row.get(0))
        .unwrap();
    assert_eq!(up_to, 1);
    assert!(Recent::read(&world.connection).unwrap().is_empty());
}
