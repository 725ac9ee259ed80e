//! What one server changes of projects and keys holds at the others.

use crate::support::connection::{Connection, Request};
use crate::support::ledger::ADMIN;
use crate::support::load::wait_until;
use crate::support::{Server, apply, engine, postgres};
use serde_json::{Value, json};

/// Two servers on one database.
fn two() -> Option<(tempfile::TempDir, Server, Server)> {
    let database = postgres::database()?;
    let folder = tempfile::tempdir().unwrap();
    engine::put_in_place_of(folder.path(), database.url());
    std::mem::forget(database);
    let setup = json!({
        "projects": [{"name": "shared"}],
        "keys": [{"dialect": "native", "secret": ADMIN, "scopes": ["admin"]}],
    });
    apply(folder.path(), &setup);
    let servers = (
        Server::on(folder.path(), &[]),
        Server::on(folder.path(), &[]),
    );
    Some((folder, servers.0, servers.1))
}

fn call(server: &Server, method: &'static str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let mut connection = Connection::open(server.url()).unwrap();
    let mut request = Request::new(method, path, ADMIN);
    if let Some(body) = body {
        request = request.with(body);
    }
    let answer = connection.call(&request).unwrap();
    let said = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    (answer.status, said)
}

#[test]
fn whoever_signs_out_at_one_server_is_signed_out_at_the_other() {
    let Some((_folder, one, other)) = two() else {
        return;
    };
    let password = "a long password";
    let account =
        json!({"email": "ada@example.com", "name": "Ada", "password": password, "role": "editor"});
    let (status, made) = call(&one, "POST", "/candor/v1/accounts", Some(&account));
    assert_eq!(status, 201, "{made}");
    let client = crate::support::client();
    let words = json!({"email": "ada@example.com", "password": password});
    // The other one need not have heard of the account yet.
    let request = client.post(format!("{}/candor/v1/session", other.url()));
    let answer = request.json(&words).send().unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let asked = |server: &Server| {
        let request = client.get(format!("{}/candor/v1/feedback", server.url()));
        let request = request.header("cookie", cookie.split(';').next().unwrap());
        request.send().unwrap().status().as_u16()
    };
    assert_eq!((asked(&one), asked(&other)), (200, 200));
    let path = "/candor/v1/accounts/ada@example.com/sessions";
    assert_eq!(call(&one, "DELETE", path, None).0, 204);
    assert_eq!((asked(&one), asked(&other)), (401, 401));
}

#[test]
fn a_key_that_one_server_makes_and_revokes_works_and_stops_working_at_the_other() {
    let Some((_folder, one, other)) = two() else {
        return;
    };
    let draft = json!({"dialect": "native", "scopes": ["feedback:read"]});
    let (status, made) = call(&one, "POST", "/candor/v1/keys", Some(&draft));
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].as_str().unwrap().to_owned();
    let asked = |server: &Server| {
        let mut connection = Connection::open(server.url()).unwrap();
        let request = Request::new("GET", "/candor/v1/projects/shared/feedback", &secret);
        connection.call(&request).unwrap().status
    };
    assert_eq!(asked(&one), 200);
    wait_until("the other knows the key", || asked(&other) == 200);
    let id = made["id"].as_str().unwrap();
    let (status, said) = call(&one, "DELETE", &format!("/candor/v1/keys/{id}"), None);
    assert!(status < 300, "{status} {said}");
    assert_eq!(asked(&one), 401);
    wait_until("the other knows that it was revoked", || {
        asked(&other) == 401
    });
}

#[test]
fn servers_that_make_projects_at_once_give_each_a_number_of_its_own() {
    let Some((_folder, one, other)) = two() else {
        return;
    };
    std::thread::scope(|scope| {
        for server in [&one, &other] {
            scope.spawn(move || {
                for number in 0..5 {
                    let name = format!("{}-{number}", server.pid());
                    let draft = json!({"name": name});
                    let (status, said) = call(server, "POST", "/candor/v1/projects", Some(&draft));
                    assert_eq!(status, 201, "{said}");
                }
            });
        }
    });
    let mut numbers = Vec::new();
    wait_until("the other server knows them all", || {
        let (_, listed) = call(&other, "GET", "/candor/v1/projects", None);
        let projects = listed["items"].as_array().unwrap();
        numbers = projects
            .iter()
            .map(|project| project["number"].as_i64().unwrap())
            .collect();
        numbers.len() == 11
    });
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 11, "{numbers:?}");
}
