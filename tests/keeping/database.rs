//! Backups of a database, and putting them into one.

use crate::support::engine;
use crate::{load, names, refusal, set_up, support};
use std::path::Path;
use std::process::Command;
use support::Server;

fn candor(folder: &Path, store: &str) -> Command {
    let mut command = support::candor(folder);
    command.env("CANDOR_STORE", store);
    command
}

#[test]
fn a_backup_of_a_served_database_goes_into_a_folder_and_into_an_empty_database() {
    if engine::is_postgres() {
        // Everything else here is on databases then, and this begins with a folder.
        return;
    }
    let (first, second) = (engine::new_database(), engine::new_database());
    let source = set_up();
    let folder = tempfile::tempdir().unwrap();
    let copied = ["copy", "--from", source.path().to_str().unwrap(), "--to"];
    support::run(candor(folder.path(), "").args(copied).arg(first.url()));
    let key = |to: &Path| {
        std::fs::copy(source.path().join("master.key"), to.join("master.key")).unwrap();
    };
    key(folder.path());
    let server = Server::on(folder.path(), &["--store", &first.url()]);
    for number in 0..5 {
        let status = load::vote(server.url(), &load::message(number), "kept");
        assert_eq!(status, 200);
    }
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("nightly.candor");
    support::run(candor(folder.path(), &first.url()).arg("backup").arg(&file));
    assert_eq!(load::vote(server.url(), &load::message(9), "later"), 200);
    assert!(server.terminate());
    assert_eq!(names(place.path()), ["nightly.candor"]);

    let fresh = tempfile::tempdir().unwrap();
    key(fresh.path());
    for store in [String::new(), second.url()] {
        let told = support::run(candor(fresh.path(), &store).arg("restore").arg(&file));
        assert!(told.contains("votes       5,"), "{told}");
        let found = support::run(candor(fresh.path(), &store).arg("doctor"));
        assert!(found.ends_with("nothing is wrong\n"), "{found}");
    }
    for (more, why) in [
        (None, "there is data where the copy is to go"),
        (Some("--force"), "a database is never replaced"),
    ] {
        let mut again = candor(fresh.path(), &second.url());
        let told = refusal(again.arg("restore").arg(&file).args(more));
        assert!(told.contains(why), "{told}");
    }
    let left = names(fresh.path());
    assert!(
        !left.iter().any(|name| name.contains("copying")),
        "{left:?}"
    );
}
