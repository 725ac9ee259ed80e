//! Accounts, sessions, links and the log of who changed what, on either engine.

use crate::world::{START, World, entry};
use candor::clock;
use candor::domain::{
    Account, AccountId, AccountRole, AuditAction, Invite, InviteId, InviteKind, SessionId,
    Timestamp,
};
use candor::error::ErrorKind;
use candor::store::{Acceptance, AuditFilter, NewInvite, NewSession, Paging};

const LATER: Timestamp = START.plus_microseconds(1_000_000);

fn account(world: &World, email: &str) -> Account {
    Account {
        id: AccountId(clock::new_id()),
        workspace: world.workspace,
        email: email.to_owned(),
        name: email.to_owned(),
        role: AccountRole::Editor,
        projects: Some(vec![world.project]),
        created_at: START,
        disabled_at: None,
    }
}

async fn added(world: &World, email: &str) -> Account {
    let account = account(world, email);
    let entry = entry(world.workspace, AuditAction::AccountCreate);
    let saved = world
        .store
        .add_account(account.clone(), "hash".to_owned(), entry);
    saved.await.unwrap();
    account
}

fn session(account: &Account, token: u8) -> NewSession {
    NewSession {
        id: SessionId(clock::new_id()),
        account: account.id,
        token_sha256: [token; 32],
        at: START,
        expires_at: LATER,
    }
}

fn invite(world: &World, kind: InviteKind, account: Option<&Account>, token: u8) -> NewInvite {
    NewInvite {
        invite: Invite {
            id: InviteId(clock::new_id()),
            workspace: world.workspace,
            kind,
            role: AccountRole::Viewer,
            projects: Some(vec![world.project]),
            email: Some("é@example.com".to_owned()),
            account: account.map(|account| account.id),
            created_at: START,
            expires_at: LATER,
        },
        token_sha256: [token; 32],
    }
}

async fn log(world: &World) -> Vec<AuditAction> {
    let filter = AuditFilter {
        workspace: world.workspace,
        project: None,
        account: None,
        action: None,
        since: None,
        until: None,
    };
    let page = world.store.audit_log(filter, Paging::first(100)).await;
    page.unwrap()
        .items
        .iter()
        .map(|entry| entry.action)
        .collect()
}

#[tokio::test]
async fn an_account_is_read_as_it_was_written() {
    let world = World::in_memory().await;
    let mut account = added(&world, "Zoë@example.com").await;
    assert_eq!(
        world.store.directory().await.unwrap().accounts,
        [account.clone()]
    );
    account.role = AccountRole::Viewer;
    account.projects = None;
    account.disabled_at = Some(LATER);
    let entry = entry(world.workspace, AuditAction::AccountChange);
    world
        .store
        .change_account(account.clone(), entry)
        .await
        .unwrap();
    assert_eq!(world.store.directory().await.unwrap().accounts, [account]);
}

#[tokio::test]
async fn what_is_not_stored_is_not_in_the_log() {
    let world = World::in_memory().await;
    added(&world, "ada@example.com").await;
    let before = log(&world).await;
    let twin = account(&world, "ADA@example.com");
    let made = entry(world.workspace, AuditAction::AccountCreate);
    let refused = world.store.add_account(twin, "hash".to_owned(), made).await;
    assert!(refused.is_err());
    assert_eq!(log(&world).await, before);
}

#[tokio::test]
async fn a_session_begins_only_under_the_password_that_is_stored() {
    let world = World::in_memory().await;
    let account = added(&world, "ada@example.com").await;
    let begin = async |token, hash: &str| {
        let begun = world
            .store
            .begin_session(session(&account, token), hash.to_owned());
        begun.await.unwrap()
    };
    assert!(!begin(1, "another hash").await);
    assert!(begin(2, "hash").await);
    assert!(world.store.session([1; 32], START).await.unwrap().is_none());
    let found = world.store.session([2; 32], START).await.unwrap().unwrap();
    assert_eq!(
        (found.account, found.role, found.limited),
        (account.id, AccountRole::Editor, true)
    );
    assert!(world.store.session([2; 32], LATER).await.unwrap().is_none());
}

#[tokio::test]
async fn another_password_ends_all_sessions_but_one_and_all_links() {
    let world = World::in_memory().await;
    let account = added(&world, "ada@example.com").await;
    let other = added(&world, "eve@example.com").await;
    let kept = session(&account, 1);
    let but = Some(kept.id);
    for begun in [kept, session(&account, 2), session(&other, 3)] {
        assert!(
            world
                .store
                .begin_session(begun, "hash".to_owned())
                .await
                .unwrap()
        );
    }
    let link = invite(&world, InviteKind::Password, Some(&account), 9);
    world.store.save_invite(link, None).await.unwrap();
    let changed = entry(world.workspace, AuditAction::AccountPassword);
    let saved = world
        .store
        .change_password(account.id, "new".to_owned(), but, changed);
    saved.await.unwrap();
    let mut stands = Vec::new();
    for token in 1..=3 {
        stands.push(
            world
                .store
                .session([token; 32], START)
                .await
                .unwrap()
                .is_some(),
        );
    }
    assert_eq!(stands, [true, false, true]);
    assert!(
        world
            .store
            .invite_of([9; 32], START)
            .await
            .unwrap()
            .is_none()
    );
    let known = world.store.account_with_password(account.id).await.unwrap();
    assert_eq!(known.unwrap().password, "new");
}

#[tokio::test]
async fn a_link_is_read_as_it_was_written_and_used_once() {
    let world = World::in_memory().await;
    let link = invite(&world, InviteKind::Account, None, 1);
    let made = entry(world.workspace, AuditAction::InviteCreate);
    world
        .store
        .save_invite(link.clone(), Some(made))
        .await
        .unwrap();
    let listed = world.store.invites(world.workspace, START).await.unwrap();
    assert_eq!(listed, [link.invite.clone()]);
    assert_eq!(
        world.store.invite_of([1; 32], START).await.unwrap(),
        Some(link.invite.clone())
    );
    assert_eq!(world.store.invite_of([1; 32], LATER).await.unwrap(), None);
    let accept = async |email: &str, token| {
        let account = account(&world, email);
        let session = session(&account, token);
        let made = entry(world.workspace, AuditAction::AccountCreate);
        let what = Acceptance::Account(account);
        let accepted =
            world
                .store
                .accept_invite(link.invite.id, what, "hash".to_owned(), session, made);
        accepted.await
    };
    accept("ada@example.com", 5).await.unwrap();
    let refused = accept("eve@example.com", 6).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotFound);
    assert!(world.store.session([5; 32], START).await.unwrap().is_some());
    assert!(world.store.session([6; 32], START).await.unwrap().is_none());
    assert_eq!(world.store.directory().await.unwrap().accounts.len(), 1);
}

#[tokio::test]
async fn a_first_link_takes_the_place_of_the_one_before() {
    let world = World::in_memory().await;
    for token in [1, 2] {
        let link = invite(&world, InviteKind::First, None, token);
        world.store.save_invite(link, None).await.unwrap();
    }
    assert!(
        world
            .store
            .invite_of([1; 32], START)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .store
            .invite_of([2; 32], START)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn the_log_goes_page_by_page_from_the_latest() {
    let world = World::in_memory().await;
    let actions = [
        AuditAction::KeyCreate,
        AuditAction::KeyChange,
        AuditAction::KeyRevoke,
    ];
    for (number, action) in actions.into_iter().enumerate() {
        let mut told = entry(world.workspace, action);
        told.at = LATER.plus_microseconds(i64::try_from(number).unwrap());
        told.project = Some(world.project);
        told.actor.name = Some("Zoë".to_owned());
        told.detail = r#"{"name":{"before":null,"after":"é"}}"#.to_owned();
        world.store.note(vec![told]).await.unwrap();
    }
    let filter = AuditFilter {
        workspace: world.workspace,
        project: Some(world.project),
        account: None,
        action: None,
        since: Some(LATER),
        until: None,
    };
    let mut found = Vec::new();
    let mut paging = Paging::first(2);
    loop {
        let page = world.store.audit_log(filter, paging).await.unwrap();
        assert!(
            page.items
                .iter()
                .all(|entry| entry.actor.name.as_deref() == Some("Zoë"))
        );
        found.extend(page.items.iter().map(|entry| entry.action));
        match page.next {
            Some(next) => paging.after = Some(next),
            None => break,
        }
    }
    assert_eq!(
        found,
        [
            AuditAction::KeyRevoke,
            AuditAction::KeyChange,
            AuditAction::KeyCreate
        ]
    );
}
