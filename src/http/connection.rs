//! One connection: what it is doing, and when that has taken too long.

use super::refused_head::Beginning;
use crate::limits;
use hyper::body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::io::{ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a connection may do what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Send the head of a request.
    pub(super) head: Duration,
    /// Do nothing.
    pub(super) idle: Duration,
}

/// What a connection is doing.
///
/// The bounds on a request's body and on the making of an answer are held where that is done; this holds the ones between
/// requests, and the one on clients that do not take their answers. One timer a connection, looked at every few seconds,
/// and not one a request.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    /// Requests whose answers have not begun.
    handling: AtomicU32,
    /// Answers that are being given.
    answers: AtomicU32,
    /// Those of them that wait for what we have not yet, such as an upstream's next word; the others wait for the client.
    awaiting_us: AtomicU32,
    /// Whether there ever was a request.
    asked: AtomicBool,
    /// HTTP/2 sends frames that are no requests, so that its first byte after an answer tells nothing.
    frames: AtomicBool,
    /// When the head began that is now arriving, in milliseconds since `opened`, and one; 0 if none is.
    head: AtomicU64,
    /// When something last went on: a request began or ended, a part of an answer went out.
    last: AtomicU64,
    /// Tells the connection that others need its place.
    room: Notify,
}

/// What is to be done with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing; look again then.
    LookAgain(Instant),
    /// It does nothing: end it as its protocol says.
    End,
    /// It takes too long: cut it off.
    Cut,
}

/// A request whose answer has not begun.
#[derive(Debug)]
pub(super) struct Handling(Arc<Activity>);

pin_project! {
    /// The body of an answer, which notes who is waiting for whom.
    #[derive(Debug)]
    pub(super) struct Answer<B> {
        #[pin]
        body: B,
        giving: Giving,
    }
}

/// An answer that is being given.
#[derive(Debug)]
struct Giving {
    activity: Arc<Activity>,
    awaits_us: bool,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            handling: AtomicU32::new(0),
            answers: AtomicU32::new(0),
            awaiting_us: AtomicU32::new(0),
            asked: AtomicBool::new(false),
            frames: AtomicBool::new(false),
            head: AtomicU64::new(0),
            last: AtomicU64::new(0),
            room: Notify::new(),
        }
    }

    /// A request's head is here.
    pub(super) fn begin(self: &Arc<Self>, version: hyper::Version) -> Handling {
        self.handling.fetch_add(1, Ordering::Relaxed);
        self.head.store(0, Ordering::Relaxed);
        if !self.asked.swap(true, Ordering::Relaxed) {
            self.frames
                .store(version == hyper::Version::HTTP_2, Ordering::Relaxed);
        }
        Handling(Arc::clone(self))
    }

    /// Whether the connection may go on.
    pub(super) fn verdict(&self, now: Instant, patience: Patience) -> Verdict {
        if self.handling.load(Ordering::Relaxed) > 0 || self.awaiting_us.load(Ordering::Relaxed) > 0
        {
            return Verdict::LookAgain(now + patience.head);
        }
        let head = self.head.load(Ordering::Relaxed);
        let (deadline, late) = if !self.asked.load(Ordering::Relaxed) {
            (self.opened + patience.head, Verdict::Cut)
        } else if head > 0 && !self.frames.load(Ordering::Relaxed) {
            (self.time(head - 1) + patience.head, Verdict::Cut)
        } else {
            (
                self.time(self.last.load(Ordering::Relaxed)) + patience.idle,
                Verdict::End,
            )
        };
        if deadline <= now {
            late
        } else {
            // A head may begin at any time, and then has less time than an idle connection.
            Verdict::LookAgain(deadline.min(now + patience.head))
        }
    }

    /// Whether the connection has had nothing to do for [`limits::CROWDED_IDLE_TIME`].
    pub(super) fn does_nothing(&self, now: Instant) -> bool {
        let busy = self.handling.load(Ordering::Relaxed) > 0
            || self.answers.load(Ordering::Relaxed) > 0
            || self.head.load(Ordering::Relaxed) > 0 && !self.frames.load(Ordering::Relaxed);
        let last = self.time(self.last.load(Ordering::Relaxed));
        !busy && last + limits::CROWDED_IDLE_TIME <= now
    }

    /// Asks the connection to end if it still does nothing when it hears this.
    pub(super) fn make_room(&self) {
        self.room.notify_one();
    }

    /// Waits until somebody asks for that.
    pub(super) async fn room_is_needed(&self) {
        self.room.notified().await;
    }

    fn time(&self, milliseconds: u64) -> Instant {
        self.opened + Duration::from_millis(milliseconds)
    }

    fn milliseconds(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.opened);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// Something arrived. Returns whether a head begins with it.
    fn received(&self, now: Instant) -> bool {
        let between =
            self.handling.load(Ordering::Relaxed) == 0 && self.answers.load(Ordering::Relaxed) == 0;
        let begins = between && self.head.load(Ordering::Relaxed) == 0;
        if begins {
            self.head
                .store(self.milliseconds(now) + 1, Ordering::Relaxed);
        }
        begins
    }

    fn progressed(&self, now: Instant) {
        self.last.store(self.milliseconds(now), Ordering::Relaxed);
    }
}

impl Handling {
    /// The answer's head is here.
    pub(super) fn answered<B>(self, body: B) -> Answer<B> {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
        let giving = Giving {
            activity: Arc::clone(&self.0),
            awaits_us: false,
        };
        Answer { body, giving }
    }
}

impl Giving {
    fn note(&mut self, awaits_us: bool) {
        if awaits_us == self.awaits_us {
            return;
        }
        self.awaits_us = awaits_us;
        let count = &self.activity.awaiting_us;
        if awaits_us {
            count.fetch_add(1, Ordering::Relaxed);
        } else {
            // From now on it is the client's turn.
            self.activity.progressed(Instant::now());
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Giving {
    fn drop(&mut self) {
        self.note(false);
        self.activity.answers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<B: Body> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = this.body.poll_frame(context);
        this.giving.note(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.progressed(Instant::now());
        self.0.handling.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection's bytes, which note what it is doing.
#[derive(Debug)]
pub(super) struct Noting<S> {
    stream: S,
    activity: Arc<Activity>,
    beginning: Beginning,
    /// The answer to a head that could not be read, while it is written, and how much of it was.
    refusal: Option<(Vec<u8>, usize)>,
}

impl<S> Noting<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self {
            stream,
            activity,
            beginning: Beginning::default(),
            refusal: None,
        }
    }

    fn wrote(&self, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if matches!(written, Poll::Ready(Ok(bytes)) if bytes > 0) {
            self.activity.progressed(Instant::now());
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> Noting<S> {
    /// Writes a refusal of ours in the place of these bytes, if they are a bare one; else none.
    fn poll_refusal(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Option<Poll<Result<usize>>> {
        if self.refusal.is_none() && !self.activity.frames.load(Ordering::Relaxed) {
            self.refusal = self.beginning.refusal(bytes).map(|whole| (whole, 0));
        }
        let (whole, done) = self.refusal.as_mut()?;
        while *done < whole.len() {
            match Pin::new(&mut self.stream).poll_write(context, &whole[*done..]) {
                Poll::Pending => return Some(Poll::Pending),
                Poll::Ready(Ok(0)) => return Some(Poll::Ready(Err(ErrorKind::WriteZero.into()))),
                Poll::Ready(Ok(more)) => *done += more,
                Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
            }
        }
        self.refusal = None;
        Some(Poll::Ready(Ok(bytes.len())))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Noting<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if matches!(read, Poll::Ready(Ok(()))) {
            let begins = this.activity.received(Instant::now());
            this.beginning.note(&buffer.filled()[before..], begins);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Noting<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let written = match this.poll_refusal(context, bytes) {
            Some(written) => written,
            None => Pin::new(&mut this.stream).poll_write(context, bytes),
        };
        this.wrote(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let only = match bytes {
            [only] => this.poll_refusal(context, only),
            _ => None,
        };
        let written = match only {
            Some(written) => written,
            None => Pin::new(&mut this.stream).poll_write_vectored(context, bytes),
        };
        this.wrote(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Version;

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        idle: Duration::from_secs(75),
    };

    fn second(activity: &Activity, seconds: u64) -> Instant {
        activity.opened + Duration::from_secs(seconds)
    }

    fn at(activity: &Activity, seconds: u64) -> Verdict {
        activity.verdict(second(activity, seconds), PATIENCE)
    }

    fn goes_on(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::LookAgain(_))
    }

    #[test]
    fn a_connection_that_never_asks_is_cut_off() {
        let activity = Activity::new();
        activity.received(second(&activity, 1));
        assert!(goes_on(at(&activity, 9)));
        activity.received(second(&activity, 9));
        assert_eq!(at(&activity, 10), Verdict::Cut);
    }

    #[test]
    fn a_request_under_way_is_left_alone() {
        let activity = Arc::new(Activity::new());
        let _handling = activity.begin(Version::HTTP_11);
        assert!(goes_on(at(&activity, 1000)));
    }

    #[test]
    fn a_second_head_that_does_not_end_is_cut_off() {
        let activity = Arc::new(Activity::new());
        drop(activity.begin(Version::HTTP_11));
        activity.received(second(&activity, 30));
        activity.received(second(&activity, 35));
        assert!(goes_on(at(&activity, 39)));
        assert_eq!(at(&activity, 40), Verdict::Cut);
    }

    #[test]
    fn an_idle_connection_is_ended_later() {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let activity = Arc::new(Activity::new());
            drop(activity.begin(version));
            assert!(goes_on(at(&activity, 74)));
            assert_eq!(at(&activity, 76), Verdict::End);
        }
    }

    #[test]
    fn frames_between_requests_are_not_heads() {
        let activity = Arc::new(Activity::new());
        drop(activity.begin(Version::HTTP_2));
        activity.received(second(&activity, 1));
        assert!(goes_on(at(&activity, 60)));
    }

    #[test]
    fn an_answer_that_is_still_read_is_not_idle() {
        let activity = Arc::new(Activity::new());
        drop(activity.begin(Version::HTTP_11));
        activity.progressed(second(&activity, 70));
        assert!(goes_on(at(&activity, 140)));
    }

    fn giving(activity: &Arc<Activity>) -> Giving {
        let answer = activity.begin(Version::HTTP_11).answered(());
        answer.giving
    }

    #[test]
    fn an_answer_that_waits_for_its_next_word_is_left_alone() {
        let activity = Arc::new(Activity::new());
        let mut giving = giving(&activity);
        giving.note(true);
        activity.received(second(&activity, 30));
        assert!(goes_on(at(&activity, 1000)));
    }

    #[test]
    fn a_client_that_does_not_take_its_answer_is_ended() {
        let activity = Arc::new(Activity::new());
        let mut giving = giving(&activity);
        giving.note(true);
        giving.note(false);
        activity.progressed(second(&activity, 30));
        assert!(goes_on(at(&activity, 104)));
        assert_eq!(at(&activity, 105), Verdict::End);
    }
}
