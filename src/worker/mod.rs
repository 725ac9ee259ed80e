//! What the server does on its own: jobs that wait in the store.

mod directory;
mod mirror;

pub use directory::follow_directory;
pub use mirror::Mirror;
