//! How many requests are taken.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many requests are taken: those beyond are refused with 429, and `Retry-After` says when there is room again.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"per_second": 50, "burst": 200})))]
pub(crate) struct RateLimit {
    /// How many a second, in the long run; 0 for any number.
    #[schema(maximum = 1_000_000)]
    pub(crate) per_second: u32,
    /// How many at once after a quiet time; as many as a second, if this is absent or 0.
    #[serde(default)]
    #[schema(maximum = 1_000_000)]
    pub(crate) burst: Option<u32>,
}
