//! Forwarding under a permit.

use crate::arrival::Kind;
use crate::identity;
use crate::outgoing;
use crate::refusal::{self, Failure};
use crate::relay::{CutWatch, GatewayBody};
use crate::upstream::{
    AnswerBody, RequestBody, Switched, Upgrading, Upload, UploadState, UpstreamError,
};
use crate::visit::{Trace, Verdict, Visit};
use crate::websocket;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts as Head;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use zt_events::Outcome;
use zt_live::{ConnectionKind, Grant, LiveConnection, Passage};
use zt_types::{Capability, CapabilitySet};

/// How a request under a permit went.
enum Passed {
    Answered(Response<GatewayBody>),
    Failed(Failure),
    /// The permit ended before an answer came.
    Cut(&'static str),
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
        let needs = needs(&head);
        let carries = grant.permit.capabilities();
        let trace = Trace::of(&head);
        let verdict = |status, reasons: Vec<String>| Verdict {
            outcome: if reasons.is_empty() {
                Outcome::Success
            } else {
                Outcome::Failure
            },
            status,
            decision: Some(grant.decision),
            device: grant.permit.device().device(),
            reasons,
        };
        if !needs.is_subset(carries) {
            self.record(
                trace,
                Some(passage),
                verdict(StatusCode::FORBIDDEN, vec!["limited".to_owned()]),
            );
            return refusal::limited(self, grant.decision);
        }
        let keyring = self.gateway.keyring.load();
        let names = (self.gateway.issuer.as_str(), self.entry.origin.as_str());
        let identity = match identity::header(&self.gateway.live, &keyring, grant, names, self.now)
        {
            Ok(identity) => identity,
            Err(error) => {
                tracing::error!(%error, "no identity can be signed");
                self.record(
                    trace,
                    Some(passage),
                    verdict(
                        StatusCode::SERVICE_UNAVAILABLE,
                        vec!["no-identity".to_owned()],
                    ),
                );
                return refusal::unavailable(self);
            }
        };
        let kind = match self.arrival.kind {
            Kind::Exchange => ConnectionKind::Exchange,
            Kind::WebSocketUpgrade | Kind::WebSocketConnect => ConnectionKind::WebSocket,
        };
        let live = &self.gateway.live;
        let entered = passage.enter(live.connection_id(), kind, needs, self.now);
        outgoing::dress(
            &mut head.headers,
            &self.entry.authority,
            &self.seen.forwarding,
            identity,
        );
        let passed = match self.arrival.kind {
            Kind::Exchange => self.exchange(head, body, entered, carries).await,
            Kind::WebSocketUpgrade | Kind::WebSocketConnect => {
                Box::pin(self.websocket(head, body, CutWatch::new(entered))).await
            }
        };
        match passed {
            Passed::Answered(response) => {
                self.record(trace, Some(passage), verdict(response.status(), Vec::new()));
                response
            }
            Passed::Failed(failure) => {
                tracing::warn!(app = %self.entry.id, %failure, "no answer from an application");
                self.record(
                    trace,
                    Some(passage),
                    verdict(failure.status(), vec![failure.slug().to_owned()]),
                );
                refusal::failed(self, &failure)
            }
            Passed::Cut(why) => {
                self.record(
                    trace,
                    Some(passage),
                    verdict(StatusCode::FORBIDDEN, vec![why.to_owned()]),
                );
                refusal::cut(self, passage)
            }
        }
    }

    async fn exchange(
        &self,
        head: Head,
        body: Incoming,
        mut entered: LiveConnection,
        carries: CapabilitySet,
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
            Ok(answer) => deliver(answer, entered, carries),
            Err(passed) => passed,
        }
    }

    async fn websocket(&self, mut head: Head, body: Incoming, mut watch: CutWatch) -> Passed {
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
            Ok(Upgrading::Refused(answer)) => {
                let mut answer = *answer;
                outgoing::strip(answer.headers_mut());
                Passed::Answered(answer.map(|body| GatewayBody::refused(body, watch)))
            }
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
}

/// What a request needs of a permit: files can be put in only with the capability for it.
fn needs(head: &Head) -> CapabilitySet {
    let needs = CapabilitySet::NONE
        .with(Capability::Connect)
        .with(Capability::Read);
    let is_upload = |value: &HeaderValue| {
        let value = value.as_bytes();
        let begins = |with: &[u8]| {
            value
                .get(..with.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(with))
        };
        begins(b"multipart/form-data") || begins(b"application/octet-stream")
    };
    if head.method == Method::PUT
        || head
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(is_upload)
    {
        return needs.with(Capability::Upload);
    }
    needs
}

fn deliver(
    mut answer: Response<AnswerBody>,
    entered: LiveConnection,
    carries: CapabilitySet,
) -> Passed {
    if !carries.contains(Capability::Download) && is_download(answer.headers()) {
        return Passed::Failed(Failure::Download);
    }
    outgoing::strip(answer.headers_mut());
    let is_stream = |value: &HeaderValue| value.as_bytes().starts_with(b"text/event-stream");
    if answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(is_stream)
    {
        entered.becomes(ConnectionKind::Stream);
    }
    let (head, body) = answer.into_parts();
    Passed::Answered(self::answer(
        head,
        GatewayBody::relay(body, CutWatch::new(entered)),
    ))
}

/// RFC 6266 §4.2: a file to be saved.
fn is_download(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_DISPOSITION)
        .is_some_and(|disposition| {
            let kind = disposition
                .as_bytes()
                .split(|byte| *byte == b';')
                .next()
                .unwrap_or_default();
            !kind.trim_ascii().eq_ignore_ascii_case(b"inline")
        })
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
