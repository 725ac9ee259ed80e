//! How many requests are taken, as options of a command and as a cell of a table.

use super::table::field;
use crate::domain::RateLimit;
use clap::Args;
use serde_json::{Value, json};

/// How many requests are to be taken.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Rate {
    /// How many a second, in the long run; 0 for any number.
    #[arg(long, value_name = "N", required_unless_present = "usual")]
    per_second: Option<u32>,
    /// How many at once after a quiet time; else as many as a second.
    #[arg(long, value_name = "N", requires = "per_second")]
    burst: Option<u32>,
    /// As many as the server's settings say.
    #[arg(long, conflicts_with = "per_second")]
    usual: bool,
}

impl Rate {
    /// None leaves it to the server's settings.
    pub(super) fn limit(self) -> Option<RateLimit> {
        self.per_second
            .map(|per_second| RateLimit::new(per_second, self.burst))
    }

    /// What is asked of a server.
    pub(super) fn body(self) -> Value {
        let limit = self
            .limit()
            .map(|limit| json!({ "per_second": limit.per_second, "burst": limit.burst }));
        json!({ "rate_limit": limit })
    }
}

/// How many requests are taken of a key or for a project, for people.
pub(super) fn shown(item: &Value) -> String {
    let limit = &item["rate_limit"];
    match limit["per_second"].as_u64() {
        None => "usual".to_owned(),
        Some(0) => "any".to_owned(),
        Some(per_second) => format!("{per_second}/s, {} at once", field(limit, "/burst")),
    }
}
