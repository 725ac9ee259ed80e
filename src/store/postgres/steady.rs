//! One state of the data, for what reads all of it beside servers that go on.

use super::connect::{Connector, Purpose};
use super::{runtime, unreadable};
use crate::error::Result;
use crate::store::sql::postgres::Session;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Holds all who write, as the general writer does.
const HOLD: &str =
    "BEGIN; SELECT FROM shared_rows FOR UPDATE; UPDATE buckets SET last_row = last_row";

/// Has every machine of Citus take its picture, over one connection each, which stays.
const SEE: &str =
    "SET LOCAL citus.max_adaptive_executor_pool_size = 1; SELECT count(*) FROM buckets";

/// Begins a transaction that sees one state and writes nothing.
///
/// Machines of Citus take their pictures one after the other, so nobody writes for that moment.
pub(in crate::store) fn begin(session: &Session, connector: &Connector) -> Result<()> {
    if !session.is_spread() {
        return session
            .execute_batch(BEGIN)
            .map_err(|error| unreadable(&error));
    }
    let runtime = runtime()?;
    let (client, _) = runtime.block_on(connector.connect(Purpose::Writing))?;
    let holder = Session::own(client, runtime, true);
    let seen = holder
        .execute_batch(HOLD)
        .and_then(|()| session.execute_batch(BEGIN))
        .and_then(|()| session.execute_batch(SEE));
    // What it held goes with its connection too.
    let released = holder.execute_batch("ROLLBACK");
    seen.and(released).map_err(|error| unreadable(&error))
}
