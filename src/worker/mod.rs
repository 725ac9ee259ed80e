//! What the server does on its own: jobs that wait in the store.

mod mirror;

pub use mirror::Mirror;
