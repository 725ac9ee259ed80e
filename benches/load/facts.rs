//! What is measured of a folder at rest.

use crate::client;
use crate::process;
use crate::servers::Server;
use crate::support::BINARY;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

/// How often a start is timed.
const STARTS: usize = 5;

/// How often a sync is timed, of an append of so many bytes.
const SYNCS: usize = 100;
const APPENDED: [u8; 4096] = [7; 4096];

/// The median time from start to first answer in milliseconds, and the memory held then in bytes.
pub fn starts(folder: &Path) -> (f64, u64) {
    let mut times = Vec::new();
    let mut resident = 0;
    for _ in 0..STARTS {
        let began = Instant::now();
        let server = Server::candor(Path::new(BINARY), folder);
        client::get(server.address(), "/healthz").expect("an answer");
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        process::wait_until_quiet(server.pid());
        resident = process::resident(server.pid());
        server.stop();
    }
    (middle(times), resident)
}

/// How long an append to a file in this folder takes until it is synced, as the log's: the median in milliseconds.
pub fn sync(folder: &Path) -> f64 {
    let path = folder.join("sync-test");
    let mut file = File::create(&path).expect("a file");
    let times = (0..SYNCS)
        .map(|_| {
            let began = Instant::now();
            file.write_all(&APPENDED).expect("an append");
            file.sync_data().expect("a sync");
            began.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    std::fs::remove_file(path).expect("the file goes");
    middle(times)
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
