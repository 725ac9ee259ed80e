//! Signing in and out, and the cookie that carries a session.

use crate::support;
use crate::world::{ADMIN, Answer, World};
use reqwest::Method;
use reqwest::blocking::RequestBuilder;
use serde_json::{Value, json};

/// The password of every account here.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with a browser: it sends the cookie, and says which page asks.
pub struct Person<'world> {
    world: &'world World,
    cookie: String,
}

/// An account of a role, of one project or of all. Its name is the address up to the @.
pub fn account(world: &World, email: &str, role: &str, project: Option<&str>) -> Value {
    let body = json!({
        "email": email, "name": email.split('@').next(), "password": PASSWORD, "role": role,
        "projects": project.map(|name| vec![name]),
    });
    world.post("accounts", &body).is(201)
}

impl<'world> Person<'world> {
    /// Somebody who is not signed in.
    pub fn nobody(world: &'world World) -> Self {
        let cookie = String::new();
        Self { world, cookie }
    }

    pub fn signed_in(world: &'world World, email: &str) -> Self {
        let answer = Self::try_to_sign_in(world, email, PASSWORD);
        assert_eq!(answer.status, 200, "{answer:?}");
        Self::of(world, &answer)
    }

    pub fn try_to_sign_in(world: &World, email: &str, password: &str) -> Answer {
        let words = json!({"email": email, "password": password});
        Person::nobody(world).ask(Method::POST, "session", &words)
    }

    /// Somebody who uses a link, which must be good.
    pub fn accepting(world: &'world World, body: &Value) -> (Value, Self) {
        let answer = Self::nobody(world).ask(Method::POST, "invites/accept", body);
        let person = Self::of(world, &answer);
        (answer.is(201), person)
    }

    fn of(world: &'world World, answer: &Answer) -> Self {
        let cookie = set_cookie(answer);
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { world, cookie }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &Value::Null)
    }

    pub fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        let origin = self.world.server().url();
        Answer::to(self.request(method, path, body).header("origin", origin))
    }

    /// A request that does not say which page asks.
    pub fn request(&self, method: Method, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}/candor/v1/{path}", self.world.server().url());
        let request = support::client().request(method, url);
        let request = if self.cookie.is_empty() {
            request
        } else {
            request.header("cookie", &self.cookie)
        };
        match body {
            Value::Null => request,
            body => request.json(body),
        }
    }
}

fn set_cookie(answer: &Answer) -> String {
    let cookie = answer.headers.get("set-cookie").expect("a cookie is set");
    cookie.to_str().unwrap().to_owned()
}

#[test]
fn whoever_signs_in_is_known_by_the_cookie() {
    let world = World::new();
    account(&world, "Ada@example.com", "editor", None);
    let answer = Person::try_to_sign_in(&world, " ADA@example.com ", PASSWORD);
    let cookie = set_cookie(&answer);
    assert!(cookie.starts_with("candor_session=cns_"), "{cookie}");
    for told in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age="] {
        assert!(cookie.contains(told), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    let ada = Person::of(&world, &answer);
    let me = answer.is(200);
    assert_eq!(me["account"]["name"], "Ada");
    assert_eq!(me["account"]["role"], "editor");
    assert_eq!(me["account"]["projects"], Value::Null);
    assert_eq!(me["workspace"]["name"], "default");
    assert_eq!(ada.get("session").is(200), me);
    ada.get("feedback").is(200);
}

#[test]
fn the_cookie_of_whoever_comes_by_https_is_for_https_alone() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    let words = json!({"email": "ada@example.com", "password": PASSWORD});
    let request = Person::nobody(&world).request(Method::POST, "session", &words);
    let answer = Answer::to(request.header("x-forwarded-proto", "https"));
    assert!(set_cookie(&answer).ends_with("; Secure"), "{answer:?}");
}

#[test]
fn whatever_is_wrong_the_answer_is_the_same() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    account(&world, "gone@example.com", "viewer", None);
    world
        .patch("accounts/gone@example.com", &json!({"disabled": true}))
        .is(200);
    let answers = [
        ("ada@example.com", "a wrong password"),
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("", ""),
        ("ada\0@example.com", PASSWORD),
    ]
    .map(|(email, password)| Person::try_to_sign_in(&world, email, password));
    for answer in &answers {
        answer.refused(401);
        assert_eq!(answer.body, answers[0].body);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[test]
fn too_many_wrong_passwords_have_to_wait_and_right_ones_do_not_count() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    account(&world, "eve@example.com", "viewer", None);
    for _ in 0..12 {
        Person::try_to_sign_in(&world, "ada@example.com", PASSWORD).is(200);
    }
    let mut refused = None;
    for _ in 0..12 {
        let answer = Person::try_to_sign_in(&world, "ada@example.com", "a wrong password");
        if answer.status != 401 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the tries come to an end");
    refused.refused(429);
    let wait = refused.headers["retry-after"].to_str().unwrap();
    assert!((1..=30).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    // Not even the right one is looked at.
    Person::try_to_sign_in(&world, "ADA@example.com", PASSWORD).refused(429);
    Person::try_to_sign_in(&world, "eve@example.com", PASSWORD).is(200);
}

#[test]
fn whoever_signs_out_is_out_here_and_if_told_so_everywhere() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    let [one, two, three] = [(); 3].map(|()| Person::signed_in(&world, "ada@example.com"));
    let answer = one.ask(Method::DELETE, "session", &Value::Null);
    assert!(set_cookie(&answer).starts_with("candor_session=; "));
    answer.is(204);
    one.get("session").refused(401);
    two.get("session").is(200);
    two.ask(Method::DELETE, "session?everywhere=true", &Value::Null)
        .is(204);
    two.get("session").refused(401);
    three.get("feedback").refused(401);
}

#[test]
fn another_password_ends_the_other_sessions() {
    let world = World::new();
    account(&world, "ada@example.com", "viewer", None);
    let [here, elsewhere] = [(); 2].map(|()| Person::signed_in(&world, "ada@example.com"));
    let change = |current: &str, new: &str| {
        let body = json!({"current": current, "new": new});
        here.ask(Method::PUT, "session/password", &body)
    };
    assert_eq!(
        change("a wrong password", "another long one").refused(400),
        "current"
    );
    assert_eq!(change(PASSWORD, "short").refused(400), "new");
    elsewhere.get("session").is(200);
    change(PASSWORD, "another long one").is(204);
    here.get("session").is(200);
    elsewhere.get("session").refused(401);
    Person::try_to_sign_in(&world, "ada@example.com", PASSWORD).refused(401);
    Person::try_to_sign_in(&world, "ada@example.com", "another long one").is(200);
}

#[test]
fn what_changes_something_comes_from_the_servers_own_pages() {
    let world = World::new();
    account(&world, "ada@example.com", "editor", None);
    let ada = Person::signed_in(&world, "ada@example.com");
    let vote = json!({"message": {"external_id": "m1"}, "rating": "positive"});
    let path = "projects/support/feedback";
    let request = || ada.request(Method::POST, path, &vote);
    Answer::to(request()).refused(403);
    for (name, value) in [
        ("origin", "https://elsewhere.example"),
        ("origin", "null"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ] {
        Answer::to(request().header(name, value)).refused(403);
    }
    assert_eq!(world.get(path).is(200)["items"], json!([]));
    Answer::to(request().header("sec-fetch-site", "same-origin")).is(201);
    // What only reads is read from anywhere: no page of another server hears the answer.
    Answer::to(ada.request(Method::GET, path, &Value::Null)).is(200);
    let words = json!({"email": "ada@example.com", "password": PASSWORD});
    let sign_in = || Person::nobody(&world).request(Method::POST, "session", &words);
    Answer::to(sign_in().header("origin", "https://elsewhere.example")).refused(403);
    Answer::to(sign_in()).is(200);
}

#[test]
fn a_key_counts_before_a_session_and_has_none() {
    let world = World::new();
    account(&world, "v@example.com", "viewer", None);
    let viewer = Person::signed_in(&world, "v@example.com");
    let both = viewer.request(Method::GET, "keys", &Value::Null);
    Answer::to(both.bearer_auth(ADMIN)).is(200);
    world.get("session").refused(403);
    let wrong = viewer.request(Method::GET, "feedback", &Value::Null);
    Answer::to(wrong.bearer_auth("cnd_nobody")).refused(401);
    Person::nobody(&world).get("session").refused(401);
}
