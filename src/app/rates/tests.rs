//! What is counted, for whom, and until when.

use super::*;
use crate::app::{AppOptions, Credential, KeyDraft, ProjectDraft};
use crate::domain::vote::Ask;
use crate::domain::{Caller, Dialect, Opens};
use crate::error::ErrorKind;

/// One request an hour would be best, but a second is the unit: so many are taken that no test waits for the next one.
const THREE: RateLimit = RateLimit {
    per_second: 1,
    burst: 3,
};

struct World {
    app: App,
    operator: Caller,
}

impl World {
    async fn new(usual_rates: UsualRates) -> Self {
        let app = App::open(AppOptions {
            usual_rates,
            ..AppOptions::in_memory()
        });
        let app = app.unwrap();
        let operator = App::operator(app.ensure_workspace().await.unwrap());
        Self { app, operator }
    }

    async fn project(&self, name: &str) -> Arc<Project> {
        let draft = ProjectDraft {
            name: Some(name.to_owned()),
            ..ProjectDraft::default()
        };
        let made = self.app.create_project(&self.operator, draft, None).await;
        made.unwrap().0
    }

    /// A key's id and secret.
    async fn key(&self, project: Option<ProjectId>) -> (ApiKeyId, String) {
        let draft = KeyDraft::new(Dialect::Native, project);
        let issued = self.app.create_key(&self.operator, draft, None).await;
        let issued = issued.unwrap();
        (issued.key.id, issued.secret)
    }

    async fn limit_project(&self, project: &Project, limit: Ask<RateLimit>) {
        let draft = ProjectDraft {
            rate_limit: limit,
            ..ProjectDraft::default()
        };
        let changed = self
            .app
            .change_project(&self.operator, project, draft)
            .await;
        changed.unwrap();
    }

    /// One request with this key. What it needs of its handler is that it authenticates twice: that counts once.
    fn request(&self, secret: &str) -> Result<()> {
        let credential = Credential {
            dialect: Dialect::Native,
            secret,
        };
        counting(&mut CountedFor::default(), || {
            self.app.authenticate(credential)?;
            self.app.authenticate(credential).map(|_| ())
        })
    }

    /// How many of ten requests are taken.
    fn taken(&self, secret: &str) -> usize {
        (0..10).filter(|_| self.request(secret).is_ok()).count()
    }
}

#[tokio::test]
async fn any_number_is_taken_unless_somebody_says_otherwise() {
    let world = World::new(UsualRates::default()).await;
    let (_, secret) = world.key(None).await;
    assert_eq!(world.taken(&secret), 10);
}

#[tokio::test]
async fn a_key_has_what_the_settings_say_and_no_other_keys_part() {
    let usual = UsualRates {
        key: THREE,
        ..UsualRates::default()
    };
    let world = World::new(usual).await;
    let [(_, one), (_, other)] = [world.key(None).await, world.key(None).await];
    assert_eq!(world.taken(&one), 3);
    assert_eq!(world.taken(&other), 3);
    let refused = world.request(&one).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Busy);
    assert!(refused.wait().unwrap() <= Duration::from_secs(1));
}

#[tokio::test]
async fn the_keys_of_a_project_share_its_part() {
    let world = World::new(UsualRates::default()).await;
    let project = world.project("support").await;
    let [(_, one), (_, other)] = [
        world.key(Some(project.id)).await,
        world.key(Some(project.id)).await,
    ];
    let (_, elsewhere) = world.key(None).await;
    world.limit_project(&project, Ask::Set(THREE)).await;
    assert_eq!(world.taken(&one) + world.taken(&other), 3);
    assert_eq!(world.taken(&elsewhere), 10);
}

#[tokio::test]
async fn a_key_of_several_projects_counts_where_it_writes_and_once_a_request() {
    let world = World::new(UsualRates::default()).await;
    let project = world.project("support").await;
    world.limit_project(&project, Ask::Set(THREE)).await;
    let write = || {
        counting(&mut CountedFor::default(), || {
            world.app.count_request_for(project.id)?;
            world.app.count_request_for(project.id)
        })
    };
    assert_eq!((0..10).filter(|_| write().is_ok()).count(), 3);
}

#[tokio::test]
async fn what_the_server_does_on_its_own_is_no_request() {
    let world = World::new(UsualRates::default()).await;
    let project = world.project("support").await;
    world.limit_project(&project, Ask::Set(THREE)).await;
    for _ in 0..10 {
        world.app.count_request_for(project.id).unwrap();
    }
}

#[tokio::test]
async fn a_limit_changes_at_once_and_other_changes_give_nothing_back() {
    let world = World::new(UsualRates::default()).await;
    let (id, secret) = world.key(None).await;
    let limit = async |limit| {
        let limited = world.app.limit_key(&world.operator, id, limit).await;
        limited.unwrap();
    };
    limit(Some(THREE)).await;
    assert_eq!(world.taken(&secret), 3);
    world.project("another").await;
    assert!(world.taken(&secret) <= 1);
    limit(None).await;
    assert_eq!(world.taken(&secret), 10);
}

#[tokio::test]
async fn nothing_is_kept_of_revoked_keys_and_deleted_projects() {
    let usual = UsualRates {
        key: THREE,
        project: THREE,
    };
    let world = World::new(usual).await;
    let project = world.project("support").await;
    let (id, _) = world.key(Some(project.id)).await;
    let kept = || {
        let directory = world.app.directory();
        let rates = directory.rates();
        (rates.keys.len(), rates.projects.len())
    };
    assert_eq!(kept(), (1, 1));
    world.app.revoke_key(&world.operator, id).await.unwrap();
    let deleted = world.app.delete_project(&world.operator, &project).await;
    deleted.unwrap();
    assert_eq!(kept(), (0, 0));
}

#[tokio::test]
async fn only_the_workspace_may_say_how_much_a_project_or_key_may_ask() {
    let world = World::new(UsualRates::default()).await;
    let project = world.project("support").await;
    let (id, _) = world.key(Some(project.id)).await;
    let its_own = Caller {
        opens: Opens::Project(project.id),
        ..world.operator
    };
    let draft = ProjectDraft {
        rate_limit: Ask::Set(THREE),
        ..ProjectDraft::default()
    };
    let changed = world.app.change_project(&its_own, &project, draft).await;
    assert_eq!(changed.unwrap_err().kind(), ErrorKind::Forbidden);
    let limited = world.app.limit_key(&its_own, id, Some(THREE)).await;
    assert_eq!(limited.unwrap_err().kind(), ErrorKind::Forbidden);
}
