//! Melodi's dialect.

mod attributes;
mod cases;
mod changes;
mod feedback;
mod fixture;
mod keys;
mod log;
mod people;
mod projects;
mod targets;
