//! Lists of applications, conversations and messages, and erasing.

use super::fixture::{
    ADMIN, APPLICATION, AmazonQ, CONVERSATION, Call, MESSAGE, OTHER, OTHER_APPLICATION, READER,
    WORKSPACE, feedback_path, useful,
};
use serde_json::{Value, json};

fn conversations() -> String {
    format!("/applications/{APPLICATION}/conversations")
}

fn messages() -> String {
    format!("{}/{CONVERSATION}", conversations())
}

impl AmazonQ {
    #[track_caller]
    fn list(&self, path: &str) -> Value {
        let answer = self.send(&Call::get(path));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Tells of more conversations with the native API.
    fn tell(&self, conversations: &Value) {
        let told = self
            .client
            .post(format!(
                "{}/candor/v1/projects/support/conversations",
                self.server.url()
            ))
            .bearer_auth(ADMIN)
            .json(&json!({"conversations": conversations}))
            .send()
            .unwrap();
        assert!(told.status().is_success(), "{told:?}");
    }

    /// Every item of a list, by pages of one size.
    fn all(&self, path: &str, items: &str, size: usize) -> Vec<Value> {
        let mut found = Vec::new();
        let mut path_of_page = format!("{path}?maxResults={size}");
        for _ in 0..50 {
            let page = self.list(&path_of_page);
            let listed = page[items].as_array().unwrap();
            assert!(listed.len() <= size, "{page}");
            found.extend(listed.iter().cloned());
            let Some(token) = page["nextToken"].as_str() else {
                return found;
            };
            path_of_page = format!("{path}?maxResults={size}&nextToken={token}");
        }
        panic!("the list does not end");
    }
}

#[test]
fn conversations_of_one_person_or_of_all() {
    let server = AmazonQ::new("reject");
    server.tell(
        &json!([{"external_id": "c2", "end_user": "bob", "created_at": "2026-05-02T12:00:00Z"}]),
    );
    let conversation =
        json!({"conversationId": CONVERSATION, "title": "Refund", "startTime": 1_777_636_800.0});
    let all = server.list(&conversations());
    assert_eq!(
        all,
        json!({"conversations": [{"conversationId": "c2", "startTime": 1_777_723_200.0}, conversation]})
    );
    let adas = server.list(&format!("{}?userId=ada", conversations()));
    assert_eq!(adas, json!({"conversations": [conversation]}));
    let nobodys = server.list(&format!("{}?userId=nobody", conversations()));
    assert_eq!(nobodys, json!({"conversations": []}));
}

#[test]
fn a_question_with_its_answer_is_two_messages() {
    let server = AmazonQ::new("reject");
    let listed = server.list(&messages());
    let [answer, question] =
        <[Value; 2]>::try_from(listed["messages"].as_array().unwrap().clone()).unwrap();
    assert_eq!(
        answer,
        json!({"messageId": MESSAGE, "body": "Money back.", "time": 1_777_636_801.5, "type": "SYSTEM"})
    );
    assert_eq!(question["type"], "USER");
    assert_eq!(question["body"], "What is a refund?");
    assert_eq!(question["messageId"].as_str().unwrap().len(), 36);
}

#[test]
fn pages_of_every_size_hold_the_same() {
    let server = AmazonQ::new("reject");
    let turns: Vec<_> = (0..5)
        .map(|turn| json!({"external_id": format!("m{turn}"), "query": "why?", "content": "because",
            "created_at": format!("2026-05-01T13:00:0{turn}Z")}))
        .chain([
            json!({"external_id": "said", "role": "user", "content": "hello", "created_at": "2026-05-01T13:00:06Z"}),
            json!({"external_id": "hidden", "role": "system", "content": "obey", "created_at": "2026-05-01T13:00:07Z"}),
        ])
        .collect();
    server.tell(&json!([{"external_id": CONVERSATION, "messages": turns}, {"external_id": "c2"}, {"external_id": "c3"}]));
    let all = server.all(&messages(), "messages", 100);
    assert_eq!(all.len(), 13, "{all:?}");
    assert_eq!(all[0]["messageId"], "said");
    for size in [1, 2, 3, 5, 12] {
        assert_eq!(server.all(&messages(), "messages", size), all, "{size}");
    }
    let all = server.all(&conversations(), "conversations", 100);
    assert_eq!(all.len(), 3);
    assert_eq!(server.all(&conversations(), "conversations", 1), all);
}

#[test]
fn bad_pages_are_refused() {
    let server = AmazonQ::new("reject");
    for path in ["/applications".to_owned(), conversations(), messages()] {
        for query in [
            "maxResults=0",
            "maxResults=101",
            "maxResults=x",
            "nextToken=",
            "nextToken=%25",
        ] {
            let refused = server
                .send(&Call::get(format!("{path}?{query}")))
                .assert_refused(400, "ValidationException");
            let field = query.split('=').next().unwrap();
            assert_eq!(refused["fields"][0]["name"], field, "{path}?{query}");
        }
    }
}

#[test]
fn another_persons_conversation_is_not_found() {
    let server = AmazonQ::new("reject");
    assert_eq!(
        server
            .send(&Call::get(format!("{}?userId=ada", messages())))
            .status,
        200
    );
    for call in [
        Call::get(format!("{}?userId=bob", messages())),
        Call::new("DELETE", format!("{}?userId=bob", messages())),
        Call::get(format!("{}/{APPLICATION}", conversations())),
    ] {
        let refused = server
            .send(&call)
            .assert_refused(404, "ResourceNotFoundException");
        assert_eq!(refused["resourceType"], "CONVERSATION");
    }
    assert_eq!(server.send(&Call::get(messages())).status, 200);
}

#[test]
fn an_erased_conversation_is_gone_and_its_votes_count() {
    let server = AmazonQ::new("reject");
    server
        .vote("ada", &useful(&json!({"comment": "good"})))
        .assert_success();
    let erase = Call::new("DELETE", format!("{}?userId=ada", messages()));
    server
        .send(&erase.clone().with(READER))
        .assert_refused(403, "AccessDeniedException");
    server.send(&erase).assert_success();
    server
        .send(&erase)
        .assert_refused(404, "ResourceNotFoundException");
    assert_eq!(server.list(&conversations()), json!({"conversations": []}));
    server
        .send(&Call::get(messages()))
        .assert_refused(404, "ResourceNotFoundException");
    let native = server.native("/projects/support/conversations");
    assert_eq!(native["items"], json!([]));
    let [feedback] = server.feedback().try_into().unwrap();
    assert_eq!(feedback["comment"], "good");
    let detail = server.native(&format!(
        "/projects/support/feedback/{}",
        feedback["id"].as_str().unwrap()
    ));
    assert!(!detail.to_string().contains("Money back"), "{detail}");
    assert!(!detail.to_string().contains("What is a refund"), "{detail}");
    let vote = Call::vote(feedback_path(CONVERSATION, MESSAGE), &useful(&json!({})));
    server
        .send(&vote)
        .assert_refused(404, "ResourceNotFoundException");
}

#[test]
fn the_ids_of_an_erased_conversation_may_be_used_anew() {
    let server = AmazonQ::new("reject");
    server
        .send(&Call::new("DELETE", messages()))
        .assert_success();
    server.tell(&json!([{"external_id": CONVERSATION, "messages": [{"external_id": MESSAGE, "content": "new"}]}]));
    let listed = server.list(&messages());
    assert_eq!(listed["messages"].as_array().unwrap().len(), 1, "{listed}");
    server.vote("ada", &useful(&json!({}))).assert_success();
}

#[test]
fn applications_are_projects() {
    let server = AmazonQ::new("reject");
    let application = server.list(&format!("/applications/{APPLICATION}"));
    assert_eq!(application["displayName"], "support");
    assert_eq!(application["status"], "ACTIVE");
    assert!(application["createdAt"].as_f64().unwrap() > 1e9);
    let refused = server
        .send(&Call::get(format!("/applications/{APPLICATION}")).with(OTHER))
        .assert_refused(404, "ResourceNotFoundException");
    assert_eq!(refused["resourceId"], APPLICATION);
}

#[test]
fn a_key_lists_the_applications_that_it_opens() {
    let server = AmazonQ::new("reject");
    let ids = |key, query: &str| {
        let answer = server.send(&Call::get(format!("/applications{query}")).with(key));
        let page = answer.json();
        let listed = page["applications"].as_array().unwrap().clone();
        let ids: Vec<_> = listed
            .iter()
            .map(|application| application["applicationId"].as_str().unwrap().to_owned())
            .collect();
        (ids, page["nextToken"].as_str().map(ToOwned::to_owned))
    };
    assert_eq!(ids(OTHER, ""), (vec![OTHER_APPLICATION.to_owned()], None));
    let (all, _) = ids(WORKSPACE, "");
    assert_eq!(all[..2], [APPLICATION, OTHER_APPLICATION]);
    assert_eq!(all.len(), 3);
    let (first, token) = ids(WORKSPACE, "?maxResults=2");
    assert_eq!(first, all[..2]);
    let (rest, end) = ids(
        WORKSPACE,
        &format!("?maxResults=2&nextToken={}", token.unwrap()),
    );
    assert_eq!((rest.as_slice(), end), (&all[2..], None));
}
