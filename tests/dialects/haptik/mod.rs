//! Haptik.

mod cases;
mod conversations;
mod feedback;
mod people;
mod refusals;
mod upstream;
mod webhook;
mod window;
mod world;
