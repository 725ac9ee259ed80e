//! Candor: one self-hosted server for the feedback that people give on AI messages.
//!
//! | room | what is in it |
//! |---|---|
//! | [`domain`] | the nouns and the rules of a vote; pure |
//! | [`store`] | the only SQL; one writer that commits many at once |
//! | [`app`] | the verbs, a file a use case |
//! | [`error`], [`limits`], [`clock`] | ten kinds of failure; every bound; the only reader of time and randomness |

pub mod app;
pub mod clock;
pub mod dialects;
pub mod domain;
pub mod error;
pub mod http;
pub mod limits;
pub mod store;
