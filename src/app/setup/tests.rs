//! Applying files to a store in memory.

use super::{Counts, Setup, SetupReport};
use crate::app::{App, AppOptions};
use crate::domain::vote::RowRef;
use crate::domain::{Caller, Dialect, KeepText, Role, Scope, UnknownTargets};
use crate::error::{ErrorKind, Result};
use serde_json::{Value, json};

struct World {
    app: App,
    operator: Caller,
}

impl World {
    async fn new() -> Self {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let operator = App::operator(app.ensure_workspace().await.unwrap());
        Self { app, operator }
    }

    async fn try_apply(&self, file: &Value) -> Result<SetupReport> {
        let setup = Setup::from_json(file.to_string().as_bytes())?;
        self.app.apply(&self.operator, setup).await
    }

    async fn apply(&self, file: &Value) -> SetupReport {
        self.try_apply(file).await.unwrap()
    }

    async fn refusal(&self, file: &Value) -> String {
        self.try_apply(file).await.unwrap_err().to_string()
    }

    fn is_empty(&self) -> bool {
        let directory = self.app.directory();
        directory.projects(&self.operator).is_empty() && directory.keys(&self.operator).is_empty()
    }
}

const fn counts(created: usize, changed: usize, unchanged: usize) -> Counts {
    Counts {
        created,
        changed,
        unchanged,
    }
}

/// Every file is refused with what it says after it, and nothing of it is stored.
async fn refuses_whole(cases: &[(Value, &str)]) {
    let world = World::new().await;
    for (file, expected) in cases {
        let refusal = world.refusal(file).await;
        assert!(refusal.starts_with(expected), "{refusal}\n{expected}");
        assert!(world.is_empty(), "something was stored of {file}");
    }
}

/// The file of the design, whole.
fn whole() -> Value {
    json!({
      "projects": [
        {"name": "support", "unknown_targets": "reject", "number": 64, "haptik_business_id": 343,
         "amazon_q_application_id": "11111111-2222-4333-8444-555555555555", "enabled": true, "keep_text": "all",
         "upstream": {"dialect": "dify", "base_url": "https://dify.example.com", "mirror": false},
         "attributes": [{"name": "Quality", "options": ["Wonderful", "Poor"]}]}
      ],
      "keys": [
        {"dialect": "dify", "project": "support", "secret": "app-chatapp00000000000000000"},
        {"dialect": "wonderchat", "secret": "wc-key"},
        {"dialect": "melodi", "secret": "abc-123"},
        {"dialect": "melodi", "secret": "pub-xyz-789", "publishable": true},
        {"dialect": "amazon_q", "project": "support", "access_key_id": "AKIDEXAMPLE",
         "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
        {"dialect": "haptik", "secret": "token", "client_id": "client"},
        {"dialect": "native", "secret": "cnd_0123456789abcdef", "scopes": ["feedback:write", "feedback:read", "admin"]}
      ],
      "end_users": [
        {"project": "support", "external_id": "abc-123"},
        {"external_id": "u1", "segments": {"team": "engineering"}}
      ],
      "conversations": [
        {"project": "support", "external_id": "e2facc2b-57e3-555d-808c-37f5fa693c21", "end_user": "abc-123",
         "title": "Refund", "created_at": "2026-05-01T12:00:00Z",
         "messages": [
           {"external_id": "23890902-dec2-55aa-a685-6d0b13a925ed", "role": "assistant", "query": "What is a refund?",
            "content": "Money back.", "model": "gpt-4o", "created_at": "2026-05-01T12:00:01Z"}]}
      ]
    })
}

#[tokio::test]
async fn the_whole_format_is_stored_as_it_says() {
    let world = World::new().await;
    let report = world.apply(&whole()).await;
    assert_eq!(report.projects, counts(1, 0, 0));
    assert_eq!(report.attributes, counts(1, 0, 0));
    assert_eq!(report.keys, counts(7, 0, 0));
    assert_eq!(report.end_users, counts(2, 0, 0));
    assert_eq!(report.conversations, counts(1, 0, 0));
    assert_eq!(report.warnings.len(), 4, "{:?}", report.warnings);

    let directory = world.app.directory();
    let project = directory.project_named(&world.operator, "support").unwrap();
    assert_eq!(project.number, 64);
    assert_eq!(project.unknown_targets, UnknownTargets::Reject);
    assert_eq!(project.keep_text, KeepText::All);
    let publishable = world
        .app
        .known_secret(Dialect::Melodi, "pub-xyz-789")
        .unwrap();
    assert!(publishable.publishable && publishable.project.is_none());
    let native = world
        .app
        .known_secret(Dialect::Native, "cnd_0123456789abcdef")
        .unwrap();
    assert!(native.scopes.contains(Scope::Admin));
    let message = RowRef::External("23890902-dec2-55aa-a685-6d0b13a925ed".to_owned());
    let message = world.app.message(&world.operator, &project, message).await;
    let message = message.unwrap().unwrap();
    assert_eq!(message.role, Some(Role::Assistant));
    assert_eq!(message.query.as_deref(), Some("What is a refund?"));
    assert_eq!(message.owner.unwrap().1, "abc-123");
    assert_eq!(message.created_at.to_string(), "2026-05-01T12:00:01Z");
}

#[tokio::test]
async fn applying_again_changes_nothing() {
    let world = World::new().await;
    world.apply(&whole()).await;
    let report = world.apply(&whole()).await;
    let expected = SetupReport {
        projects: counts(0, 0, 1),
        attributes: counts(0, 0, 1),
        keys: counts(0, 0, 7),
        end_users: counts(0, 0, 2),
        conversations: counts(0, 0, 1),
        warnings: Vec::new(),
    };
    assert_eq!(report, expected);
}

#[tokio::test]
async fn what_a_later_file_says_changes_and_what_it_does_not_say_stays() {
    let world = World::new().await;
    world.apply(&whole()).await;
    let report = world
        .apply(&json!({
            "projects": [{"name": "support", "upstream": null, "keep_text": "none",
                          "attributes": [{"name": "Quality", "options": ["Fair"]}]},
                         {"name": "sales"}],
            "end_users": [{"external_id": "u1", "segments": {"team": ["sales"]}}],
            "conversations": [{"project": "support", "external_id": "e2facc2b-57e3-555d-808c-37f5fa693c21",
                               "title": "Refunds"}]
        }))
        .await;
    assert_eq!(report.projects, counts(1, 1, 0));
    assert_eq!(report.attributes, counts(0, 1, 0));
    assert_eq!(report.end_users, counts(0, 1, 0));
    assert_eq!(report.conversations, counts(0, 1, 0));
    let directory = world.app.directory();
    let project = directory.project_named(&world.operator, "support").unwrap();
    assert_eq!((project.number, project.upstream.as_ref()), (64, None));
    assert_eq!(project.unknown_targets, UnknownTargets::Reject);
    let options = directory.attributes(project.id)[0].options.iter();
    let options: Vec<_> = options.map(|option| option.name.as_str()).collect();
    assert_eq!(options, ["Wonderful", "Poor", "Fair"]);
}

#[tokio::test]
async fn texts_that_are_not_kept_are_not_news() {
    let world = World::new().await;
    let file = json!({
        "projects": [{"name": "a", "keep_text": "none"}],
        "conversations": [{"project": "a", "external_id": "c", "messages": [{"external_id": "m", "content": "text"}]}]
    });
    world.apply(&file).await;
    assert_eq!(world.apply(&file).await.conversations, counts(0, 0, 1));
}

#[tokio::test]
async fn one_message_id_may_stand_in_two_conversations() {
    let world = World::new().await;
    let conversation = |id: &str, text: &str| json!({"project": "a", "external_id": id, "messages": [{"external_id": "m", "content": text}]});
    let file = json!({
        "projects": [{"name": "a"}],
        "conversations": [conversation("c1", "one"), conversation("c2", "two")]
    });
    assert_eq!(world.apply(&file).await.conversations, counts(2, 0, 0));
    assert_eq!(world.apply(&file).await.conversations, counts(0, 0, 2));
}

#[tokio::test]
async fn a_person_of_the_workspace_owns_the_conversation() {
    let world = World::new().await;
    let file = json!({
        "projects": [{"name": "a"}],
        "end_users": [{"external_id": "u1", "name": "Ada"}],
        "conversations": [{"project": "a", "external_id": "c", "end_user": "u1"}]
    });
    world.apply(&file).await;
    let project = world.app.directory();
    let project = project.project_named(&world.operator, "a").unwrap();
    let known = RowRef::External("u1".to_owned());
    let known = world.app.end_user(&world.operator, &project, known).await;
    let known = known.unwrap().unwrap();
    assert_eq!(known.details.name.as_deref(), Some("Ada"));
    assert_eq!(known.project, None);
}

#[tokio::test]
async fn a_project_whose_number_is_given_keeps_it_from_others() {
    let world = World::new().await;
    world
        .apply(&json!({"projects": [{"name": "any"}, {"name": "one", "number": 1}]}))
        .await;
    let directory = world.app.directory();
    let number = |name| {
        directory
            .project_named(&world.operator, name)
            .unwrap()
            .number
    };
    assert_eq!((number("one"), number("any")), (1, 2));
}

#[tokio::test]
async fn a_revoked_key_stays_revoked() {
    let world = World::new().await;
    let file = json!({"keys": [{"dialect": "native", "secret": "cnd_0123456789abcdef"}]});
    world.apply(&file).await;
    let key = world.app.directory().keys(&world.operator)[0].id;
    world.app.revoke_key(&world.operator, key).await.unwrap();
    let report = world.apply(&file).await;
    assert_eq!(report.keys, counts(0, 0, 1));
    assert!(report.warnings[0].starts_with("keys[0]: the key with this secret was revoked"));
    assert_eq!(
        world
            .app
            .known_secret(Dialect::Native, "cnd_0123456789abcdef"),
        None
    );
}

#[tokio::test]
async fn a_known_key_that_says_otherwise_is_refused() {
    let world = World::new().await;
    let key = |more: &str, value: Value| {
        let mut key = json!({"dialect": "native", "secret": "cnd_0123456789abcdef"});
        key[more] = value;
        json!({"projects": [{"name": "a"}], "keys": [key]})
    };
    world.apply(&key("name", json!("first"))).await;
    for (field, value) in [
        ("name", json!("second")),
        ("project", json!("a")),
        ("scopes", json!(["admin"])),
        ("publishable", json!(true)),
    ] {
        let error = world.try_apply(&key(field, value)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert_eq!(error.field(), Some(format!("keys[0].{field}").as_str()));
    }
    let report = world.apply(&key("publishable", json!(false))).await;
    assert_eq!(report.keys, counts(0, 0, 1));
}

#[tokio::test]
async fn mistakes_in_projects_are_refused_whole_with_their_place() {
    refuses_whole(&[
        (
            json!({"projects": [{"name": "a"}, {"name": "a"}]}),
            "projects[1].name: is there already",
        ),
        (
            json!({"projects": [{"name": ""}]}),
            "projects[0].name: must not be empty",
        ),
        (
            json!({"projects": [{"name": "a", "number": 0}]}),
            "projects[0].number: must be a whole number",
        ),
        (
            json!({"projects": [{"name": "a", "number": 7}, {"name": "b", "number": 7}]}),
            "projects[1].number: another project has this number",
        ),
        (
            json!({"projects": [{"name": "a", "keep_text": "some"}]}),
            "projects[0].keep_text: \"some\" is none of all,",
        ),
        (
            json!({"projects": [{"name": "a", "upstream": {"dialect": "dify", "base_url": "dify"}}]}),
            "projects[0].upstream.base_url: must begin",
        ),
        (
            json!({"projects": [{"name": "a", "attributes": [{"name": "Q"}, {"name": "Q"}]}]}),
            "projects[0].attributes[1].name: is there already",
        ),
        (
            json!({"projects": [{"name": "a", "attributes": [{"name": "Q", "options": ["x", ""]}]}]}),
            "projects[0].attributes[0].options[1]: must not be empty",
        ),
    ])
    .await;
}

#[tokio::test]
async fn mistakes_in_keys_are_refused_whole_with_their_place() {
    refuses_whole(&[
        (
            json!({"keys": [{"dialect": "x", "secret": "s"}]}),
            "keys[0].dialect: \"x\" is none of native, dify",
        ),
        (
            json!({"keys": [{"dialect": "native", "secret": "s", "project": "nowhere"}]}),
            "keys[0].project: no project \"nowhere\"",
        ),
        (
            json!({"keys": [{"dialect": "dify", "secret": "s"}]}),
            "keys[0].project: a Dify key names its app",
        ),
        (
            json!({"keys": [{"dialect": "native", "secret": ""}]}),
            "keys[0].secret: must not be empty",
        ),
        (
            json!({"keys": [{"dialect": "native", "secret": "s", "scopes": ["admin", "all"]}]}),
            "keys[0].scopes[1]: \"all\" is none of",
        ),
        (
            json!({"keys": [{"dialect": "native", "secret": "s"}, {"dialect": "native", "secret": "s"}]}),
            "keys[1].secret: is there already",
        ),
        (
            json!({"keys": [{"dialect": "amazon_q", "secret": "s", "access_key_id": "A"},
                            {"dialect": "amazon_q", "secret": "t", "access_key_id": "A"}]}),
            "keys[1].access_key_id: is there already",
        ),
    ])
    .await;
}

#[tokio::test]
async fn mistakes_in_end_users_are_refused_whole_with_their_place() {
    refuses_whole(&[
        (
            json!({"end_users": [{"external_id": "u"}, {"external_id": "u"}]}),
            "end_users[1].external_id: is there",
        ),
        (
            json!({"end_users": [{"external_id": "u", "project": "nowhere"}]}),
            "end_users[0].project: no project",
        ),
        (
            json!({"end_users": [{"external_id": "u", "segments": {"team": ""}}]}),
            "end_users[0].segments: must not be empty",
        ),
    ])
    .await;
}

#[tokio::test]
async fn mistakes_in_conversations_are_refused_whole_with_their_place() {
    let conversations =
        |conversations: Value| json!({"projects": [{"name": "a"}], "conversations": conversations});
    let cases = [
        (
            json!([{"project": "b", "external_id": "c"}]),
            "conversations[0].project: no project \"b\"",
        ),
        (
            json!([{"project": "a", "external_id": "c"}, {"project": "a", "external_id": "c"}]),
            "conversations[1].external_id: is there already",
        ),
        (
            json!([{"project": "a", "external_id": "c", "messages": [{"external_id": "m"}, {"external_id": "m"}]}]),
            "conversations[0].messages[1].external_id: is there already",
        ),
        (
            json!([{"project": "a", "external_id": "c", "messages": [{"external_id": "m", "role": "robot"}]}]),
            "conversations[0].messages[0].role: \"robot\" is none of",
        ),
        (
            json!([{"project": "a", "external_id": "c", "created_at": "yesterday"}]),
            "conversations[0].created_at: \"yesterday\" is not a time",
        ),
        (
            json!([{"project": "a", "external_id": "c", "title": "x".repeat(2001)}]),
            "conversations[0].title: must have at most 2000 characters",
        ),
        (
            json!([{"project": "a", "external_id": ""}]),
            "conversations[0].external_id: must not be empty",
        ),
        (
            json!([{"project": "a", "external_id": "c", "messages": [{"content": "no id"}]}]),
            "body:1:108: conversations[0].messages[0]: missing field `external_id`",
        ),
    ];
    refuses_whole(&cases.map(|(list, expected)| (conversations(list), expected))).await;
}

#[tokio::test]
async fn only_an_administrator_of_the_workspace_may_apply() {
    let world = World::new().await;
    let reader = Caller {
        scopes: [Scope::FeedbackRead, Scope::FeedbackWrite]
            .into_iter()
            .collect(),
        ..world.operator
    };
    let refused = world.app.apply(&reader, Setup::default()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn the_upstream_of_a_file_is_applied_once() {
    let world = World::new().await;
    let file = |secret: &str| {
        json!({"projects": [{"name": "support", "upstream": {
            "dialect": "amazon_q", "base_url": "https://qbusiness.us-east-1.amazonaws.com", "mirror": true,
            "credential": {"access_key_id": "AKIDEXAMPLE", "secret": secret, "region": "us-east-1"}}}]})
    };
    let upstream = || {
        let directory = world.app.directory();
        let project = directory.project_named(&world.operator, "support").unwrap();
        (project.upstream.clone().unwrap(), project)
    };
    let applied = world.apply(&file("first-secret-0123456789")).await;
    assert_eq!(applied.projects, counts(1, 0, 0));
    let (first, _) = upstream();
    let again = world.apply(&file("first-secret-0123456789")).await;
    assert_eq!(again.projects, counts(0, 0, 1));
    assert_eq!(upstream().0, first);
    let changed = world.apply(&file("other-secret-0123456789")).await;
    assert_eq!(changed.projects, counts(0, 1, 0));
    let credential = world.app.vendor_credential(&upstream().1).unwrap();
    assert_eq!(
        credential.secret.as_deref(),
        Some("other-secret-0123456789")
    );
    assert_eq!(credential.region.as_deref(), Some("us-east-1"));
}

#[tokio::test]
async fn no_report_and_no_refusal_tells_a_vendors_secret() {
    let world = World::new().await;
    let secret = "app-never-to-be-told-0123";
    let file = |upstream: Value| json!({"projects": [{"name": "support", "upstream": upstream}]});
    let said = |credential: Value| {
        file(
            json!({"dialect": "dify", "base_url": "https://dify.example.com", "credential": credential}),
        )
    };
    for bad in [
        said(json!(secret)),
        said(json!({"secret": secret, "client_id": secret})),
        said(json!({"secret": format!("{secret} and more")})),
        said(json!({"secret": {"secret": secret}})),
        said(json!({"secret": [secret]})),
        said(json!({"secret": secret, "secrets": secret})),
        file(json!({"dialect": "dify", "base_url": format!("https://{secret}@dify.example.com")})),
    ] {
        let refusal = world.refusal(&bad).await;
        assert!(!refusal.contains(secret), "{refusal}");
    }
    let report = world.apply(&said(json!({"secret": secret}))).await;
    assert!(!json!(report).to_string().contains(secret));
}
