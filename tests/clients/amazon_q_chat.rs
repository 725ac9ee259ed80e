//! Amazon Q Business' clients chat through the server, and vote on what they were answered.

use crate::amazon_q::{ADMIN, APPLICATION, call, ran, setup, stored, useful};
use crate::amazon_q_vendor::{self as vendor, ANSWER, NEW_CONVERSATION};
use crate::installed::Script;
use crate::support::{Server, client};
use serde_json::{Value, json};

/// Asks, through a server before a stand-in for the vendor, and votes on the answer that came.
fn chats_and_votes(script: &Script, more: &Value) {
    let vendor = vendor::start();
    let mut setup = setup();
    setup["projects"][0]["upstream"] = json!({"dialect": "amazon_q", "base_url": vendor.url(), "credential": vendor::credential()});
    let server = Server::set_up(&setup);
    let asked = json!({"applicationId": APPLICATION, "userId": "ada b/ü", "userMessage": "Was heißt 語 \u{1f600}?"});
    let asked = call(&asked, json!({"operation": "ChatSync"}));
    let answered = ran(script, &server, &[asked], more.clone());
    assert_eq!(answered[0]["status"], 200, "{answered:?}");
    let answer = &answered[0]["body"];
    assert_eq!(
        answer["systemMessage"],
        "You asked: Was heißt 語 \u{1f600}?"
    );
    assert_eq!(answer["sourceAttributions"][0]["title"], "Terms");
    let voted = json!({
        "applicationId": APPLICATION, "conversationId": answer["conversationId"],
        "messageId": answer["systemMessageId"], "userId": "ada b/ü",
        "messageUsefulness": useful(json!({"reason": "HELPFUL"})),
    });
    let voted = ran(script, &server, &[call(&voted, json!({}))], more.clone());
    assert_eq!(voted[0]["status"], 200, "{voted:?}");
    assert_eq!(vendor.seen().len(), 1, "the vote stays here");
    let listed = stored(&server);
    assert_eq!(listed.len(), 1);
    let id = listed[0]["id"].as_str().unwrap();
    let url = format!("{}/candor/v1/projects/q/feedback/{id}", server.url());
    let detail: Value = client()
        .get(url)
        .bearer_auth(ADMIN)
        .send()
        .unwrap()
        .json()
        .unwrap();
    assert_eq!(detail["question"], "Was heißt 語 \u{1f600}?", "{detail}");
    assert_eq!(detail["message"]["content"], answer["systemMessage"]);
    assert_eq!(detail["message"]["external_id"], ANSWER);
    assert_eq!(
        detail["target"]["conversation"]["external_id"], NEW_CONVERSATION,
        "{detail}"
    );
    assert_eq!(detail["reasons"], json!(["HELPFUL"]));
    // What the vendor lists is its own.
    let list = json!({"applicationId": APPLICATION, "userId": "ada b/ü"});
    let list = call(&list, json!({"operation": "ListConversations"}));
    let listed = ran(script, &server, &[list], more.clone());
    assert_eq!(
        listed[0]["body"]["conversations"][0]["title"],
        "At the vendor"
    );
}

#[test]
fn boto3_chats_through_the_server_and_votes_on_the_answer() {
    let Some(script) = Script::python("amazon_q_client.py") else {
        return;
    };
    chats_and_votes(&script, &json!({}));
}

#[test]
fn the_node_client_chats_through_the_server_over_http_2_and_votes_on_the_answer() {
    let Some(script) = Script::node("amazon_q_client.mjs") else {
        return;
    };
    chats_and_votes(&script, &json!({"http": 2}));
}

#[test]
fn the_node_client_is_told_that_its_stream_cannot_pass() {
    let Some(script) = Script::node("amazon_q_client.mjs") else {
        return;
    };
    let vendor = vendor::start();
    let mut setup = setup();
    setup["projects"][0]["upstream"] = json!({"dialect": "amazon_q", "base_url": vendor.url(), "credential": vendor::credential()});
    let server = Server::set_up(&setup);
    let asked = json!({"applicationId": APPLICATION, "userId": "ada"});
    let right = json!({"operation": "Chat", "says": ["Why?"]});
    let mut wrong = right.clone();
    wrong["secret"] = json!("wrong/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let calls = [call(&asked, right), call(&asked, wrong)];
    let answers = ran(&script, &server, &calls, json!({"http": 2}));
    assert_eq!(answers[0]["class"], "ValidationException", "{answers:?}");
    assert_eq!(answers[0]["body"]["reason"], "UNKNOWN_OPERATION");
    let message = answers[0]["message"].as_str().unwrap();
    assert!(message.contains("ChatSync"), "{message}");
    assert_eq!(answers[1]["code"], "InvalidSignatureException");
    assert!(vendor.seen().is_empty());
}
