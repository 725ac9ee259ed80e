//! Fills a data folder with many votes, far faster than the server could take them: rows are written straight into the
//! tables that the program made, in the order of time, with all that the program keeps beside them (names' hashes, history,
//! sums). `candor doctor` finds nothing wrong with the result.
//!
//! There are three projects of very different size. Of the votes, a fifth have a comment of about 80 characters, a quarter
//! are negative, one in fifty was changed and one in two hundred was taken back. Half of the messages have texts and a
//! conversation, four to each; the others are known by a vote only.

mod random;
mod rows;
mod text;

use crate::support::{self, Server};
use random::Random;
use rows::{Ids, Insert, Names, Vote};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The projects, with the Dify key of each.
pub const PROJECTS: [(&str, &str); 3] = [
    ("large", "app-large0000000000000000"),
    ("middle", "app-middle000000000000000"),
    ("small", "app-small0000000000000000"),
];
/// A key that opens everything by the native interface.
pub const NATIVE_KEY: &str = "cnd_0000000000000000000000000000filled";
pub const WONDERCHAT_KEY: &str = "wonderchat-0000000filled";
pub const MELODI_KEY: &str = "melodi-00000000000filled";

/// The people of each project. Of the large one's, every second is known to the whole workspace.
const PEOPLE: [u64; 3] = [9_900, 90, 10];

const YEAR_MICROSECONDS: i64 = 365 * 86_400_000_000;

/// Fills a new data folder. The last vote is a minute old.
pub fn fill(folder: &Path, votes: u64) {
    let mut keys: Vec<_> = PROJECTS
        .map(|(project, secret)| json!({"dialect": "dify", "project": project, "secret": secret}))
        .into();
    keys.extend([
        json!({"dialect": "native", "secret": NATIVE_KEY, "scopes": ["feedback:write", "feedback:read", "admin"]}),
        json!({"dialect": "wonderchat", "secret": WONDERCHAT_KEY}),
        json!({"dialect": "melodi", "secret": MELODI_KEY}),
    ]);
    let projects = PROJECTS.map(|(name, _)| json!({"name": name}));
    support::apply(folder, &json!({"projects": projects, "keys": keys}));
    write(&folder.join("candor.sqlite3"), votes);
    index_comments(folder);
}

fn write(file: &Path, votes: u64) {
    let connection = Connection::open(file).expect("the program's database");
    connection
        .execute_batch(
            "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -500000;",
        )
        .expect("settings for speed");
    let indexes = drop_indexes(&connection);
    connection.execute_batch("BEGIN").expect("a transaction");
    rows(&connection, votes);
    connection.execute_batch("COMMIT").expect("rows");
    for index in indexes {
        connection.execute_batch(&index).expect("an index");
    }
    connection
        .execute_batch(
            "INSERT INTO message_names (external_key, conversation, message)
               SELECT external_key, ifnull(conversation, 0), row_id FROM messages
               WHERE external_key IS NOT NULL ORDER BY 1, 2, 3;
             UPDATE names_indexed SET up_to = (SELECT coalesce(max(row_id), 0) FROM messages);",
        )
        .expect("the index of names");
    connection
        .execute_batch("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL;")
        .expect("settings as before");
}

/// Takes away the indexes of the tables that are filled, which are made faster of all rows at once. Returns how.
fn drop_indexes(connection: &Connection) -> Vec<String> {
    let indexes: Vec<(String, String)> = connection
        .prepare(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
             AND tbl_name IN ('feedback', 'feedback_versions', 'messages', 'conversations')",
        )
        .expect("the schema")
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("indexes")
        .map(|row| row.expect("an index"))
        .collect();
    for (name, _) in &indexes {
        connection
            .execute_batch(&format!("DROP INDEX {name}"))
            .expect("an index");
    }
    indexes.into_iter().map(|(_, sql)| sql).collect()
}

fn rows(connection: &Connection, votes: u64) {
    let mut random = Random(7);
    let mut names = Names::read(connection);
    let mut insert = Insert::new(connection);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a time after 1970");
    let end = i64::try_from(now.as_micros()).expect("a time") - 60_000_000;
    let begin = end - YEAR_MICROSECONDS;
    let people = people(&mut insert, &mut names, &mut random, begin);
    let step = YEAR_MICROSECONDS / i64::try_from(votes.max(1)).expect("so many votes");
    let sizes = sizes(votes);
    // How many votes each project has so far, and the conversation that its next message is in.
    let mut made = [0_u64; 3];
    let mut open = [None; 3];
    for number in 0..votes {
        let place = project_of(number, votes, sizes);
        let project = &names.projects[place];
        let at = begin + i64::try_from(number).expect("a number") * step;
        // Eight messages: four of one conversation, then four of which nothing is known.
        let turn = made[place] % 8;
        made[place] += 1;
        if turn == 0 {
            let person =
                people[place][usize::try_from(random.skewed(PEOPLE[place])).expect("a place")];
            let ids = Ids::new(&mut random, at);
            open[place] = Some((
                insert.conversation(&names, project.row, &ids, person, at),
                person,
            ));
        }
        let (conversation, person) = match open[place].filter(|_| turn < 4) {
            Some((conversation, person)) => (Some(conversation), person),
            None => (
                None,
                people[place][usize::try_from(random.skewed(PEOPLE[place])).expect("a place")],
            ),
        };
        let ids = Ids::new(&mut random, at);
        let message = insert.message(
            &names,
            project.row,
            &ids,
            conversation,
            person,
            at,
            &mut random,
        );
        let vote = Vote::new(&names, place, message, person, at, &mut random);
        insert.vote(&vote, &ids, &mut random);
    }
    let summed = connection.execute("INSERT INTO rollups SELECT * FROM rollups_anew", []);
    summed.expect("sums");
}

fn people(
    insert: &mut Insert<'_>,
    names: &mut Names,
    random: &mut Random,
    begin: i64,
) -> [Vec<i64>; 3] {
    [0, 1, 2].map(|place| {
        (0..PEOPLE[place])
            .map(|number| {
                let of_workspace = place == 0 && number % 2 == 1;
                let at = begin + i64::try_from(number).expect("a number") * 1_000_000;
                let ids = Ids::new(random, at);
                let project = names.projects[place].row;
                insert.person(names, project, of_workspace, &ids, number, at)
            })
            .collect()
    })
}

/// How many votes each project gets.
fn sizes(votes: u64) -> [u64; 3] {
    let small = (votes / 10).min(100);
    let middle = votes / 100;
    [votes - middle - small, middle, small]
}

/// Votes of the smaller projects are spread evenly among those of the large one.
fn project_of(number: u64, votes: u64, sizes: [u64; 3]) -> usize {
    let falls = |size: u64| (number + 1) * size / votes > number * size / votes;
    // Both could fall on the same number, where the smaller project goes before.
    if falls(sizes[2]) {
        2
    } else {
        usize::from(falls(sizes[1]))
    }
}

/// The program indexes what waits when it has nothing else to do.
fn index_comments(folder: &Path) {
    let server = Server::on(folder, &[]);
    let connection =
        Connection::open(folder.join("candor.sqlite3")).expect("the program's database");
    loop {
        let waits: bool = connection
            .query_row("SELECT EXISTS (SELECT 1 FROM search_pending)", [], |row| {
                row.get(0)
            })
            .expect("what waits");
        if !waits {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(connection);
    assert!(server.terminate(), "the server stops when it is asked to");
}
