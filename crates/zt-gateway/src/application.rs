//! The register of applications as the data plane needs it.

use crate::upstream::{Target, TargetError, Upstream, UpstreamLimits};
use arc_swap::ArcSwap;
use http::HeaderValue;
use rustls::ClientConfig;
use std::collections::HashMap;
use std::sync::Arc;
use zt_live::Live;
use zt_policy::Application;
use zt_types::AppId;

/// An application, ready to be forwarded to.
pub(crate) struct Entry {
    pub(crate) id: AppId,
    pub(crate) record: Application,
    /// `https://wiki.example.co.jp`: the audience of its identity tokens.
    pub(crate) origin: String,
    /// The same without the scheme, for Host.
    pub(crate) authority: HeaderValue,
    pub(crate) upstream: Arc<Upstream>,
}

/// The applications by their host names.
pub(crate) struct Applications {
    by_host: ArcSwap<HashMap<String, Arc<Entry>>>,
    domain: String,
    /// `:8443`, or nothing for 443.
    port: String,
    tls: Arc<ClientConfig>,
    limits: UpstreamLimits,
}

impl Applications {
    pub(crate) fn new(
        domain: String,
        public_port: u16,
        tls: Arc<ClientConfig>,
        limits: UpstreamLimits,
    ) -> Self {
        let port = if public_port == 443 {
            String::new()
        } else {
            format!(":{public_port}")
        };
        Self {
            by_host: ArcSwap::default(),
            domain,
            port,
            tls,
            limits,
        }
    }

    pub(crate) fn find(&self, host: &str) -> Option<Arc<Entry>> {
        self.by_host.load().get(host).cloned()
    }

    /// The origin of a host under our domain.
    pub(crate) fn origin(&self, label: &str) -> String {
        format!("https://{label}.{}{}", self.domain, self.port)
    }

    /// Reads the register anew. What did not change keeps its connections.
    pub(crate) fn refresh(&self, live: &Live) {
        let before = self.by_host.load();
        let is_current = |records: &std::collections::BTreeMap<AppId, Application>| {
            let hosts = records.values().filter(|record| record.upstream.is_some());
            hosts.count() == before.len()
                && before
                    .values()
                    .all(|entry| records.get(&entry.id) == Some(&entry.record))
        };
        let Some(records) = live.read(|state| {
            (!is_current(&state.applications))
                .then(|| state.applications.values().cloned().collect::<Vec<_>>())
        }) else {
            return;
        };
        let mut by_host = HashMap::new();
        // An application that is not behind the gateway has no host here.
        for record in records {
            let Some(origin) = &record.upstream else {
                continue;
            };
            let host = format!("{}.{}", record.id, self.domain);
            match self.entry(&host, origin, &record, before.get(&host)) {
                Ok(entry) => {
                    by_host.insert(host, Arc::new(entry));
                }
                Err(error) => {
                    tracing::error!(app = %record.id, %error, "an application has no usable upstream")
                }
            }
        }
        self.by_host.store(Arc::new(by_host));
    }

    fn entry(
        &self,
        host: &str,
        origin: &str,
        record: &Application,
        before: Option<&Arc<Entry>>,
    ) -> Result<Entry, TargetError> {
        let target: Target = origin.parse()?;
        let same = before.filter(|before| before.upstream.is_for(&target));
        let upstream = same.map(|before| Arc::clone(&before.upstream));
        let authority = format!("{host}{}", self.port);
        Ok(Entry {
            id: record.id.clone(),
            record: record.clone(),
            origin: format!("https://{authority}"),
            // A slug and a domain of the configuration: nothing that a header may not hold.
            authority: HeaderValue::try_from(authority)
                .unwrap_or(HeaderValue::from_static("invalid")),
            upstream: upstream.unwrap_or_else(|| {
                Arc::new(Upstream::new(target, Arc::clone(&self.tls), self.limits))
            }),
        })
    }
}
