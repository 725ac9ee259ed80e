//! Candor: one self-hosted server for the feedback that people give on AI messages.
//!
//! | room | what is in it |
//! |---|---|
//! | [`domain`] | the nouns and the rules of a vote; pure |
//! | [`store`] | the only SQL; one writer that commits many at once |
//! | [`app`] | the verbs, a file a use case |
//! | [`dialects`] | the interfaces by which feedback comes in, a folder a vendor |
//! | [`upstream`] | handing requests on to the vendors' servers behind projects, and learning from what passes |
//! | [`worker`] | what the server does on its own: sending votes to vendors |
//! | [`http`] | the listener, the layers that every request passes, health and metrics |
//! | [`ui`] | the dashboard, built from `ui/` and embedded |
//! | [`cli`] | the command line, a file a subcommand |
//! | [`config`] | every setting: defaults, file, environment, flags |
//! | [`error`], [`limits`], [`clock`] | ten kinds of failure; every bound; the only reader of time and randomness |

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod dialects;
pub mod domain;
pub mod error;
pub mod http;
pub mod limits;
pub mod store;
pub mod ui;
pub mod upstream;
pub mod worker;
