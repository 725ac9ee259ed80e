//! Bodies on their way: passed on frame by frame as they come, and watched.

use super::copies::{Copies, Side};
use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What is known of a request that is being handed on, while it is.
#[derive(Debug)]
pub(super) struct Watch {
    began: Instant,
    /// When something of the request's body last went on, in milliseconds since `began`.
    progress: AtomicU64,
    /// Whether the client broke off or fell silent in the middle of its request.
    client_left: AtomicBool,
    /// None where nothing is learnt.
    copies: Option<Mutex<Copies>>,
}

/// Who is told what passes in a body.
pub(super) trait Witness {
    /// A part is about to go on.
    fn passes(&mut self, part: &Bytes);
    /// The end was reached. May be told twice.
    fn ends(&mut self);
    /// It broke off, or was silent for too long.
    fn breaks_off(&mut self);
}

pin_project! {
    /// A body on its way. Nothing of it is changed or held back.
    pub(super) struct Streamed<B, W> {
        #[pin]
        body: B,
        witness: W,
        // Looked at while nothing comes, and set anew only when it rings: not with every frame.
        #[pin]
        alarm: Sleep,
        // Since when it is waited for more; who does not ask for more does not wait.
        since: Option<Instant>,
        patience: Duration,
        says_length: bool,
    }
}

impl Watch {
    pub(super) fn new(copies: Option<Copies>) -> Self {
        Self {
            began: Instant::now(),
            progress: AtomicU64::new(0),
            client_left: AtomicBool::new(false),
            copies: copies.map(Mutex::new),
        }
    }

    /// Notes that a part of the request goes on.
    pub(super) fn progressed(&self) {
        let since = self.began.elapsed().as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.progress.store(since, Ordering::Relaxed);
    }

    /// When something of the request last went on.
    pub(super) fn last_progress(&self) -> Instant {
        self.began + Duration::from_millis(self.progress.load(Ordering::Relaxed))
    }

    pub(super) fn note_that_client_left(&self) {
        self.client_left.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_client_left(&self) -> bool {
        self.client_left.load(Ordering::Relaxed)
    }

    /// Copies a part, if anything is to be learnt.
    pub(super) fn note(&self, side: Side, part: &[u8]) {
        if let Some(copies) = &self.copies {
            copies
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .note(side, part);
        }
    }

    /// The copies, in exchange for others.
    pub(super) fn replace_copies(&self, others: Copies) -> Option<Copies> {
        let copies = self.copies.as_ref()?;
        let mut copies = copies.lock().unwrap_or_else(PoisonError::into_inner);
        Some(std::mem::replace(&mut *copies, others))
    }
}

impl<B, W> Streamed<B, W> {
    pub(super) fn new(body: B, witness: W, patience: Duration) -> Self {
        Self {
            body,
            witness,
            alarm: tokio::time::sleep(patience),
            since: None,
            patience,
            says_length: true,
        }
    }

    /// The same, whose length nobody is told before its end.
    #[must_use]
    pub(super) fn of_unsaid_length(self) -> Self {
        Self {
            says_length: false,
            ..self
        }
    }
}

impl<B, W> Body for Streamed<B, W>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
    W: Witness,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let frame = match this.body.as_mut().poll_frame(context) {
            Poll::Ready(frame) => frame,
            Poll::Pending => loop {
                let since = *this.since.get_or_insert_with(Instant::now);
                ready!(this.alarm.as_mut().poll(context));
                let deadline = since + *this.patience;
                if deadline <= Instant::now() {
                    this.witness.breaks_off();
                    return Poll::Ready(Some(Err("nothing came for too long".into())));
                }
                this.alarm.as_mut().reset(deadline);
            },
        };
        *this.since = None;
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                if let Some(part) = frame.data_ref() {
                    this.witness.passes(part);
                }
                // Who reads a body of known length does not ask for more than that.
                if this.body.is_end_stream() {
                    this.witness.ends();
                }
                Some(Ok(frame))
            }
            Some(Err(error)) => {
                this.witness.breaks_off();
                Some(Err(error.into()))
            }
            None => {
                this.witness.ends();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.says_length {
            self.body.size_hint()
        } else {
            SizeHint::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt as _, StreamExt as _};
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    #[derive(Clone, Default)]
    struct Counts(Arc<[AtomicUsize; 3]>);

    impl Counts {
        fn now(&self) -> [usize; 3] {
            [0, 1, 2].map(|place| self.0[place].load(Ordering::Relaxed))
        }
    }

    impl Witness for Counts {
        fn passes(&mut self, part: &Bytes) {
            self.0[0].fetch_add(part.len(), Ordering::Relaxed);
        }

        fn ends(&mut self) {
            self.0[1].store(1, Ordering::Relaxed);
        }

        fn breaks_off(&mut self) {
            self.0[2].store(1, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn the_end_is_told_with_the_last_part() {
        let counts = Counts::default();
        let patience = Duration::from_mins(1);
        let mut body = Box::pin(Streamed::new(Full::from("word"), counts.clone(), patience));
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "word");
        assert_eq!(counts.now(), [4, 1, 0]);
    }

    #[tokio::test]
    async fn a_body_that_is_silent_for_too_long_breaks_off() {
        let counts = Counts::default();
        let silent = StreamBody::new(futures_util::stream::pending::<
            Result<Frame<Bytes>, BoxError>,
        >());
        let mut body = Box::pin(Streamed::new(
            silent,
            counts.clone(),
            Duration::from_millis(20),
        ));
        assert!(body.frame().await.unwrap().is_err());
        assert_eq!(counts.now(), [0, 0, 1]);
    }

    #[tokio::test]
    async fn time_in_which_nobody_asked_for_more_does_not_count() {
        let first =
            futures_util::stream::iter([Ok::<_, BoxError>(Frame::data(Bytes::from("word")))]);
        let body = StreamBody::new(first.chain(futures_util::stream::pending()));
        let patience = Duration::from_millis(50);
        let mut body = Box::pin(Streamed::new(body, Counts::default(), patience));
        body.frame().await.unwrap().unwrap();
        tokio::time::sleep(2 * patience).await;
        assert!(body.frame().now_or_never().is_none());
    }
}
