//! Fetching the metadata of service providers that publish it at an address. What is read of it, and when it is fetched again, is
//! kept by [`zt_live::Live`].

use crate::Endpoints;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::{Id, JoinSet};
use zt_federation::saml::{FetchedMetadata, MetadataSource, ServiceProvider};
use zt_live::NotRead;
use zt_types::{ClientId, Seconds};

/// So many are fetched at once.
const AT_ONCE: usize = 4;
/// When what could not be kept is tried again.
const AGAIN: Seconds = Seconds(5);
/// What metadata is served as (SAML metadata, appendix A), and XML of whatever kind.
const TYPES: [&str; 3] = [
    "application/samlmetadata+xml",
    "application/xml",
    "text/xml",
];

impl Endpoints {
    /// Fetches metadata of service providers, for as long as the task lives.
    pub async fn fetch_provider_metadata(self) {
        let mut fetching = JoinSet::new();
        let mut under_way: BTreeMap<Id, ClientId> = BTreeMap::new();
        loop {
            let busy: BTreeSet<ClientId> = under_way.values().cloned().collect();
            let (due, later) = self.live().metadata_to_fetch(&busy);
            for provider in due {
                if fetching.len() >= AT_ONCE {
                    break;
                }
                let (endpoints, name) = (self.clone(), provider.id.clone());
                let begun = fetching.spawn(async move { endpoints.fetch(&provider).await });
                under_way.insert(begun.id(), name);
            }
            let later = async {
                match later {
                    Some(at) => self.live().clock().sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.live().metadata_wanted() => {}
                // One that did not come to its end is over too, and its service provider is due again.
                Some(fetched) = fetching.join_next_with_id() => {
                    let id = fetched.map_or_else(|error| error.id(), |(id, ())| id);
                    under_way.remove(&id);
                }
                () = later => {}
            }
        }
    }

    async fn fetch(&self, provider: &ServiceProvider) {
        let MetadataSource::Fetched(from) = &provider.source else {
            return;
        };
        let got = self.metadata_at(from).await;
        if let Err(error) = self.live().note_metadata(provider, got).await {
            tracing::error!(provider = %provider.id, %error, "the metadata of a service provider could not be kept");
            let clock = self.live().clock();
            clock.sleep_until(clock.now() + AGAIN).await;
        }
    }

    async fn metadata_at(&self, from: &FetchedMetadata) -> Result<String, NotRead> {
        let address = |error: http::uri::InvalidUri| NotRead::new("address", error);
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = from.url.as_str().parse().map_err(address)?;
        let accepted = HeaderValue::from_static("application/samlmetadata+xml, application/xml");
        request.headers_mut().insert(header::ACCEPT, accepted);
        let answered = self.inner.parts.outbound.send(request).await;
        let answer = answered.map_err(|error| NotRead::new(error.as_str(), error))?;
        read(&answer, from)
    }
}

/// The document of an answer.
fn read(answer: &Response<Bytes>, from: &FetchedMetadata) -> Result<String, NotRead> {
    match answer.status() {
        StatusCode::OK => {}
        status if status.is_redirection() => {
            return Err(NotRead::new("redirect", format!("it answers {status}")));
        }
        status => return Err(NotRead::new("status", format!("it answers {status}"))),
    }
    // What is served as something else may be what somebody put there who is not the service provider. Whose it is that is signed
    // is known.
    if from.signed_by.is_empty() && !is_xml(answer.headers()) {
        let why =
            "it is not served as `application/samlmetadata+xml`, `application/xml` or `text/xml`";
        return Err(NotRead::new("not-xml", why));
    }
    let text = std::str::from_utf8(answer.body());
    let text = text.map_err(|error| NotRead::new("unreadable", error))?;
    Ok(text.to_owned())
}

fn is_xml(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    TYPES.iter().any(|one| kind.eq_ignore_ascii_case(one))
}
