//! Making what votes need in other buckets: people, and conversations of which only the name is known. Repeated words too.
//!
//! Each bucket's are made in a transaction of their own, which looks again while it holds the bucket's row, so that nobody
//! is made twice. It does not wait for the disk: the votes that need the rows are committed after it, and their commit
//! brings all before it to the disk.

use super::arrays::{Parameter, arrays};
use super::entry::{Entry, Named, Prepared};
use super::load;
use super::plan::Missing;
use super::save::Fault;
use super::session::Session;
use crate::clock;
use crate::domain::Timestamp;
use std::collections::BTreeMap;
use tokio_postgres::Statement;
use uuid::Uuid;

/// How it begins.
const fn begin(session: &Session) -> &'static str {
    // Of several machines' logs, that of the votes does not bring the others' to the disk.
    if session.is_spread {
        "BEGIN"
    } else {
        "BEGIN; SET LOCAL synchronous_commit = off"
    }
}

arrays! {
    /// People who are to be made.
    People<'batch> {
        id: Uuid,
        workspace: i64,
        project: Option<i64>,
        key: i64,
        name: &'batch str,
    }
}

arrays! {
    /// Conversations that are to be made.
    Conversations<'batch> {
        id: Uuid,
        project: i64,
        end_user: Option<i64>,
        key: i64,
        name: &'batch str,
    }
}

/// Makes what is missing, unless others did meanwhile.
pub(super) async fn make(
    session: &Session,
    buckets: usize,
    wanted: &[(Missing, &Entry)],
    now: Timestamp,
) -> Result<(), Fault> {
    let now = now.microseconds();
    let mut people: BTreeMap<Named<'_>, i64> = BTreeMap::new();
    let mut labels: Vec<&str> = Vec::new();
    for (missing, entry) in wanted {
        let vote = &entry.vote;
        if let Some(name) = Missing::person(vote).filter(|_| missing.author) {
            people.insert(name, vote.project.workspace);
        }
        if missing.labels {
            labels.extend(load::words(entry));
        }
    }
    make_labels(session, labels).await?;
    for bucket in 0..buckets {
        let number = i16::try_from(bucket).unwrap_or(-1);
        let mut made = People::default();
        for (name, workspace) in &people {
            if name.bucket(buckets) == bucket {
                // The workspace's own people have it, made negative, as their names' scope.
                let project = (name.scope > 0).then_some(name.scope);
                made.push(clock::new_id(), *workspace, project, name.key, name.name);
            }
        }
        let mut parameters = made.after(vec![&number]);
        parameters.push(&now);
        let statement = &session.statements.add_people;
        in_bucket(session, &number, statement, made.id.len(), &parameters).await?;
    }
    make_conversations(session, buckets, wanted, now).await
}

/// Conversations are made with their owners, so those come first.
async fn make_conversations(
    session: &Session,
    buckets: usize,
    wanted: &[(Missing, &Entry)],
    now: i64,
) -> Result<(), Fault> {
    let wanting = wanted.iter().filter(|(missing, _)| missing.conversation);
    let wanting: Vec<&Prepared> = wanting.map(|(_, entry)| &entry.vote).collect();
    if wanting.is_empty() {
        return Ok(());
    }
    let owners = load::people(session, &wanting).await?;
    let mut conversations: BTreeMap<Named<'_>, Option<i64>> = BTreeMap::new();
    for vote in wanting {
        if let Some(name) = vote.conversation() {
            let owner = vote.people().find_map(|name| owners.get(&name));
            // Of several votes for a new conversation, the first says whose it is.
            conversations
                .entry(name)
                .or_insert(owner.map(|owner| owner.row));
        }
    }
    for bucket in 0..buckets {
        let number = i16::try_from(bucket).unwrap_or(-1);
        let mut made = Conversations::default();
        for (name, owner) in &conversations {
            if name.bucket(buckets) == bucket {
                made.push(clock::new_id(), name.scope, *owner, name.key, name.name);
            }
        }
        let mut parameters = made.after(vec![&number]);
        parameters.push(&now);
        let statement = &session.statements.add_conversations;
        in_bucket(session, &number, statement, made.id.len(), &parameters).await?;
    }
    Ok(())
}

/// Runs a statement that makes rows, in a transaction of its own that holds their bucket's row.
async fn in_bucket(
    session: &Session,
    bucket: &i16,
    statement: &Statement,
    count: usize,
    parameters: &[Parameter<'_>],
) -> Result<(), Fault> {
    if count == 0 {
        return Ok(());
    }
    let statements = &session.statements;
    let client = &session.client;
    let more = i64::try_from(count).unwrap_or(i64::MAX);
    let only: [Parameter<'_>; 1] = [bucket];
    let numbers: [Parameter<'_>; 2] = [bucket, &more];
    let done = tokio::join!(
        client.batch_execute(begin(session)),
        client.execute(&statements.lock, &only),
        client.execute(statement, parameters),
        client.execute(&statements.number_more, &numbers),
        client.batch_execute("COMMIT"),
    );
    finish([done.1, done.2, done.3], [done.0, done.4])
}

async fn make_labels(session: &Session, mut labels: Vec<&str>) -> Result<(), Fault> {
    if labels.is_empty() {
        return Ok(());
    }
    labels.sort_unstable();
    labels.dedup();
    let statements = &session.statements;
    let client = &session.client;
    let more = i64::try_from(labels.len()).unwrap_or(i64::MAX);
    let made: [Parameter<'_>; 1] = [&labels];
    let numbers: [Parameter<'_>; 1] = [&more];
    let done = tokio::join!(
        client.batch_execute(begin(session)),
        client.execute(&statements.lock_shared, &[]),
        client.execute(&statements.add_labels, &made),
        client.execute(&statements.number_shared, &numbers),
        client.batch_execute("COMMIT"),
    );
    finish([done.1, done.2, done.3], [done.0, done.4])
}

/// Whether all of a transaction went well; if not, nothing of it is stored.
fn finish(
    statements: [Result<u64, tokio_postgres::Error>; 3],
    ends: [Result<(), tokio_postgres::Error>; 2],
) -> Result<(), Fault> {
    let failed = statements.into_iter().find_map(Result::err);
    match failed.or_else(|| ends.into_iter().find_map(Result::err)) {
        None => Ok(()),
        Some(error) => Err(Fault::Engine(error)),
    }
}
