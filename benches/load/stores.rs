//! Data folders with votes in them.

use crate::client::{self, Length};
use crate::fill;
use crate::rounds::number;
use crate::servers::{self, Server};
use crate::support::BINARY;
use crate::votes::{Ballot, Kind};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many connections fill a folder.
const FILLERS: usize = 256;

/// An upstream that is never asked.
const NOWHERE: &str = "127.0.0.1:9";

/// Says beside a kept folder whose votes are in it.
const NOTE: &str = "votes.json";

/// A data folder at rest, of which copies are loaded.
#[derive(Debug)]
pub struct Store {
    pub folder: PathBuf,
    pub votes: Votes,
}

/// Whose votes are in a folder.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Votes {
    seed: u64,
    pub count: u64,
    /// Votes stored each second while it was filled.
    pub filled_at: f64,
}

impl Votes {
    /// For one copy of the folder.
    pub fn ballot(self) -> Arc<Ballot> {
        Ballot::filled(self.seed, self.count)
    }
}

/// A folder below `parent` with so many votes, stored by this binary; one that an earlier run kept there is taken as it is.
pub fn filled(binary: &Path, parent: &Path, upstream: &str, votes: u64) -> Store {
    let schema = schema_of(binary, upstream);
    let place = parent.join(format!("{votes}-votes-schema-{schema}"));
    let folder = place.join("data");
    let note = place.join(NOTE);
    if let Some(votes) = fs::read(&note)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
    {
        println!("taking the votes in {}", folder.display());
        return Store { folder, votes };
    }
    // What an interrupted run left.
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&folder).expect("a folder");
    servers::set_up(binary, &folder, upstream);
    println!("storing {votes} votes in {}", folder.display());
    let ballot = Ballot::empty();
    let filled_at = store(binary, &folder, &ballot, votes);
    let votes = Votes {
        seed: ballot.seed(),
        count: votes,
        filled_at,
    };
    let text = serde_json::to_vec(&votes).expect("a note");
    fs::write(&note, text).expect("the note is written");
    Store { folder, votes }
}

/// Which schema this binary writes.
pub fn schema_of(binary: &Path, upstream: &str) -> u32 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    servers::set_up(binary, folder.path(), upstream);
    servers::schema(folder.path())
}

/// Stores votes as fast as the server takes them, and says how many that were each second.
fn store(binary: &Path, folder: &Path, ballot: &Arc<Ballot>, votes: u64) -> f64 {
    let server = Server::candor(binary, folder);
    let each = votes.div_ceil(u64::try_from(FILLERS).expect("few fillers"));
    let measured = client::vote(
        server.address(),
        Kind::New,
        ballot,
        FILLERS,
        Length::VotesEach(each),
    );
    let measured = measured.expect("every vote is stored");
    server.stop();
    number(measured.votes) / measured.took.as_secs_f64()
}

/// A folder below `parent` with so many votes, written straight into its tables; one that is kept there is taken as it is.
pub fn filled_straight(parent: &Path, votes: u64) -> PathBuf {
    let schema = schema_of(Path::new(BINARY), NOWHERE);
    let place = parent.join(format!("{votes}-votes-straight-schema-{schema}"));
    let folder = place.join("data");
    let note = place.join(NOTE);
    if !note.exists() {
        println!("writing {votes} votes into {}", folder.display());
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&folder).expect("a folder");
        fill::fill(&folder, votes);
        fs::write(&note, "{}").expect("the note is written");
    }
    folder
}
