//! What the vendor's documentation shows, and what was decided where it is silent: the cases of `cases.json`.

use super::fixture::{CHATBOT, CHATLOG, KEY, OPEN, OTHER_MESSAGE, Wonderchat, message};
use super::upstream::World;
use crate::cases::{self, Case, Fixture};
use serde_json::json;

#[test]
fn every_case_is_answered_as_expected() {
    let wonderchat = Wonderchat::new();
    let cases = cases::read(include_str!("cases.json"));
    assert_eq!(cases.len(), 17);
    let chatting = World::plain();
    let mut faults = Vec::new();
    for (number, case) in (1..).zip(&cases) {
        let fixture = given(&wonderchat, case, number);
        let chats = case.given.contains("the server answers chat");
        let server = if chats {
            &chatting.server
        } else {
            &wonderchat.server
        };
        let url = server.url();
        faults.extend(case.faults(&wonderchat.client, url, &fixture));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The state that a case needs. Each has a message of its own.
fn given(wonderchat: &Wonderchat, case: &Case, number: usize) -> Fixture {
    let accepts = case.given.contains("unknown_message = accept");
    let mut fixture = Fixture::new();
    fixture.insert("WC_KEY".to_owned(), json!(if accepts { OPEN } else { KEY }));
    fixture.insert("MSG".to_owned(), json!(message(number)));
    fixture.insert("OTHER_MSG".to_owned(), json!(OTHER_MESSAGE));
    fixture.insert("CHATLOG".to_owned(), json!(CHATLOG));
    fixture.insert("BOT".to_owned(), json!(CHATBOT));
    if case.given.contains("{{FB}}") {
        let stored = wonderchat.vote(KEY, &message(number), "HELPFUL").is(200);
        fixture.insert("FB".to_owned(), stored["messageFeedback"]["id"].clone());
    }
    fixture
}
