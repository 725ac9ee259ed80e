//! Melodi's dialect.

mod attributes;
mod cases;
mod changes;
mod feedback;
mod fixture;
mod import;
mod keys;
mod log;
mod people;
mod projects;
mod targets;
mod thread_filters;
mod threads;
mod topics;
mod upstream;
