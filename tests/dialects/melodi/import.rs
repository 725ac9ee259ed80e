//! Pages of Melodi's threads, brought into a project.

use candor::app::{
    App, AppOptions, FeedbackFilter, Paging, ProjectDraft, Transcript, TranscriptFilter,
};
use candor::dialects::import::ImportReport;
use candor::dialects::melodi::import::{Import, Page};
use candor::domain::vote::RowRef;
use candor::domain::{Author, Caller, ConversationDraft, Feedback, MessageDraft, Project, Rating};
use serde_json::{Value, json};
use std::sync::Arc;

struct World {
    app: App,
    caller: Caller,
    project: Arc<Project>,
}

fn user() -> Value {
    json!({
        "id": 7, "externalId": "ada", "name": "Ada", "email": null, "username": null,
        "segments": [{"id": 3, "name": "engineering", "type": {"id": 2, "name": "team"}}],
    })
}

fn feedback(id: u32) -> Value {
    json!({
        "id": id, "projectId": 64, "feedbackType": "POSITIVE", "feedbackText": "good", "isDeleted": false,
        "externalUserId": 7, "externalUser": user(),
        "attributeOptions": [{"id": 9, "name": "Wonderful", "attribute": {"id": 4, "name": "Quality"}}],
        "createdAt": "2024-01-02T00:00:00.000Z", "updatedAt": "2024-01-03T00:00:00.000Z",
    })
}

fn thread() -> Value {
    json!({
        "id": 1, "organizationId": 1, "externalId": "t", "project": {"id": 64, "name": "app"}, "externalUser": user(),
        "outcome": "successful", "metadata": {"plan": "free"},
        "createdAt": "2024-01-01T00:00:00.000Z", "updatedAt": "2024-01-01T00:00:00.000Z",
        "messages": [
            {"id": 11, "externalId": null, "type": "markdown", "role": "user", "content": "2 + 2?", "jsonContent": null,
             "metadata": {}, "externalFeedback": []},
            {"id": 12, "externalId": "m2", "type": "json", "role": "calculator", "content": null, "jsonContent": {"answer": 4},
             "metadata": {"k": "v"}, "externalFeedback": [feedback(5), feedback(6)]},
        ],
    })
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

    async fn import(&self, threads: &[Value]) -> ImportReport {
        self.import_of(None, threads).await.unwrap()
    }

    async fn import_of(
        &self,
        vendor_project: Option<i64>,
        threads: &[Value],
    ) -> candor::error::Result<ImportReport> {
        let page = json!({"count": threads.len(), "rows": threads}).to_string();
        let page = Page::read(page.as_bytes()).unwrap();
        let project = Arc::clone(&self.project);
        let mut import = Import::new(&self.app, &self.caller, project, vendor_project);
        import.bring(page).await?;
        Ok(import.into_report())
    }

    async fn transcripts(&self) -> Vec<Transcript> {
        let filter = TranscriptFilter::default();
        let page = self
            .app
            .transcripts(&self.caller, filter, Paging::first(100));
        page.await.unwrap().items
    }

    async fn feedback(&self) -> Vec<Feedback> {
        let filter = FeedbackFilter::default();
        let page = self
            .app
            .list_feedback(&self.caller, filter, Paging::first(100));
        page.await.unwrap().items
    }
}

fn report(imported: usize, unchanged: usize) -> ImportReport {
    ImportReport {
        imported,
        unchanged,
        refused: Vec::new(),
    }
}

#[tokio::test]
async fn a_thread_comes_with_its_ids_and_times() {
    let world = World::new().await;
    assert_eq!(world.import(&[thread()]).await, report(1, 0));
    let transcript = world.transcripts().await.remove(0);
    let conversation = &transcript.conversation;
    assert_eq!(conversation.external_id.as_deref(), Some("t"));
    assert_eq!(conversation.created_at.to_string(), "2024-01-01T00:00:00Z");
    let metadata = conversation.metadata.as_deref();
    assert_eq!(metadata, Some(r#"{"plan":"free","outcome":"successful"}"#));
    let names: Vec<_> = transcript
        .messages
        .iter()
        .map(|one| one.external_id.as_deref())
        .collect();
    assert_eq!(names, [Some("melodi:11"), Some("m2")]);
    assert_eq!(
        transcript.messages[1].speaker.as_deref(),
        Some("calculator")
    );
    assert_eq!(
        transcript.messages[1].content.as_deref(),
        Some(r#"{"answer":4}"#)
    );
    let ada = transcript.end_user.unwrap();
    assert_eq!((ada.external_id.as_str(), ada.project), ("ada", None));
    assert_eq!(ada.segments[0].segment.value, "engineering");
}

#[tokio::test]
async fn feedback_comes_with_its_ids_times_and_attributes() {
    let world = World::new().await;
    world.import(&[thread()]).await;
    let feedback = world.feedback().await;
    assert_eq!(feedback.len(), 2);
    let last = &feedback[0];
    assert_eq!(last.external_id.as_deref(), Some("6"));
    assert_eq!(last.judgement.rating, Some(Rating::Positive));
    assert_eq!(last.judgement.comment.as_deref(), Some("good"));
    assert_eq!(last.created_at.to_string(), "2024-01-02T00:00:00Z");
    assert_eq!(last.updated_at.to_string(), "2024-01-03T00:00:00Z");
    assert!(matches!(&last.author, Author::EndUser { external_id, .. } if external_id == "ada"));
    let attributes = world
        .app
        .list_attributes(&world.caller, &world.project)
        .unwrap();
    assert_eq!(attributes[0].options[0].name, "Wonderful");
    assert_eq!(
        last.judgement.attributes[0].option,
        attributes[0].options[0].id
    );
}

#[tokio::test]
async fn importing_again_changes_nothing() {
    let world = World::new().await;
    world.import(&[thread()]).await;
    let before = (world.transcripts().await, world.feedback().await);
    assert_eq!(world.import(&[thread()]).await, report(0, 1));
    assert_eq!((world.transcripts().await, world.feedback().await), before);
}

#[tokio::test]
async fn what_was_changed_here_since_stays() {
    let world = World::new().await;
    world.import(&[thread()]).await;
    let later = ConversationDraft {
        external_id: Some("t".to_owned()),
        metadata: Some(r#"{"plan":"paid"}"#.to_owned()),
        messages: vec![MessageDraft {
            external_id: Some("m2".to_owned()),
            content: Some("five".to_owned()),
            ..MessageDraft::default()
        }],
        ..ConversationDraft::default()
    };
    let drafts = vec![later];
    world
        .app
        .ingest(&world.caller, &world.project, drafts, None)
        .await
        .unwrap();
    let before = world.transcripts().await;
    world.import(&[thread()]).await;
    assert_eq!(world.transcripts().await, before);
}

#[tokio::test]
async fn feedback_that_was_changed_there_is_changed_here() {
    let world = World::new().await;
    world.import(&[thread()]).await;
    let mut changed = thread();
    let feedback = &mut changed["messages"][1]["externalFeedback"][0];
    feedback["feedbackText"] = json!("better");
    feedback["updatedAt"] = json!("2024-02-01T00:00:00.000Z");
    assert_eq!(world.import(&[changed]).await, report(1, 0));
    let found = world.feedback().await;
    let changed = found
        .iter()
        .find(|one| one.external_id.as_deref() == Some("5"));
    assert_eq!(
        changed.unwrap().judgement.comment.as_deref(),
        Some("better")
    );
}

#[tokio::test]
async fn a_thread_that_a_vote_left_is_completed() {
    let world = World::new().await;
    let stub = ConversationDraft {
        external_id: Some("t".to_owned()),
        ..ConversationDraft::default()
    };
    let drafts = vec![stub];
    world
        .app
        .ingest(&world.caller, &world.project, drafts, None)
        .await
        .unwrap();
    world.import(&[thread()]).await;
    let transcript = world.transcripts().await.remove(0);
    assert_eq!(
        transcript.conversation.created_at.to_string(),
        "2024-01-01T00:00:00Z"
    );
    assert_eq!(transcript.messages.len(), 2);
    assert!(transcript.end_user.is_some());
}

#[tokio::test]
async fn a_thread_without_a_name_is_called_by_its_id() {
    let world = World::new().await;
    let mut nameless = thread();
    nameless["externalId"] = Value::Null;
    world.import(std::slice::from_ref(&nameless)).await;
    world.import(&[nameless]).await;
    let by_id = RowRef::External("melodi:1".to_owned());
    let found = world
        .app
        .find_conversation(&world.caller, &by_id)
        .await
        .unwrap();
    assert!(found.is_some());
    assert_eq!(world.transcripts().await.len(), 1);
}

#[tokio::test]
async fn deleted_feedback_stays_behind() {
    let world = World::new().await;
    let mut deleted = thread();
    deleted["messages"][1]["externalFeedback"][0]["isDeleted"] = json!(true);
    assert_eq!(world.import(&[deleted]).await, report(1, 0));
    assert_eq!(world.feedback().await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_taken_is_told_while_the_rest_goes_in() {
    let world = World::new().await;
    let mut bad_time = thread();
    bad_time["createdAt"] = json!("yesterday");
    let mut bad_feedback = thread();
    bad_feedback["id"] = json!(2);
    bad_feedback["messages"][1]["externalFeedback"][0]["feedbackType"] = json!("MEH");
    let report = world
        .import(&[bad_time, json!({"id": 9}), bad_feedback])
        .await;
    assert_eq!((report.imported, report.unchanged), (1, 0));
    let refused: Vec<_> = report
        .refused
        .iter()
        .map(|(id, reason)| (*id, reason.as_str()))
        .collect();
    let words = ["createdAt", "missing field", "feedback 5: feedbackType"];
    assert_eq!(refused.len(), words.len(), "{refused:?}");
    for ((id, (found, reason)), word) in [1, 9, 2].into_iter().zip(refused).zip(words) {
        assert_eq!(found, id);
        assert!(reason.contains(word), "{reason}");
    }
}

#[tokio::test]
async fn threads_of_two_projects_do_not_become_one() {
    let world = World::new().await;
    let mut other = thread();
    other["project"]["id"] = json!(65);
    other["messages"] = json!([]);
    let both = [thread(), other];
    let refused = world.import_of(None, &both).await.unwrap_err();
    assert_eq!(refused.field(), Some("--vendor-project-id"));
    let taken = world.import_of(Some(64), &both).await.unwrap();
    assert_eq!(taken, report(1, 0));
}
