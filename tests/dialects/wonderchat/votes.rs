//! Votes.

use super::fixture::{ACCOUNT, KEY, OPEN, OTHER, OTHER_MESSAGE, WRITER, Wonderchat, message};
use reqwest::Method;
use serde_json::{Value, json};

const VOTE: &str = "update-message-feedback";

/// The one feedback of a project, as the native API shows it.
fn only_feedback(wonderchat: &Wonderchat, project: &str) -> Value {
    let listed = wonderchat.listed(&format!("feedback?project={project}"));
    assert_eq!(listed.len(), 1, "{listed:?}");
    listed[0].clone()
}

#[test]
fn a_vote_is_nobodys_in_particular_and_came_by_this_channel() {
    let wonderchat = Wonderchat::new();
    wonderchat.vote(KEY, &message(1), "NOT_HELPFUL").is(200);
    let feedback = only_feedback(&wonderchat, "support");
    assert_eq!(feedback["author"]["kind"], "anonymous");
    assert_eq!(feedback["channel"], "wonderchat");
    assert_eq!(feedback["rating"], "negative");
    assert_eq!(feedback["target"]["message"]["external_id"], message(1));
}

#[test]
fn an_absent_comment_stays_and_an_empty_one_clears() {
    let wonderchat = Wonderchat::new();
    let vote = |more: Value| {
        let mut body = json!({"messageId": message(1), "feedback": "HELPFUL"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        wonderchat.post(KEY, VOTE, &body).is(200);
        only_feedback(&wonderchat, "support")["comment"].clone()
    };
    assert_eq!(vote(json!({"userComment": "Thanks!"})), "Thanks!");
    assert_eq!(vote(json!({})), "Thanks!");
    assert_eq!(vote(json!({"feedback": "NOT_HELPFUL"})), "Thanks!");
    assert_eq!(vote(json!({"userComment": ""})), Value::Null);
    assert_eq!(vote(json!({"userComment": "Again"})), "Again");
    assert_eq!(vote(json!({"userComment": null})), Value::Null);
}

#[test]
fn a_changed_vote_has_a_later_time() {
    let wonderchat = Wonderchat::new();
    let at = |feedback: &str| {
        let answer = wonderchat.vote(KEY, &message(1), feedback).is(200);
        answer["messageFeedback"]["submittedAt"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = at("HELPFUL");
    std::thread::sleep(std::time::Duration::from_millis(2));
    assert!(at("NOT_HELPFUL") > first);
}

#[test]
fn a_comment_that_is_too_long_is_refused_and_nothing_is_stored() {
    let wonderchat = Wonderchat::new();
    let comment = |length: usize| {
        let body = json!({
            "messageId": message(1), "feedback": "HELPFUL", "userComment": "é".repeat(length),
        });
        wonderchat.post(KEY, VOTE, &body)
    };
    comment(100_001).is_refused(400);
    assert!(wonderchat.listed("feedback?project=support").is_empty());
    comment(100_000).is(200);
}

#[test]
fn a_key_of_another_chatbot_does_not_know_the_message() {
    let wonderchat = Wonderchat::new();
    wonderchat
        .vote(OTHER, &message(1), "HELPFUL")
        .is_refused(404);
    wonderchat.vote(OTHER, OTHER_MESSAGE, "HELPFUL").is(200);
    let unknown = wonderchat.vote(KEY, "nobodys", "HELPFUL").text;
    assert_eq!(wonderchat.vote(KEY, OTHER_MESSAGE, "HELPFUL").text, unknown);
}

#[test]
fn a_key_of_the_account_finds_the_message_in_any_chatbot() {
    let wonderchat = Wonderchat::new();
    wonderchat.vote(ACCOUNT, &message(1), "HELPFUL").is(200);
    wonderchat.vote(ACCOUNT, OTHER_MESSAGE, "HELPFUL").is(200);
    only_feedback(&wonderchat, "support");
    only_feedback(&wonderchat, "other");
}

#[test]
fn what_no_chatbot_knows_goes_to_the_first() {
    let wonderchat = Wonderchat::new();
    wonderchat
        .vote(ACCOUNT, "nobodys", "HELPFUL")
        .is_refused(404);
    let accepts = json!({"unknown_targets": "accept"});
    wonderchat.native(Method::PATCH, "projects/other", &accepts);
    wonderchat.vote(ACCOUNT, "nobodys", "HELPFUL").is(200);
    only_feedback(&wonderchat, "other");
}

#[test]
fn a_key_that_may_not_read_finds_the_message_too_and_reads_nothing() {
    let wonderchat = Wonderchat::new();
    wonderchat.vote(WRITER, &message(1), "HELPFUL").is(200);
    only_feedback(&wonderchat, "support");
    wonderchat
        .post(WRITER, "export-chatlogs", &json!({}))
        .is_refused(403);
}

#[test]
fn an_id_of_ours_in_the_vendors_form_leads_to_the_message() {
    let wonderchat = Wonderchat::new();
    let told = json!({"messages": [{"content": "nameless"}]});
    let told = wonderchat.native(Method::PUT, "projects/open/conversations/c9", &told);
    let id = told["messages"][0]["id"].as_str().unwrap().to_owned();
    let cuid = cuid(&id);
    let first = wonderchat.vote(OPEN, &cuid, "HELPFUL").is(200);
    assert_eq!(first["wasUpdated"], false);
    let feedback = only_feedback(&wonderchat, "open");
    assert_eq!(feedback["target"]["message"]["id"], id);
    let own = feedback["id"].as_str().unwrap();
    assert_eq!(first["messageFeedback"]["id"], self::cuid(own));
    let again = wonderchat.vote(ACCOUNT, &cuid, "HELPFUL").is(200);
    assert_eq!(again["messageFeedback"], first["messageFeedback"]);
    assert_eq!(again["wasUpdated"], true);
}

/// The cuid of a UUID of version 7, worked out another way than the server does.
fn cuid(id: &str) -> String {
    let hex = id.replace('-', "");
    let bits = u128::from_str_radix(&hex, 16).unwrap();
    let milliseconds = bits >> 80;
    let random = (((bits >> 64) % (1 << 12)) << 62) | (bits % (1 << 62));
    let other = (milliseconds / 36_u128.pow(8)) * (1 << 74) + random;
    format!(
        "c{}{}",
        base36(milliseconds % 36_u128.pow(8), 8),
        base36(other, 16)
    )
}

fn base36(mut number: u128, digits: usize) -> String {
    let mut text = Vec::new();
    for _ in 0..digits {
        text.push(char::from_digit(u32::try_from(number % 36).unwrap(), 36).unwrap());
        number /= 36;
    }
    text.into_iter().rev().collect()
}

#[test]
fn a_vote_for_an_unknown_message_is_linked_when_the_message_is_told() {
    let wonderchat = Wonderchat::new();
    wonderchat
        .vote(OPEN, "clm1n0vvs000008l43ez2bzzz", "HELPFUL")
        .is(200);
    let told = json!({"messages": [
        {"external_id": "clm1n0vvs000008l43ez2bzzz", "content": "late"},
    ]});
    wonderchat.native(Method::PUT, "projects/open/conversations/late", &told);
    let feedback = only_feedback(&wonderchat, "open");
    assert_eq!(feedback["target"]["conversation"]["external_id"], "late");
}

#[test]
fn a_chatbot_that_is_switched_off_takes_no_votes() {
    let wonderchat = Wonderchat::new();
    let off = json!({"enabled": false});
    wonderchat.native(Method::PATCH, "projects/support", &off);
    wonderchat.vote(KEY, &message(1), "HELPFUL").is_refused(403);
    wonderchat
        .vote(ACCOUNT, &message(1), "HELPFUL")
        .is_refused(403);
}
