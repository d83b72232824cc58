//! Health and metrics, on loopback. No personal data.

use crate::Endpoints;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use zt_federation::GrantType;

/// Counters of this process. Gauges are read when asked for.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    signals: Family<OutcomeLabels, Counter>,
    cut: Counter,
    questions: Family<OutcomeLabels, Counter>,
    tokens: Family<TokenLabels, Counter>,
    told: Family<OutcomeLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    grant: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: String,
}

impl Metrics {
    /// Counts a signal. `outcome` is one of a few slugs, never something a caller chose.
    pub(crate) fn signal(&self, outcome: &str, cut: usize) {
        let outcome = outcome.to_owned();
        self.signals.get_or_create(&OutcomeLabels { outcome }).inc();
        self.cut.inc_by(cut as u64);
    }
}

impl Metrics {
    /// Counts a question of an enforcement point. `outcome` is one of a few slugs, never something a caller chose.
    pub(crate) fn question(&self, outcome: &str) {
        let outcome = outcome.to_owned();
        self.questions
            .get_or_create(&OutcomeLabels { outcome })
            .inc();
    }
}

impl Metrics {
    /// Counts a request for tokens by what it comes with, if that could be read.
    pub(crate) fn tokens(&self, grant: Option<GrantType>, outcome: &'static str) {
        let grant = match grant {
            Some(GrantType::AuthorizationCode) => "authorization_code",
            Some(GrantType::RefreshToken) => "refresh_token",
            Some(GrantType::ClientCredentials) => "client_credentials",
            Some(GrantType::TokenExchange) => "token_exchange",
            Some(GrantType::DeviceCode) => "device_code",
            None => "none",
        };
        let labels = TokenLabels { grant, outcome };
        self.tokens.get_or_create(&labels).inc();
    }
}

impl Metrics {
    /// Counts a try to tell a client that a sign-in is over. `outcome` is one of a few slugs.
    pub(crate) fn told(&self, outcome: &str) {
        let outcome = outcome.to_owned();
        self.told.get_or_create(&OutcomeLabels { outcome }).inc();
    }
}

/// The process lives and answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work: what is recorded can be kept.
pub(crate) async fn readyz(State(endpoints): State<Endpoints>) -> (StatusCode, &'static str) {
    match endpoints.live().store().flush().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "the store does not keep what is recorded");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the store does not keep what is recorded\n",
            )
        }
    }
}

/// Figures in the OpenMetrics text format.
pub(crate) async fn metrics(State(endpoints): State<Endpoints>) -> Response {
    let mut registry = Registry::with_prefix("sekisho");
    let metrics = &endpoints.inner.metrics;
    registry.register("signals", "Signals by outcome", metrics.signals.clone());
    registry.register(
        "questions",
        "Questions of enforcement points by outcome",
        metrics.questions.clone(),
    );
    registry.register(
        "token_requests",
        "Requests of clients for tokens by grant and outcome",
        metrics.tokens.clone(),
    );
    registry.register(
        "backchannel_logouts",
        "Tries to tell clients that a sign-in is over by outcome",
        metrics.told.clone(),
    );
    registry.register(
        "connections_cut_by_signals",
        "Live connections that signals ended",
        metrics.cut.clone(),
    );
    let live = endpoints.live();
    let (people, devices, sessions, open_facts, open_tasks) = live.read(|state| {
        (
            state.people.len(),
            state.devices.len(),
            state
                .sessions
                .values()
                .filter(|session| session.ended.is_none())
                .count(),
            state
                .facts
                .values()
                .filter(|fact| fact.cleared_at.is_none())
                .count(),
            state
                .tasks
                .values()
                .filter(|task| task.closed_at.is_none())
                .count(),
        )
    });
    let untold: usize = live
        .untold_clients()
        .iter()
        .map(|client| live.count_untold(client))
        .sum();
    let gauges = [
        (
            "backchannel_logouts_waiting",
            "Sign-ins that are over and whose client was not told yet",
            untold,
        ),
        ("people", "People in the records", people),
        ("devices", "Devices in the records", devices),
        ("sessions", "Sessions that have not ended", sessions),
        ("open_facts", "Facts that are open", open_facts),
        ("open_tasks", "Tasks nobody has dealt with", open_tasks),
        (
            "live_connections",
            "Connections through the gateway now",
            live.live_connections(),
        ),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value as u64));
    }
    let mut text = String::new();
    if let Err(error) = encode(&mut text, &registry) {
        tracing::error!(%error, "the metrics could not be written");
    }
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    );
    response
}
