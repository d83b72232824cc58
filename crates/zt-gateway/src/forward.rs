//! Forwarding under a permit.

use crate::arrival::{Kind, Reader};
use crate::content::Content;
use crate::csp;
use crate::identity;
use crate::limits::{self, Asked, Limits, Marks, Treatment};
use crate::mark::Marker;
use crate::outgoing;
use crate::overlay;
use crate::record::Record;
use crate::refusal::{self, Failure};
use crate::relay::{CutWatch, GatewayBody};
use crate::upstream::{
    AnswerBody, RequestBody, Switched, Upgrading, Upload, UploadState, UpstreamError,
};
use crate::visit::Visit;
use crate::websocket;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts as Head;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use http_body::Body;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use zt_live::{ConnectionKind, Grant, LiveConnection, Passage, Standing};
use zt_pages::refusal::Withheld;

/// How a request under a permit went.
enum Passed {
    Answered(Response<GatewayBody>),
    Failed(Failure),
    /// The permit does not carry what this turned out to be.
    Withheld(Withheld),
    /// The permit ended before an answer came.
    Cut(&'static str),
}

/// What an answer is held against.
#[derive(Clone, Copy)]
struct Measure {
    limits: Limits,
    /// `None` where nothing is withheld: then nothing was asked about it.
    asked: Option<Asked>,
    reader: Reader,
}

impl Visit<'_> {
    /// Forwards a request under a permit, for as long as that permit stands.
    pub(crate) async fn pass(
        &self,
        mut head: Head,
        body: Incoming,
        passage: &Arc<Passage>,
        grant: &Grant,
    ) -> Response<GatewayBody> {
        let kind = &self.arrival.kind;
        let limits = Limits::of(&grant.permit);
        let needs = limits::needs(kind, &head.method, told(body.is_end_stream()));
        let record = Record::open(self, &head, passage, grant);
        if limits.wants_proof(self.now) {
            record.close(StatusCode::FORBIDDEN, &["reauthentication-needed"]);
            return refusal::proof_due(self, grant);
        }
        // An obligation that cannot be met is a refusal: nothing goes by unrecorded that must be recorded.
        if limits.must_record() && !self.gateway.live.can_record() {
            record.close(StatusCode::SERVICE_UNAVAILABLE, &["no-room-to-record"]);
            return refusal::unavailable(self);
        }
        let asked = if !needs.is_subset(limits.carries()) {
            Err(limits::missing(needs, limits.carries(), kind))
        } else if limits.are_none() {
            Ok(None)
        } else {
            limits.ask(&mut head, kind, self.arrival.reader).map(Some)
        };
        let asked = match asked {
            Ok(asked) => asked,
            Err(withheld) => {
                record.close(StatusCode::FORBIDDEN, &["limited", withheld.slug()]);
                return refusal::withheld(self, grant, withheld);
            }
        };
        let keyring = self.gateway.keyring.load();
        let names = (self.gateway.issuer.as_str(), self.entry.origin.as_str());
        let identity = match identity::header(&self.gateway.live, &keyring, grant, names, self.now)
        {
            Ok(identity) => identity,
            Err(error) => {
                tracing::error!(%error, "no identity can be signed");
                record.close(StatusCode::SERVICE_UNAVAILABLE, &["no-identity"]);
                return refusal::unavailable(self);
            }
        };
        let live = &self.gateway.live;
        let entered = passage.enter(live.connection_id(), connection_kind(kind), needs, self.now);
        outgoing::dress(
            &mut head.headers,
            &self.entry.authority,
            &self.seen.forwarding,
            identity,
        );
        let measure = Measure {
            limits,
            asked,
            reader: self.arrival.reader,
        };
        let passed = match kind {
            Kind::Exchange => self.exchange(head, body, entered, measure).await,
            Kind::WebSocketUpgrade | Kind::WebSocketConnect => {
                let watch = CutWatch::new(entered);
                Box::pin(self.websocket(head, body, watch, passage, measure)).await
            }
        };
        match passed {
            Passed::Answered(response) => {
                record.close(response.status(), &[]);
                response
            }
            Passed::Failed(failure) => {
                tracing::warn!(app = %self.entry.id, %failure, "no answer from an application");
                record.close(failure.status(), &[failure.slug()]);
                refusal::failed(self, &failure)
            }
            Passed::Withheld(withheld) => {
                record.close(StatusCode::FORBIDDEN, &["limited", withheld.slug()]);
                refusal::withheld(self, grant, withheld)
            }
            Passed::Cut(why) => {
                record.close(StatusCode::FORBIDDEN, &[why]);
                refusal::cut(self, passage, needs)
            }
        }
    }

    async fn exchange(
        &self,
        head: Head,
        body: Incoming,
        mut entered: LiveConnection,
        measure: Measure,
    ) -> Passed {
        let upstream = &self.entry.upstream;
        let body = RequestBody::relay(
            body,
            Duration::from_millis(upstream.limits().body_stall_timeout_ms),
        );
        let upload = body.upload();
        let answer = {
            let mut cut = pin!(entered.cut());
            let mut sending = pin!(upstream.exchange(request(head, body)));
            poll_fn(|cx| {
                if let Poll::Ready(standing) = cut.as_mut().poll(cx) {
                    return Poll::Ready(Err(Passed::Cut(standing.slug())));
                }
                sending
                    .as_mut()
                    .poll(cx)
                    .map_err(|error| Passed::Failed(blame(error, upload.as_deref())))
            })
            .await
        };
        match answer {
            Ok(answer) => self.deliver(answer, entered, measure),
            Err(passed) => passed,
        }
    }

    /// Passes an answer on, as far as the permit carries what it is.
    fn deliver(
        &self,
        mut answer: Response<AnswerBody>,
        mut entered: LiveConnection,
        Measure {
            limits,
            asked,
            reader,
        }: Measure,
    ) -> Passed {
        let ends = answer.body().is_end_stream();
        let mut treatment = Treatment::AsItIs;
        if let Some(asked) = asked {
            match limits.judge(answer.status(), answer.headers(), told(ends), asked) {
                Ok(judged) => treatment = judged,
                Err(withheld) => return Passed::Withheld(withheld),
            }
        }
        let content = Content::of(answer.headers());
        if !ends && content.is_kept(reader) {
            entered.needs_also(limits::KEEPING);
            // It stood better when the request went out.
            if entered.is_cut() {
                return match &*entered.passage().standing() {
                    Standing::Permitted(_) => Passed::Withheld(Withheld::Download),
                    over => Passed::Cut(over.slug()),
                };
            }
        }
        if content == Content::Stream {
            entered.becomes(ConnectionKind::Stream);
        }
        outgoing::strip(answer.headers_mut());
        if asked.is_some() {
            limits.dress(answer.headers_mut(), treatment);
        }
        let (mut head, body) = answer.into_parts();
        let watch = CutWatch::new(entered);
        let body = match treatment {
            Treatment::AsItIs => GatewayBody::relay(body, watch),
            Treatment::Marked => {
                let sheet = overlay::address(&self.entry.origin);
                csp::allow_sheet(&mut head.headers, &sheet);
                GatewayBody::marked(body, watch, Marker::new(overlay::element(&sheet)))
            }
        };
        Passed::Answered(self::answer(head, body))
    }

    async fn websocket(
        &self,
        mut head: Head,
        body: Incoming,
        mut watch: CutWatch,
        passage: &Arc<Passage>,
        measure: Measure,
    ) -> Passed {
        // hyper hands the stream over through the request.
        let connect = head.method == Method::CONNECT;
        let Some(on_upgrade) = head.extensions.remove::<OnUpgrade>() else {
            return Passed::Failed(Failure::NoUpgrade);
        };
        drop(body);
        if connect {
            from_connect(&mut head, self.gateway.live.entropy().bytes());
        }
        head.headers
            .insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        head.headers
            .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        let upgraded = {
            let mut upgrading = pin!(
                self.entry
                    .upstream
                    .upgrade(request(head, RequestBody::none()))
            );
            poll_fn(|cx| {
                if let Poll::Ready(why) = watch.poll_cut(cx) {
                    return Poll::Ready(Err(Passed::Cut(why)));
                }
                upgrading
                    .as_mut()
                    .poll(cx)
                    .map_err(|error| Passed::Failed(blame(error, None)))
            })
            .await
        };
        match upgraded {
            Err(passed) => passed,
            Ok(Upgrading::Refused(answer)) => self.refused(*answer, watch, passage, measure),
            Ok(Upgrading::Switched(switched)) => {
                let Switched {
                    mut head,
                    stream,
                    slot,
                } = *switched;
                outgoing::strip(&mut head.headers);
                if connect {
                    // RFC 8441 §5: success is 200, and the handshake's proof is not part of it.
                    head.status = StatusCode::OK;
                    head.headers.remove(header::SEC_WEBSOCKET_ACCEPT);
                } else {
                    head.headers
                        .insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
                    head.headers
                        .insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                    self.connection.becomes_raw();
                }
                head.headers.remove(header::CONTENT_LENGTH);
                tokio::spawn(websocket::join(on_upgrade, stream, watch, slot));
                Passed::Answered(answer(head, GatewayBody::own("")))
            }
        }
    }

    /// Passes on what an application answers that does not want to switch: an answer like any other, and no page.
    fn refused(
        &self,
        mut answer: Response<Incoming>,
        mut watch: CutWatch,
        passage: &Arc<Passage>,
        measure: Measure,
    ) -> Passed {
        let ends = answer.body().is_end_stream();
        if let Some(asked) = measure.asked {
            let limits = measure.limits;
            match limits.judge(answer.status(), answer.headers(), told(ends), asked) {
                Ok(Treatment::AsItIs) => {}
                Ok(Treatment::Marked) if limits.marks() < Marks::Watermark => {}
                Ok(Treatment::Marked) => return Passed::Withheld(Withheld::Watermark),
                Err(withheld) => return Passed::Withheld(withheld),
            }
            limits.dress(answer.headers_mut(), Treatment::AsItIs);
        }
        if !ends && Content::of(answer.headers()).is_kept(measure.reader) {
            let live = &self.gateway.live;
            let needs = limits::needs(&self.arrival.kind, &Method::GET, told(true));
            watch = CutWatch::new(passage.enter(
                live.connection_id(),
                ConnectionKind::Exchange,
                needs.union(limits::KEEPING),
                self.now,
            ));
        }
        outgoing::strip(answer.headers_mut());
        Passed::Answered(answer.map(|body| GatewayBody::refused(body, watch)))
    }
}

const fn connection_kind(kind: &Kind) -> ConnectionKind {
    match kind {
        Kind::Exchange => ConnectionKind::Exchange,
        Kind::WebSocketUpgrade | Kind::WebSocketConnect => ConnectionKind::WebSocket,
    }
}

const fn told(ends: bool) -> limits::Body {
    if ends {
        limits::Body::Empty
    } else {
        limits::Body::Expected
    }
}

/// A request as an application gets it: origin form, HTTP/1.1.
fn request(head: Head, body: RequestBody) -> Request<RequestBody> {
    let mut request = Request::new(body);
    *request.method_mut() = head.method;
    *request.uri_mut() = origin_form(head.uri);
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = head.headers;
    request
}

fn origin_form(uri: Uri) -> Uri {
    if uri.authority().is_none() {
        return uri;
    }
    let path = uri
        .into_parts()
        .path_and_query
        .unwrap_or(PathAndQuery::from_static("/"));
    Uri::from(path)
}

/// The answer in our own version of HTTP; its other parts belonged to the application's connection.
fn answer(head: http::response::Parts, body: GatewayBody) -> Response<GatewayBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}

/// RFC 8441 §5: what HTTP/2 leaves out of the handshake, HTTP/1.1 wants.
fn from_connect(head: &mut Head, nonce: [u8; 16]) {
    head.method = Method::GET;
    let key = HeaderValue::try_from(STANDARD.encode(nonce)).unwrap_or(HeaderValue::from_static(""));
    head.headers.insert(header::SEC_WEBSOCKET_KEY, key);
    head.headers.insert(
        header::SEC_WEBSOCKET_VERSION,
        HeaderValue::from_static("13"),
    );
}

/// Whose fault it is that there is no answer.
fn blame(error: UpstreamError, upload: Option<&Upload>) -> Failure {
    match upload.map(Upload::state) {
        Some(UploadState::Stalled) => Failure::RequestStalled,
        Some(UploadState::Broken) => Failure::RequestBroken,
        _ => Failure::Upstream(error),
    }
}
