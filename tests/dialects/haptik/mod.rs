//! Haptik.

mod cases;
mod conversations;
mod feedback;
mod people;
mod refusals;
mod window;
mod world;
