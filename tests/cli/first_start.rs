//! What `candor serve` prints, at the first start and later.

use crate::{json_of, refusal, support};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server that is stopped in the end, whatever came of the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server and reads what it prints until it listens.
fn start(folder: &Path) -> (Started, String) {
    let process = support::candor(folder)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn();
    let mut process = Started(process.unwrap());
    let mut lines = BufReader::new(process.0.stdout.take().unwrap());
    let mut printed = String::new();
    while !printed.contains("\nlistening on ") {
        assert!(lines.read_line(&mut printed).unwrap() > 0, "{printed}");
    }
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    (process, printed)
}

/// The commands among the lines: those that begin with `curl`, with their continuations.
fn curl_lines(printed: &str) -> Vec<String> {
    let joined = printed.replace("\\\n", "");
    let lines = joined.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("curl "))
        .map(str::to_owned)
        .collect()
}

fn pasted(line: &str) -> String {
    let output = Command::new("sh")
        .args([
            "-c",
            &line.replacen("curl ", "curl --silent --fail-with-body ", 1),
        ])
        .output()
        .unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{line}: {answer}");
    answer
}

#[test]
fn the_first_start_prints_keys_and_lines_that_work_when_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let (_process, printed) = start(folder.path());
    assert!(printed.contains(concat!("Candor ", env!("CARGO_PKG_VERSION"))));
    assert!(printed.contains(folder.path().to_str().unwrap()));
    let lines = curl_lines(&printed);
    assert_eq!(lines.len(), 2, "{printed}");
    assert_eq!(json_of(&pasted(&lines[0]))["result"], "success");
    let listed = json_of(&pasted(&lines[1]));
    let feedback = &listed["items"][0];
    assert_eq!(feedback["rating"], "positive");
    assert_eq!(feedback["comment"], "Just what I needed.");
    assert_eq!(feedback["author"]["external_id"], "ada");
}

#[test]
fn lines_work_when_pasted_whatever_the_project_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let setup = serde_json::json!({"projects": [{"name": "Help & more: ünïcode/1"}]});
    support::apply(folder.path(), &setup);
    let (_process, printed) = start(folder.path());
    let lines = curl_lines(&printed);
    assert_eq!(json_of(&pasted(&lines[0]))["result"], "success");
    assert_eq!(
        json_of(&pasted(&lines[1]))["items"][0]["rating"],
        "positive"
    );
}

#[test]
fn the_second_start_prints_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let (process, first) = start(folder.path());
    drop(process);
    let (_process, second) = start(folder.path());
    assert!(first.contains("cnd_") && first.contains("app-"));
    assert!(
        !second.contains("cnd_") && !second.contains("app-"),
        "{second}"
    );
    assert!(
        second.contains("projects     1\n  keys         2\n"),
        "{second}"
    );
}

/// The link to the first account among what a start printed.
fn first_link(printed: &str) -> Option<&str> {
    let mut lines = printed.lines().map(str::trim);
    lines.find(|line| line.contains("/invite#"))
}

fn url(printed: &str) -> &str {
    let mut lines = printed.lines();
    lines
        .find_map(|line| line.strip_prefix("listening on "))
        .unwrap()
}

/// Makes an account by a link. Returns the status.
fn accept(link: &str) -> u16 {
    let (url, token) = link.split_once("/invite#").unwrap();
    let body = serde_json::json!({
        "token": token, "email": "ada@example.com", "name": "Ada", "password": "a long password",
    });
    let request = support::client().post(format!("{url}/candor/v1/invites/accept"));
    request.json(&body).send().unwrap().status().as_u16()
}

#[test]
fn every_start_prints_a_link_until_there_is_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let (process, first) = start(folder.path());
    let old = first_link(&first).unwrap().to_owned();
    assert!(
        old.starts_with(&format!("{}/invite#cni_", url(&first))),
        "{first}"
    );
    drop(process);
    let (process, second) = start(folder.path());
    let link = first_link(&second).unwrap();
    let (_, token) = old.split_once('#').unwrap();
    assert_eq!(accept(&format!("{}/invite#{token}", url(&second))), 404);
    assert_eq!(accept(link), 201);
    assert_eq!(accept(link), 404);
    drop(process);
    let (_process, third) = start(folder.path());
    assert_eq!(first_link(&third), None);
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    if support::engine::is_postgres() {
        // A database is for as many servers as like to.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = support::Server::on(folder.path(), &[]);
    let (code, told) =
        refusal(support::candor(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(code, 1);
    assert!(
        told.contains("is in use by another candor process"),
        "{told}"
    );
    // Where few files may be open, the log says so before.
    let said = told.lines().filter(|line| !line.contains(" WARN "));
    assert_eq!(said.count(), 1, "{told}");
    assert!(server.terminate());
}

#[test]
fn a_command_on_the_folder_of_a_running_server_says_how_to_ask_the_server() {
    if support::engine::is_postgres() {
        // A database is in use by as many as like to.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _server = support::Server::on(folder.path(), &[]);
    for command in [["key", "list"], ["project", "list"], ["feedback", "list"]] {
        let (code, told) = refusal(support::candor(folder.path()).args(command));
        assert_eq!(code, 1);
        assert!(
            told.contains("in use by another") && told.contains("--url"),
            "{told}"
        );
    }
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let (code, told) =
        refusal(support::candor(folder.path()).args(["serve", "--listen", &address]));
    assert_eq!(code, 1);
    assert!(
        told.contains(&format!("cannot listen on {address}")),
        "{told}"
    );
}
