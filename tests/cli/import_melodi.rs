//! `candor import melodi`: from files, and page by page from a server that plays Melodi.

use crate::{json_of, refusal, setup, support};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const KEY: &str = "abc-123";
const PAGE: usize = 50;

fn thread(number: usize) -> Value {
    json!({
        "id": number, "externalId": format!("t{number}"), "project": {"id": 64, "name": "app"}, "externalUser": null,
        "metadata": {}, "createdAt": "2024-01-01T00:00:00.000Z", "updatedAt": "2024-01-01T00:00:00.000Z",
        "messages": [{
            "id": number + 1000, "externalId": "m1", "type": "markdown", "role": "assistant", "content": "Hi!", "metadata": {},
            "externalFeedback": [{
                "id": number + 2000, "feedbackType": "POSITIVE", "feedbackText": null, "externalUser": null,
                "attributeOptions": [], "createdAt": "2024-01-02T00:00:00.000Z", "updatedAt": "2024-01-02T00:00:00.000Z",
            }],
        }],
    })
}

fn page(threads: std::ops::Range<usize>, count: usize) -> String {
    let rows: Vec<_> = threads.map(thread).collect();
    json!({"count": count, "rows": rows}).to_string()
}

/// Plays Melodi with so many threads.
struct Vendor {
    url: String,
    /// The page whose answer breaks off in the middle.
    cut: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    fn with(threads: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let vendor = Self {
            url: format!("http://{}/some/where/", listener.local_addr().unwrap()),
            cut: Arc::new(AtomicUsize::new(usize::MAX)),
            requests: Arc::default(),
        };
        let (cut, requests) = (Arc::clone(&vendor.cut), Arc::clone(&vendor.requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), threads, &cut, &requests);
            }
        });
        vendor
    }

    /// The value of a query parameter in each request since the last call.
    fn asked(&self, name: &str) -> Vec<String> {
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests.iter().map(|path| parameter(path, name)).collect()
    }

    fn import(&self, data: &Path) -> Command {
        let mut command = support::candor(data);
        command
            .args([
                "import",
                "melodi",
                "--project",
                "support",
                "--vendor-project-id",
                "64",
                "--json",
            ])
            .args(["--from-url", &self.url, "--vendor-key", KEY]);
        command
    }
}

fn parameter(path: &str, name: &str) -> String {
    let (_, query) = path.split_once('?').unwrap();
    let found = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_default().to_owned()
}

fn answer(mut stream: TcpStream, threads: usize, cut: &AtomicUsize, requests: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else {
        return;
    };
    let headers: Vec<_> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let path = request.split(' ').nth(1).unwrap().to_owned();
    requests.lock().unwrap().push(path.clone());
    let authorized = headers
        .iter()
        .any(|line| line.eq_ignore_ascii_case(&format!("api-key: {KEY}")));
    let expected = path.starts_with("/some/where/api/external/threads?");
    let number: usize = parameter(&path, "pageIndex").parse().unwrap();
    let (status, body) = if authorized && expected {
        let (begin, end) = (number * PAGE, (number + 1) * PAGE);
        (
            "200 OK",
            page(begin.min(threads)..end.min(threads), threads),
        )
    } else {
        (
            "401 Unauthorized",
            json!({"error": "Unauthorized"}).to_string(),
        )
    };
    let length = body.len();
    let sent = if number == cut.load(Ordering::SeqCst) {
        length / 2
    } else {
        length
    };
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&body.as_bytes()[..sent]));
}

#[test]
fn pages_out_of_files_can_be_brought_twice() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    support::apply(&data, &setup());
    let mut import = support::candor(&data);
    import.args(["import", "melodi", "--project", "support"]);
    for (name, threads) in [("one.json", 1..3), ("two.json", 3..4)] {
        let file = folder.path().join(name);
        std::fs::write(&file, page(threads, 3)).unwrap();
        import.arg(file);
    }
    let told = "3 imported, 0 unchanged, 0 refused\n";
    assert_eq!(support::run(&mut import), told);
    let told = "0 imported, 3 unchanged, 0 refused\n";
    assert_eq!(support::run(&mut import), told);
    let listed = support::run(support::candor(&data).args(["feedback", "list", "--json"]));
    let listed = json_of(&listed);
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(listed[0]["created_at"], "2024-01-02T00:00:00Z");
}

#[test]
fn an_import_that_was_cut_off_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let vendor = Vendor::with(120);
    vendor.cut.store(1, Ordering::SeqCst);
    let (code, told) = refusal(&mut vendor.import(folder.path()));
    assert_ne!(code, 0);
    assert!(
        told.contains("page 1") && told.contains("no whole answer"),
        "{told}"
    );
    let before = {
        let requests = vendor.requests.lock().unwrap();
        assert!(
            requests.iter().all(|path| !path.contains(KEY)),
            "{requests:?}"
        );
        parameter(&requests[0], "before")
    };
    // What fails in passing is tried again.
    assert_eq!(vendor.asked("pageIndex"), ["0", "1", "1", "1"]);
    vendor.cut.store(usize::MAX, Ordering::SeqCst);
    let rest = json_of(&support::run(&mut vendor.import(folder.path())));
    assert_eq!(rest["imported"], 70);
    let requests = vendor.requests.lock().unwrap().clone();
    assert!(
        requests
            .iter()
            .all(|path| parameter(path, "before") == before),
        "{requests:?}"
    );
    assert!(
        requests
            .iter()
            .all(|path| parameter(path, "projectId") == "64"),
        "{requests:?}"
    );
    assert_eq!(vendor.asked("pageIndex"), ["1", "2"]);
}

#[test]
fn an_import_that_was_finished_begins_anew_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let vendor = Vendor::with(50);
    for (imported, unchanged) in [(50, 0), (0, 50)] {
        let output = vendor.import(folder.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let report = json_of(&String::from_utf8(output.stdout).unwrap());
        let expected = json!({"imported": imported, "unchanged": unchanged, "refused": []});
        assert_eq!(report, expected);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.ends_with("50 of 50 threads\n"), "{told}");
        assert_eq!(vendor.asked("pageIndex"), ["0"]);
    }
}

#[test]
fn a_key_that_is_refused_is_told() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let vendor = Vendor::with(1);
    let mut import = vendor.import(folder.path());
    let (_, told) = refusal(import.args(["--vendor-key", "another"]));
    assert!(told.contains("cannot be used multiple times"), "{told}");
    let mut import = support::candor(folder.path());
    import.args([
        "import",
        "melodi",
        "--project",
        "support",
        "--from-url",
        &vendor.url,
    ]);
    let (_, told) = refusal(import.env("CANDOR_VENDOR_KEY", "another"));
    assert!(told.contains("401"), "{told}");
    assert!(!told.contains("another"), "{told}");
}

#[test]
fn what_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    support::apply(folder.path(), &setup());
    let file = folder.path().join("page.json");
    std::fs::write(&file, "{}").unwrap();
    let file = file.to_str().unwrap();
    let import = |arguments: &[&str]| {
        let mut command = support::candor(folder.path());
        refusal(command.args(["import", "melodi"]).args(arguments)).1
    };
    assert!(import(&[file, "--project", "support"]).contains("not a page"));
    assert!(import(&["/nowhere/x.json", "--project", "support"]).contains("/nowhere/x.json"));
    assert!(import(&["--project", "support"]).contains("FILES"));
    let url = ["--project", "support", "--from-url", "http://127.0.0.1:1"];
    assert!(import(&url).contains("--vendor-key"));
    std::fs::write(file, page(0..1, 1)).unwrap();
    assert!(import(&[file, "--project", "other"]).contains("no such project"));
}
