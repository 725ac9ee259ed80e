//! The export of Dify's console, brought into a project.

use candor::app::{App, AppOptions, FeedbackFilter, Paging, ProjectDraft};
use candor::dialects::dify::import::{ImportReport, import, read};
use candor::domain::vote::RowRef;
use candor::domain::{Author, Caller, Feedback, Project, Rating};
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const CHAT: &str = "e2facc2b-57e3-555d-808c-37f5fa693c21";

struct World {
    app: App,
    caller: Caller,
    project: Arc<Project>,
}

impl World {
    async fn new() -> Self {
        let app = App::open(AppOptions::in_memory()).unwrap();
        let caller = App::operator(app.ensure_workspace().await.unwrap());
        let draft = ProjectDraft {
            name: Some("app".to_owned()),
            ..ProjectDraft::default()
        };
        let (project, _) = app.create_project(&caller, draft, None).await.unwrap();
        Self {
            app,
            caller,
            project,
        }
    }

    async fn import(&self, suffix: &str, file: &str) -> ImportReport {
        let mut on_disk = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
        on_disk.write_all(file.as_bytes()).unwrap();
        let export = read(on_disk.path()).unwrap();
        let rows = export.rows();
        let done = AtomicUsize::new(0);
        let progress = |now| done.store(now, Ordering::SeqCst);
        let report = import(&self.app, &self.caller, &self.project, export, &progress)
            .await
            .unwrap();
        assert_eq!(done.into_inner(), rows);
        report
    }

    async fn feedback(&self) -> Vec<Feedback> {
        self.app
            .list_feedback(&self.caller, FeedbackFilter::default(), Paging::first(200))
            .await
            .unwrap()
            .items
    }
}

fn record(number: usize, rating: &str, source: &str) -> Value {
    json!({
        "feedback_id": format!("f{number}"),
        "app_name": "app",
        "app_id": "d090c3e4-00d9-544a-a281-981d145aa18b",
        "conversation_id": CHAT,
        "conversation_name": "Refund",
        "message_id": message(number),
        "user_query": format!("question {number}"),
        "ai_response": format!("answer {number}"),
        "feedback_rating": if rating == "like" { "👍" } else { "👎" },
        "feedback_rating_raw": rating,
        "feedback_comment": format!("comment {number}"),
        "feedback_source": source,
        "feedback_date": format!("2026-05-01 12:{number:02}:00"),
        "message_date": format!("2026-05-01 11:{number:02}:00"),
        "from_account_name": if source == "admin" { "Ada" } else { "" },
        "from_end_user_id": if source == "admin" { "" } else { "b4916e01-2fe3-5b08-8817-63a1a7a5786e" },
        "has_comment": "Yes",
    })
}

fn message(number: usize) -> String {
    format!("{number:08}-0000-4000-8000-000000000000")
}

fn export(records: &[Value]) -> String {
    json!({"export_info": {"total_records": records.len()}, "feedback_data": records}).to_string()
}

fn table(records: &[Value]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let columns = records[0].as_object().unwrap().keys();
    writer.write_record(columns).unwrap();
    for record in records {
        let values = record.as_object().unwrap().values();
        writer
            .write_record(values.map(|value| value.as_str().unwrap()))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[tokio::test]
async fn both_forms_of_an_export_bring_the_same() {
    let records = [record(1, "like", "user"), record(2, "dislike", "admin")];
    for (suffix, file) in [(".json", export(&records)), (".csv", table(&records))] {
        let world = World::new().await;
        let report = world.import(suffix, &file).await;
        assert_eq!((report.imported, report.refused.len()), (2, 0));
        let feedback = world.feedback().await;
        let [second, first] = &feedback[..] else {
            panic!("{feedback:?}");
        };
        assert_eq!(first.judgement.rating, Some(Rating::Positive));
        assert_eq!(first.judgement.comment.as_deref(), Some("comment 1"));
        assert_eq!(first.external_id.as_deref(), Some("f1"));
        assert_eq!(first.created_at.to_string(), "2026-05-01T12:01:00Z");
        assert_eq!(first.updated_at, first.created_at);
        assert!(matches!(&first.author, Author::EndUser { .. }));
        assert_eq!(second.author, Author::Reviewer("Ada".to_owned()));
    }
}

#[tokio::test]
async fn the_message_comes_with_its_question_its_answer_and_its_time() {
    let world = World::new().await;
    world
        .import(".json", &export(&[record(1, "like", "user")]))
        .await;
    let reference = RowRef::External(message(1));
    let message = world
        .app
        .message(&world.caller, &world.project, reference)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(message.query.as_deref(), Some("question 1"));
    assert_eq!(message.content.as_deref(), Some("answer 1"));
    assert_eq!(message.created_at.to_string(), "2026-05-01T11:01:00Z");
    assert_eq!(message.owner, None);
    let (_, conversation) = message.conversation.unwrap();
    assert_eq!(conversation.as_deref(), Some(CHAT));
}

#[tokio::test]
async fn importing_again_changes_nothing() {
    let world = World::new().await;
    // Two rows of one vote, as Dify's race between first likes leaves them.
    let mut later = record(1, "dislike", "user");
    later["feedback_date"] = json!("2026-05-01 12:30:00");
    let file = export(&[later, record(2, "like", "user"), record(1, "like", "user")]);
    let first = world.import(".json", &file).await;
    assert_eq!(first.refused, []);
    let before = world.feedback().await;
    assert_eq!(before.len(), 2);
    let second = world.import(".json", &file).await;
    assert_eq!((second.imported, second.unchanged), (0, 3));
    assert_eq!(world.feedback().await, before);
    assert_eq!(before[1].judgement.rating, Some(Rating::Negative));
}

#[tokio::test]
async fn bad_rows_are_told_with_their_place_and_the_others_go_in() {
    let world = World::new().await;
    let mut records: Vec<_> = (1..=5)
        .map(|number| record(number, "like", "user"))
        .collect();
    records[1]["feedback_rating_raw"] = json!("neutral");
    records[2]["message_id"] = json!("");
    records[4]["feedback_comment"] = json!("x".repeat(100_001));
    let report = world.import(".csv", &table(&records)).await;
    assert_eq!(report.imported, 2);
    let places: Vec<_> = report.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(places, [3, 4, 6]);
    assert!(report.refused[0].1.contains("neutral"), "{report:?}");
}

#[tokio::test]
async fn more_rows_than_go_in_at_once_all_go_in() {
    let world = World::new().await;
    let records: Vec<_> = (0..600)
        .map(|number| {
            let mut record = record(number % 60, "like", "user");
            record["message_id"] = json!(message(number));
            record
        })
        .collect();
    let report = world.import(".json", &export(&records)).await;
    assert_eq!(report.imported, 600);
}
