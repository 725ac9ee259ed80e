//! What AWS's documentation and AWS's answers disagree about, and the operator decides.

use std::time::Duration;

/// The settings of this dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How far a client's clock may be off. Documentation says fifteen minutes; what services answer says five.
    pub clock_window: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock_window: Duration::from_mins(5),
        }
    }
}
