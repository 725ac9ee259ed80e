//! Accounts: made, invited, changed, disabled, and what each may see.

use crate::session::{PASSWORD, Person, account};
use crate::world::{ADMIN, READER, World};
use reqwest::Method;
use serde_json::{Value, json};

fn token(link: &Value) -> String {
    let url = link["url"].as_str().unwrap();
    let (_, token) = url.split_once("/invite#").unwrap();
    token.to_owned()
}

#[test]
fn a_link_makes_one_account_and_signs_it_in() {
    let world = World::new();
    let body = json!({"role": "editor", "projects": ["support"]});
    let link = world.post("invites", &body).is(201);
    assert!(
        link["url"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{}/invite#cni_", world.server().url())),
        "{link}"
    );
    let token = token(&link);
    let look = Person::nobody(&world).ask(Method::POST, "invites/look", &json!({"token": token}));
    let look = look.is(200);
    assert_eq!(
        (
            &look["kind"],
            &look["role"],
            &look["workspace"]["name"],
            &look["email"]
        ),
        (
            &json!("account"),
            &json!("editor"),
            &json!("default"),
            &Value::Null
        )
    );
    let body =
        json!({"token": token, "email": "Ada@Example.com", "name": "Ada", "password": PASSWORD});
    let (me, ada) = Person::accepting(&world, &body);
    assert_eq!(me["account"]["role"], "editor");
    assert_eq!(me["account"]["email"], "Ada@Example.com");
    let support = world.get("projects/support").is(200);
    assert_eq!(me["account"]["projects"], json!([support["id"]]));
    assert_eq!(ada.get("session").is(200), me);
    let again = Person::nobody(&world).ask(Method::POST, "invites/accept", &body);
    again.refused(404);
    Person::nobody(&world)
        .ask(Method::POST, "invites/look", &json!({"token": token}))
        .refused(404);
    assert_eq!(world.get("invites").is(200)["items"], json!([]));
}

#[test]
fn a_link_for_one_address_is_for_no_other() {
    let world = World::new();
    let body = json!({"role": "viewer", "email": "ada@example.com"});
    let link = world.post("invites", &body).is(201);
    let accept = |email: &str| {
        let body =
            json!({"token": token(&link), "email": email, "name": "Ada", "password": PASSWORD});
        Person::nobody(&world).ask(Method::POST, "invites/accept", &body)
    };
    assert_eq!(accept("eve@example.com").refused(400), "email");
    accept("ADA@example.com").is(201);
    let again = world.post("invites", &body);
    assert_eq!(again.refused(409), "email");
}

#[test]
fn a_link_that_is_taken_back_is_worth_nothing() {
    let world = World::new();
    let link = world.post("invites", &json!({"role": "viewer"})).is(201);
    let listed = world.get("invites").is(200);
    let items = listed["items"].as_array().unwrap();
    assert!(
        items.iter().any(|item| item["id"] == link["id"]),
        "{listed}"
    );
    assert!(!listed.to_string().contains(&token(&link)), "{listed}");
    world
        .delete(&format!("invites/{}", link["id"].as_str().unwrap()))
        .is(204);
    let body =
        json!({"token": token(&link), "email": "a@example.com", "name": "A", "password": PASSWORD});
    Person::nobody(&world)
        .ask(Method::POST, "invites/accept", &body)
        .refused(404);
}

#[test]
fn what_cannot_be_an_account_is_refused_with_its_field() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    let good =
        json!({"email": "b@example.com", "name": "B", "password": PASSWORD, "role": "viewer"});
    for (field, value, status) in [
        ("email", json!("nobody"), 400),
        ("email", json!("a b@example.com"), 400),
        ("email", json!("ADA@EXAMPLE.COM"), 409),
        ("name", json!(" "), 400),
        ("password", json!("too short"), 400),
        ("role", json!("admin"), 400),
        ("projects", json!(["nowhere"]), 404),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = world.post("accounts", &body);
        let named = answer.refused(status);
        assert!(named.starts_with(field), "{field}: {answer:?}");
    }
    world.post("accounts", &good).is(201);
}

#[test]
fn an_owner_opens_every_project() {
    let world = World::new();
    let body = json!({
        "email": "o@example.com", "name": "O", "password": PASSWORD, "role": "owner", "projects": ["support"],
    });
    assert_eq!(world.post("accounts", &body).refused(400), "projects");
    let invite = json!({"role": "owner", "projects": ["support"]});
    assert_eq!(world.post("invites", &invite).refused(400), "projects");
    account(&world, "v@example.com", "viewer", Some("support"));
    let path = "accounts/v@example.com";
    let owner = json!({"role": "owner"});
    assert_eq!(world.patch(path, &owner).refused(400), "projects");
    let all = json!({"role": "owner", "projects": null});
    assert_eq!(world.patch(path, &all).is(200)["projects"], Value::Null);
}

#[test]
fn the_last_owner_stays_one() {
    let world = World::new();
    account(&world, "one@example.com", "owner", None);
    account(&world, "e@example.com", "editor", None);
    for change in [json!({"disabled": true}), json!({"role": "editor"})] {
        world
            .patch("accounts/one@example.com", &change)
            .refused(409);
    }
    account(&world, "other@example.com", "owner", None);
    let disabled = world
        .patch("accounts/one@example.com", &json!({"disabled": true}))
        .is(200);
    assert!(disabled["disabled_at"].is_string());
    world
        .patch("accounts/other@example.com", &json!({"disabled": true}))
        .refused(409);
}

#[test]
fn what_an_account_may_do_changes_at_once() {
    let world = World::new();
    account(&world, "ada@example.com", "editor", None);
    let ada = Person::signed_in(&world, "ada@example.com");
    let change = json!({"title": "changed"});
    let path = "projects/support/conversations/c1";
    ada.ask(Method::PUT, path, &change).is(200);
    world
        .patch("accounts/ada@example.com", &json!({"role": "viewer"}))
        .is(200);
    ada.ask(Method::PUT, path, &change).refused(403);
    assert_eq!(ada.get("session").is(200)["account"]["role"], "viewer");
    world
        .patch("accounts/ada@example.com", &json!({"projects": ["strict"]}))
        .is(200);
    ada.get("projects/support").refused(404);
    ada.get("projects/strict").is(200);
    world
        .patch("accounts/ada@example.com", &json!({"disabled": true}))
        .is(200);
    ada.get("session").refused(401);
    world
        .patch("accounts/ada@example.com", &json!({"disabled": false}))
        .is(200);
    // It is let in again, and has to sign in for it.
    ada.get("session").refused(401);
    Person::signed_in(&world, "ada@example.com")
        .get("session")
        .is(200);
}

#[test]
fn an_account_of_some_projects_sees_nothing_of_others() {
    let world = World::new();
    account(&world, "v@example.com", "viewer", Some("strict"));
    world.feedback(
        &json!({"message": {"external_id": "m2"}, "rating": "positive", "comment": "of support"}),
    );
    let viewer = Person::signed_in(&world, "v@example.com");
    let projects = viewer.get("projects").is(200);
    assert_eq!(projects["items"].as_array().unwrap().len(), 1);
    assert_eq!(projects["items"][0]["name"], "strict");
    assert_eq!(viewer.get("feedback").is(200)["items"], json!([]));
    viewer.get("projects/support/feedback").refused(404);
    viewer.get("end-users").refused(403);
    let query =
        json!({"metrics": ["votes"], "range": {"since": "2026-01-01", "until": "2027-01-01"}});
    let sums = viewer.ask(Method::POST, "query", &query).is(200);
    assert_eq!(sums["rows"], json!([{"votes": 0}]));
}

#[test]
fn an_editor_defines_attributes_and_a_viewer_does_not() {
    let world = World::new();
    account(&world, "e@example.com", "editor", None);
    account(&world, "v@example.com", "viewer", None);
    let tone = json!({"name": "Tone", "options": ["Nice"]});
    let path = "projects/support/attributes";
    let viewer = Person::signed_in(&world, "v@example.com");
    viewer.ask(Method::POST, path, &tone).refused(403);
    let editor = Person::signed_in(&world, "e@example.com");
    editor.ask(Method::POST, path, &tone).is(201);
    world
        .send_as(READER, Method::POST, path, &tone)
        .refused(403);
}

#[test]
fn a_forgotten_password_is_replaced_by_a_link() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    let before = Person::signed_in(&world, "ada@example.com");
    let path = "accounts/ada@example.com/password-link";
    let first = world.post(path, &json!({})).is(201);
    let link = world.post(path, &json!({})).is(201);
    let accept = |link: &Value, password: &str| {
        let body = json!({"token": token(link), "password": password});
        Person::nobody(&world).ask(Method::POST, "invites/accept", &body)
    };
    // The one before is worth nothing any more.
    accept(&first, "another long one").refused(404);
    assert_eq!(accept(&link, "short").refused(400), "password");
    let me = accept(&link, "another long one").is(201);
    assert_eq!(me["account"]["email"], "ada@example.com");
    before.get("session").refused(401);
    Person::try_to_sign_in(&world, "ada@example.com", PASSWORD).refused(401);
    Person::try_to_sign_in(&world, "ada@example.com", "another long one").is(200);
}

#[test]
fn an_account_is_signed_out_by_an_owner() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    let people = [(); 2].map(|()| Person::signed_in(&world, "ada@example.com"));
    world.delete("accounts/ada@example.com/sessions").is(204);
    for person in people {
        person.get("session").refused(401);
    }
}

#[test]
fn the_list_tells_who_was_here() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    account(&world, "eve@example.com", "editor", None);
    Person::signed_in(&world, "eve@example.com");
    let listed = world.walk("accounts", 1);
    let told: Vec<_> = listed
        .iter()
        .map(|item| {
            (
                item["email"].as_str().unwrap(),
                item["last_seen_at"].is_string(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("ada@example.com", false), ("eve@example.com", true)]
    );
    assert!(!json!(listed).to_string().contains("argon2"));
}

#[test]
fn the_log_tells_who_changed_what_and_no_secret() {
    let world = World::new();
    account(&world, "Ada@example.com", "owner", None);
    let ada = Person::signed_in(&world, "ada@example.com");
    let key = ada
        .ask(
            Method::POST,
            "keys",
            &json!({"dialect": "native", "name": "export"}),
        )
        .is(201);
    let upstream = json!({"upstream": {
        "dialect": "dify", "base_url": "http://127.0.0.1:9/v1", "credential": {"secret": "app-vendor-0123456789"},
    }, "description": "changed"});
    ada.ask(Method::PATCH, "projects/support", &upstream)
        .is(200);
    ada.ask(
        Method::POST,
        "projects/support/attributes",
        &json!({"name": "Tone", "options": ["Nice"]}),
    )
    .is(201);
    let link = ada
        .ask(Method::POST, "invites", &json!({"role": "viewer"}))
        .is(201);
    let id = key["id"].as_str().unwrap();
    ada.ask(Method::DELETE, &format!("keys/{id}"), &Value::Null)
        .is(200);
    let password = json!({"current": PASSWORD, "new": "another long one"});
    ada.ask(Method::PUT, "session/password", &password).is(204);
    let log = ada.get("audit?limit=200").is(200);
    let entries = log["items"].as_array().unwrap();
    let by_ada: Vec<_> = entries
        .iter()
        .filter(|entry| entry["actor"]["kind"] == "account")
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        by_ada,
        [
            "account.password",
            "key.revoke",
            "invite.create",
            "attribute.create",
            "project.change",
            "key.create"
        ]
    );
    assert!(
        entries
            .iter()
            .all(|entry| entry["actor"]["kind"] != "account" || entry["actor"]["name"] == "Ada")
    );
    let changed = entries
        .iter()
        .find(|entry| entry["action"] == "project.change")
        .unwrap();
    assert_eq!(changed["subject"]["name"], "support");
    assert_eq!(changed["project"]["name"], "support");
    assert_eq!(
        changed["detail"]["description"],
        json!({"before": null, "after": "changed"})
    );
    let made = entries
        .iter()
        .find(|entry| entry["action"] == "account.create")
        .unwrap();
    assert_eq!(made["actor"]["kind"], "key");
    let by_hand = entries
        .iter()
        .find(|entry| entry["action"] == "file.apply")
        .unwrap();
    assert_eq!(
        by_hand["actor"],
        json!({"kind": "command_line", "id": null, "name": null})
    );
    let text = log.to_string();
    for secret in [
        key["secret"].as_str().unwrap(),
        &token(&link),
        "app-vendor-0123456789",
        PASSWORD,
        "argon2",
        ADMIN,
    ] {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn the_log_is_narrowed_and_paged() {
    let world = World::new();
    account(&world, "ada@example.com", "owner", None);
    account(&world, "v@example.com", "viewer", None);
    let ada = Person::signed_in(&world, "ada@example.com");
    for number in 0..3 {
        let name = json!({"name": format!("new {number}")});
        ada.ask(Method::POST, "projects", &name).is(201);
    }
    let all = world.walk("audit", 2);
    assert_eq!(
        all.len(),
        world.get("audit?limit=200").is(200)["items"]
            .as_array()
            .unwrap()
            .len()
    );
    assert!(all.is_sorted_by(|one, next| one["at"].as_str() >= next["at"].as_str()));
    let count = |query: &str| {
        let list = world.get(&format!("audit?{query}")).is(200);
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(count("account=ada@example.com"), 3);
    assert_eq!(count("account=v@example.com"), 0);
    assert_eq!(count("account=ada@example.com&action=project.create"), 3);
    assert_eq!(count("account=ada@example.com&action=key.create"), 0);
    assert_eq!(count("project=new%201"), 1);
    assert_eq!(count("since=2100-01-01T00:00:00Z"), 0);
    assert_eq!(count("until=2020-01-01T00:00:00Z"), 0);
    assert_eq!(world.get("audit?action=nothing").refused(400), "action");
    Person::signed_in(&world, "v@example.com")
        .get("audit")
        .refused(403);
}
