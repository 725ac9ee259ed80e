//! Handing one request on.

use super::client::{self, Lanes};
use super::copies::{Copies, Forgotten, Memory, Side};
use super::exchange::Read;
use super::failure::Failure;
use super::headers::{join_cookies, keep_end_to_end, note_passage};
use super::held;
use super::learn::{self, Asked, Passed};
use super::place::Place;
use super::shares::{Share, Shares};
use super::streamed::{Streamed, Watch, Witness};
use super::under_way::{HandedOn, hands_on};
use crate::app::App;
use crate::clock;
use crate::domain::{Dialect, Project, Upstream};
use crate::error::Result;
use crate::limits;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version, header};
use axum::response::Response;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

/// A request that is to be handed on.
#[derive(Debug)]
pub struct Onward {
    /// The project whose upstream it goes to.
    pub project: Arc<Project>,
    /// The dialect's root: `/v1`.
    pub root: &'static str,
    /// The request: its URI as the client wrote it, the credential in the headers already the one that is to be sent.
    pub request: Request,
    /// How its exchange is read, if anything is to be learnt from it.
    pub read: Option<Read>,
}

/// Hands requests on.
#[derive(Debug)]
pub struct Passing {
    app: Arc<App>,
    lanes: Lanes,
    shares: Shares,
    /// What this process is known by to itself, should a request come back.
    name: HeaderValue,
    /// In KiB.
    pub(super) held: Arc<Semaphore>,
    memory: Memory,
    queue: mpsc::Sender<Passed>,
    passed: Mutex<Option<mpsc::Receiver<Passed>>>,
}

/// Watches a request's body.
struct OfRequest(Arc<Watch>);

/// Watches an answer's body. Where there is something to learn, it goes to be read when the answer ends, however that is.
struct OfAnswer {
    watch: Arc<Watch>,
    ending: Option<Ending>,
    /// Whether anything of it came.
    began: bool,
    whole: bool,
    _place: OwnedSemaphorePermit,
    _share: Option<Share>,
}

/// What is to be done with an exchange at its end.
struct Ending {
    asked: Asked,
    status: StatusCode,
    headers: HeaderMap,
    memory: Memory,
    queue: mpsc::Sender<Passed>,
}

impl Passing {
    /// Ready to hand requests on.
    pub fn new(app: Arc<App>) -> Self {
        Self::at_once(app, limits::HANDED_ON_AT_ONCE)
    }

    /// Ready to hand so many requests on at once.
    pub fn at_once(app: Arc<App>, most: usize) -> Self {
        let (queue, passed) = learn::queue();
        let name = clock::new_id().simple().to_string();
        Self {
            lanes: Lanes::new(app.allows_private_upstreams(), most),
            shares: Shares::of(most),
            app,
            name: HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("candor")),
            held: held::memory(),
            memory: Memory::default(),
            queue,
            passed: Mutex::new(Some(passed)),
        }
    }

    /// The upstream of a project, if it speaks this dialect.
    pub fn upstream(project: &Project, dialect: Dialect) -> Option<&Upstream> {
        let upstream = project.upstream.as_ref();
        upstream.filter(|upstream| upstream.dialect == dialect)
    }

    /// Hands a request on and gives the answer as it comes.
    pub async fn pass(&self, onward: Onward) -> Result<Response, Failure> {
        let Onward {
            project,
            root,
            request,
            read,
        } = onward;
        let Some(upstream) = &project.upstream else {
            return Err(Failure::refused("this project has no upstream"));
        };
        let counted = self.app.count_request_for(project.id);
        counted.map_err(Failure::limited)?;
        let share = self.shares.take(project.id).ok_or_else(Failure::busy)?;
        let place = Place {
            root,
            uri: request.uri(),
        };
        let uri = place.under(&upstream.base_url)?;
        let asked = read.map(|read| self.asked(&project, place, &request, read));
        let answered = self.send(uri, request, asked, Some(share)).await;
        let status = match &answered {
            Ok(answer) => answer.status(),
            Err(failure) => failure.status,
        };
        metrics::counter!(
            "candor_handed_on_total",
            "dialect" => upstream.dialect.name(), "status" => status.as_str().to_owned(),
            "answered_by" => if answered.is_ok() { "upstream" } else { "candor" }
        )
        .increment(1);
        answered
    }

    /// Sends a request to a URL, whatever its own URI is, under the same rules.
    pub async fn send_to(&self, url: &str, request: Request) -> Result<Response, Failure> {
        let uri = url
            .parse()
            .map_err(|_| Failure::refused("the URL cannot be called"))?;
        self.send(uri, request, None, None).await
    }

    async fn send(
        &self,
        uri: Uri,
        request: Request,
        asked: Option<Asked>,
        share: Option<Share>,
    ) -> Result<Response, Failure> {
        hands_on();
        if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
            return Err(Failure::wrong_method());
        }
        let host = uri.host().unwrap_or_default();
        if !client::may_call(host, self.app.allows_private_upstreams()) {
            return Err(Failure::unreachable("it is at a private address"));
        }
        let place = self.lanes.place().ok_or_else(Failure::busy)?;
        let (client, place) = place.map_err(Failure::unreachable)?;
        let copies = asked.as_ref().map(|_| Copies::new(self.memory.clone()));
        let watch = Arc::new(Watch::new(copies));
        let request = self.outgoing(uri, request, &watch)?;
        let answer = match watch.in_time(client.request(request)).await {
            Some(Ok(answer)) => answer,
            Some(Err(_)) if watch.has_client_left() => return Err(Failure::client_left()),
            Some(Err(error)) => return Err(Failure::unreachable(causes(&error))),
            None => return Err(Failure::silent()),
        };
        if answer.status().is_informational() {
            return Err(Failure::unreachable(
                "it changed to a protocol that nobody asked for",
            ));
        }
        let (mut parts, body) = answer.into_parts();
        keep_end_to_end(&mut parts.headers);
        // What connections to clients speak is decided with them.
        parts.version = Version::HTTP_11;
        parts.extensions.insert(HandedOn);
        let witness = OfAnswer {
            began: false,
            whole: body.is_end_stream(),
            ending: asked.map(|asked| Ending {
                asked,
                status: parts.status,
                headers: parts.headers.clone(),
                memory: self.memory.clone(),
                queue: self.queue.clone(),
            }),
            watch,
            _place: place,
            _share: share,
        };
        let says_length = parts.headers.contains_key(header::CONTENT_LENGTH);
        let mut body = Streamed::new(body, witness, limits::UPSTREAM_SILENCE);
        if !says_length {
            // Otherwise one would be written that the upstream did not write.
            body = body.of_unsaid_length();
        }
        Ok(Response::from_parts(parts, Body::new(body)))
    }

    /// The request as it goes to the upstream.
    fn outgoing(&self, uri: Uri, request: Request, watch: &Arc<Watch>) -> Result<Request, Failure> {
        let (mut parts, body) = request.into_parts();
        keep_end_to_end(&mut parts.headers);
        join_cookies(&mut parts.headers);
        if !note_passage(&mut parts.headers, &self.name) {
            return Err(Failure::loops());
        }
        // The client library writes the one of the place where it goes.
        parts.headers.remove(header::HOST);
        parts.extensions.clear();
        parts.uri = uri;
        parts.version = Version::HTTP_11;
        let witness = OfRequest(Arc::clone(watch));
        let body = Streamed::new(body, witness, limits::HANDED_ON_SILENCE);
        Ok(Request::from_parts(parts, Body::new(body)))
    }

    fn asked(
        &self,
        project: &Arc<Project>,
        place: Place<'_>,
        request: &Request,
        read: Read,
    ) -> Asked {
        Asked {
            project: Arc::clone(project),
            method: request.method().clone(),
            path: place.below_root().to_owned(),
            query: request.uri().query().map(str::to_owned),
            encoding: learn::encoding_of(request.headers()),
            at: self.app.clock().now(),
            read,
            expected: self.app.expect(project.id),
        }
    }

    pub(super) const fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// What passed; once, for the task that learns.
    pub(super) fn take_queue(&self) -> Option<mpsc::Receiver<Passed>> {
        self.passed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Watch {
    /// The answer, unless it does not begin in time after the request's last progress.
    async fn in_time<F: Future>(&self, answer: F) -> Option<F::Output> {
        let mut answer = std::pin::pin!(answer);
        loop {
            let deadline = self.last_progress() + limits::UPSTREAM_ANSWER_TIME;
            if let Ok(answer) = tokio::time::timeout_at(deadline, answer.as_mut()).await {
                return Some(answer);
            }
            if self.last_progress() + limits::UPSTREAM_ANSWER_TIME <= Instant::now() {
                return None;
            }
        }
    }
}

impl Witness for OfRequest {
    fn passes(&mut self, part: &Bytes) {
        self.0.progressed();
        self.0.note(Side::Request, part);
    }

    fn ends(&mut self) {
        self.0.progressed();
    }

    fn breaks_off(&mut self) {
        self.0.note_that_client_left();
    }
}

impl Witness for OfAnswer {
    fn passes(&mut self, part: &Bytes) {
        if !self.began {
            self.began = true;
            if let Some(ending) = &self.ending {
                ending.asked.expected.is_answering();
            }
        }
        self.watch.note(Side::Answer, part);
    }

    // At once and not with the drop: the client has the end a moment later, and may vote.
    fn ends(&mut self) {
        self.whole = true;
        self.end();
    }

    fn breaks_off(&mut self) {
        self.end();
    }
}

impl OfAnswer {
    fn end(&mut self) {
        let Some(ending) = self.ending.take() else {
            return;
        };
        ending.asked.expected.is_answered();
        let none = Copies::new(ending.memory);
        let Some(copies) = self.watch.replace_copies(none) else {
            return;
        };
        let passed = Passed {
            asked: ending.asked,
            status: ending.status,
            headers: ending.headers,
            copies,
            whole: self.whole,
        };
        if let Err(refused) = ending.queue.try_send(passed) {
            let passed = refused.into_inner();
            learn::forget(&passed.asked.project, Forgotten::Queue);
        }
    }
}

impl Drop for OfAnswer {
    fn drop(&mut self) {
        self.end();
    }
}

/// What went wrong, and why, for the log. These errors tell of connections and not of what was sent over them.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{AppOptions, ProjectDraft, UpstreamDraft};
    use crate::domain::vote::Ask;
    use metrics_exporter_prometheus::PrometheusBuilder;

    async fn project(app: &App) -> Arc<Project> {
        let operator = App::operator(app.ensure_workspace().await.unwrap());
        let draft = ProjectDraft {
            name: Some("support".to_owned()),
            upstream: Ask::Set(UpstreamDraft {
                dialect: Dialect::Dify,
                base_url: "https://dify.example.com".to_owned(),
                mirror: false,
                credential: Ask::Absent,
                webhook_forward_to: None,
            }),
            ..ProjectDraft::default()
        };
        app.create_project(&operator, draft, None).await.unwrap().0
    }

    /// The answer to a request, while nobody learns.
    fn answer(passing: &Passing, project: &Arc<Project>) -> OfAnswer {
        let request = Request::new(Body::empty());
        let place = Place {
            root: "/v1",
            uri: request.uri(),
        };
        let copies = Copies::new(passing.memory.clone());
        OfAnswer {
            watch: Arc::new(Watch::new(Some(copies))),
            ending: Some(Ending {
                asked: passing.asked(project, place, &request, |_| Vec::new()),
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                memory: passing.memory.clone(),
                queue: passing.queue.clone(),
            }),
            began: false,
            whole: true,
            _place: passing.lanes.place().unwrap().unwrap().1,
            _share: None,
        }
    }

    #[tokio::test]
    async fn what_a_full_queue_does_not_take_is_counted_and_no_longer_expected() {
        let app = Arc::new(App::open(AppOptions::in_memory()).unwrap());
        let project = project(&app).await;
        let passing = Passing::new(Arc::clone(&app));
        let counts = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&counts, || {
            for _ in 0..limits::LEARN_QUEUE + 3 {
                answer(&passing, &project).ends();
            }
        });
        let told = counts.handle().render();
        let line = "candor_forgotten_total{dialect=\"dify\",reason=\"queue\"} 3\n";
        assert!(told.contains(line), "{told}");
        drop(passing.take_queue());
        assert!(!app.learnt_so_far(Some(project.id)).await);
    }
}
