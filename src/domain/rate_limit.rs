//! How many requests are taken.

/// How many requests are taken of one key, or for one project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct RateLimit {
    /// How many a second, in the long run; zero takes any number.
    pub per_second: u32,
    /// How many at once after a quiet time; zero where any number is taken.
    pub burst: u32,
}

impl RateLimit {
    /// So many a second, and so many at once; as many at once as a second if that is not said, or zero.
    pub fn new(per_second: u32, burst: Option<u32>) -> Self {
        let said = burst.filter(|burst| *burst > 0 && per_second > 0);
        Self {
            per_second,
            burst: said.unwrap_or(per_second),
        }
    }
}
