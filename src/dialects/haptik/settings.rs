//! What Haptik's documentation leaves open or says in two ways, and the operator decides.

/// The settings of this dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The status of a feedback that comes too soon after another: no documentation states it.
    pub duplicate_status: u16,
    /// What a feedback of somebody unregistered is told: the documentation has had two texts.
    pub unregistered_message: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            duplicate_status: 400,
            unregistered_message: "user is not registered".to_owned(),
        }
    }
}
