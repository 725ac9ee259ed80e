//! Serving: the listener, the layers that every request passes, health and metrics.
