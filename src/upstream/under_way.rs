//! Tells the layer around a handler that the request is being handed on: it may then take as long as its upstream does.

use std::cell::Cell;

tokio::task_local! {
    static HANDED_ON: Cell<bool>;
}

/// Marks an answer as an upstream's, which nothing is added to.
#[derive(Clone, Copy, Debug)]
pub struct HandedOn;

/// Says that what is being polled hands its request on.
pub(super) fn hands_on() {
    // Nobody looks where no layer is around, as with what the server sends by itself.
    let _ = HANDED_ON.try_with(|noted| noted.set(true));
}

/// Polls a handler, and says whether it began to hand its request on meanwhile.
pub fn noting_handing_on<T>(poll: impl FnOnce() -> T) -> (T, bool) {
    HANDED_ON.sync_scope(Cell::new(false), || {
        let polled = poll();
        (polled, HANDED_ON.with(Cell::get))
    })
}
