//! The interfaces by which feedback comes in.

use std::fmt;
use std::str::FromStr;

/// An interface: whose paths a request came by, which kind of key opens it, and the `channel` that a feedback keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Candor's own API.
    Native,
    /// Dify's service API.
    Dify,
    /// Wonderchat's API.
    Wonderchat,
    /// Melodi's external API.
    Melodi,
    /// Amazon Q Business.
    AmazonQ,
    /// Haptik's channel API.
    Haptik,
}

/// No dialect has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDialect(pub String);

impl Dialect {
    /// Every dialect, in the order of their stored codes.
    pub const ALL: [Self; 6] = [
        Self::Native,
        Self::Dify,
        Self::Wonderchat,
        Self::Melodi,
        Self::AmazonQ,
        Self::Haptik,
    ];

    /// The name in files, options and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Dify => "dify",
            Self::Wonderchat => "wonderchat",
            Self::Melodi => "melodi",
            Self::AmazonQ => "amazon_q",
            Self::Haptik => "haptik",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.name() == name)
            .ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}

impl fmt::Display for UnknownDialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\" is none of ", self.0)?;
        for (place, dialect) in Dialect::ALL.iter().enumerate() {
            write!(formatter, "{}{dialect}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownDialect {}
