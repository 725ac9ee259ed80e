//! How long a vote is sent again.

use crate::world::nobody;
use candor::app::{
    App, AppOptions, KeyDraft, Paging, ProjectDraft, Settlement, UpstreamDraft, VendorCredential,
};
use candor::clock::Clock;
use candor::domain::vote::{
    Absent, Addressee, Ask, Asked, AuthorRef, Command, Identity, Place, Policy, RowRef, TakingBack,
    UnknownAuthor,
};
use candor::domain::{
    ApiKeyId, Caller, DEFAULT_NAME, Dialect, MirrorEntry, MirrorState, Project, Rating, Timestamp,
};
use candor::limits;
use candor::upstream::Passing;
use candor::worker::Mirror;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

const POLICY: Policy = Policy {
    identity: Identity::One,
    absent: Absent::ClearsComment,
    taking_back: TakingBack::Asked,
    unknown_author: UnknownAuthor::Registered,
    only_the_owner: false,
    quiet_microseconds: None,
    may_be_empty: false,
};

fn imported(project: &Project, message: &str) -> Command {
    let addressee = Addressee::Vote {
        place: Place::Message {
            conversation: None,
            message: RowRef::External(message.to_owned()),
        },
        author: AuthorRef::EndUser {
            external_id: "ada".to_owned(),
            of_workspace: false,
        },
        name: DEFAULT_NAME.to_owned(),
    };
    let asked = Asked {
        rating: Ask::Set(Rating::Positive),
        ..Asked::default()
    };
    Command::new(project, Dialect::Native, POLICY, addressee, asked)
}

/// A project that mirrors to a server that is not there.
async fn mirroring(app: &App, operator: &Caller) -> Arc<Project> {
    let nobody = tokio::task::spawn_blocking(nobody).await.unwrap();
    let upstream = UpstreamDraft {
        dialect: Dialect::Dify,
        base_url: format!("http://{nobody}"),
        mirror: true,
        credential: Ask::Set(VendorCredential {
            secret: Some("app-vendor".to_owned()),
            ..VendorCredential::default()
        }),
        webhook_forward_to: None,
    };
    let draft = ProjectDraft {
        name: Some("support".to_owned()),
        upstream: Ask::Set(upstream),
        ..ProjectDraft::default()
    };
    app.create_project(operator, draft, None).await.unwrap().0
}

/// An application with a project that mirrors, and a key of it.
async fn opened(clock: &Clock) -> (Arc<App>, Caller, Arc<Project>, ApiKeyId) {
    let options = AppOptions {
        allow_private_upstreams: true,
        clock: clock.clone(),
        ..AppOptions::in_memory()
    };
    let app = tokio::task::spawn_blocking(|| App::open(options)).await;
    let app = Arc::new(app.unwrap().unwrap());
    let operator = App::operator(app.ensure_workspace().await.unwrap());
    let project = mirroring(&app, &operator).await;
    let draft = KeyDraft {
        scopes: operator.scopes,
        ..KeyDraft::new(Dialect::Native, None)
    };
    let key = app.create_key(&operator, draft, None).await.unwrap().key.id;
    (app, operator, project, key)
}

#[tokio::test]
async fn a_vote_that_does_not_arrive_for_days_is_given_up_and_shown_while_its_project_is_there() {
    let clock = Clock::standing_at(Timestamp::from_microseconds(1_700_000_000_000_000));
    let (app, operator, project, key) = opened(&clock).await;
    let mut vote = imported(&project, "m2");
    vote.key = Some(key);
    // The vendor has what an import brings.
    for command in [imported(&project, "m1"), vote] {
        app.record_feedback(&operator, command, None).await.unwrap();
    }
    let mirror = Mirror::start(Arc::clone(&app), Arc::new(Passing::new(Arc::clone(&app))));
    let found = |state| {
        let (app, project) = (Arc::clone(&app), Arc::clone(&project));
        async move {
            for _ in 0..600 {
                let paging = Paging::first(10);
                let page = app.mirror_entries(&operator, &project, state, paging).await;
                let found: Vec<MirrorEntry> = page.unwrap().items;
                if found.iter().any(|entry| entry.attempts > 0) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Vec::new()
        }
    };
    assert_eq!(found(MirrorState::Waiting).await.len(), 1);
    clock.set(clock.now().plus_microseconds(73 * 3_600_000_000));
    let given_up = found(MirrorState::GivenUp).await;
    assert_eq!(given_up.len(), 1);
    assert_eq!(given_up[0].next_try_at, None);
    // Nobody is to look after what was meant for the vendor of a project that is gone.
    assert_eq!(app.all_mirror_counts().await.unwrap().given_up, 1);
    app.delete_project(&operator, &project).await.unwrap();
    assert_eq!(app.all_mirror_counts().await.unwrap().given_up, 0);
    mirror.stop().await;
    app.close().await.unwrap();
}

#[tokio::test]
async fn votes_beyond_what_one_transaction_changes_are_all_sent_again_or_forgotten() {
    let (app, operator, project, key) = opened(&Clock::default()).await;
    let number = limits::MIRROR_JOBS_AT_ONCE + 10;
    let names: Vec<_> = (0..number).map(|number| format!("m{number}")).collect();
    for some in names.chunks(200) {
        let votes = some.iter().map(|name| {
            let mut vote = imported(&project, name);
            vote.key = Some(key);
            app.record_feedback(&operator, vote, None)
        });
        assert!(join_all(votes).await.iter().all(Result::is_ok));
    }
    let due = app.due_mirror_tasks(&project, Vec::new(), number + 1);
    let due = due.await.unwrap();
    assert_eq!(due.len(), number);
    for some in due.chunks(200) {
        let refused = Settlement::Refused {
            status: 401,
            reason: String::new(),
        };
        let settled = some
            .iter()
            .map(|task| app.settle_mirror_task(task.job.place, refused.clone()));
        assert!(join_all(settled).await.iter().all(Result::is_ok));
    }
    let waiting = || async { app.all_mirror_counts().await.unwrap().waiting };
    assert_eq!(waiting().await, 0);
    let number = number as u64;
    assert_eq!(app.retry_mirror(&operator, &project).await.unwrap(), number);
    assert_eq!(waiting().await, number);
    let dropped = app.drop_mirror(&operator, &project, None).await.unwrap();
    assert_eq!((dropped, waiting().await), (number, 0));
    app.close().await.unwrap();
}
