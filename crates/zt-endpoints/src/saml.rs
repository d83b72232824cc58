//! What service providers of SAML 2.0 call, and are called with: our metadata, and sign-outs by SOAP.
//!
//! Where a browser comes with a service provider's request is `zt-console::federate`.

mod asked;
mod fetched;
mod told;

pub(crate) use asked::soap;

use crate::Endpoints;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use std::sync::{Arc, Mutex, PoisonError};
use zt_crypto::xml::{SamlKeyError, SamlKeyring};
use zt_federation::saml::{EntityId, IdpMetadata, MessageId, OURS, XmlAlgorithm};
use zt_federation::xml::WriteError;
use zt_types::Text;

/// Where it is.
pub(crate) const METADATA_PATH: &str = OURS.metadata;

/// Where service providers tell us of a sign-out.
pub(crate) const SOAP_PATH: &str = OURS.soap;

/// Our metadata as it was signed, with the keys that it shows: signing is the work of a hundred answers, and nobody has to prove
/// anything to ask for it.
#[derive(Debug, Default)]
pub(crate) struct Published(Mutex<Option<(Arc<SamlKeyring>, Bytes)>>);

/// Why there is no metadata.
#[derive(Debug, thiserror::Error)]
enum NoMetadata {
    #[error("the address of this installation is no name of a party")]
    Name,
    #[error(transparent)]
    Written(#[from] WriteError),
    #[error(transparent)]
    Signed(#[from] SamlKeyError),
}

/// `GET /saml/metadata`.
pub(crate) async fn metadata(State(endpoints): State<Endpoints>) -> Response {
    match endpoints.saml_metadata() {
        Ok(document) => {
            let mut response = Response::new(Body::from(document));
            let kind = HeaderValue::from_static("application/samlmetadata+xml");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            let headers = response.headers_mut();
            headers.insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static("max-age=3600"),
            );
            headers.insert(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            );
            response
        }
        Err(error) => {
            tracing::error!(%error, "there is no metadata of SAML");
            crate::answer::refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "no-metadata",
                "the metadata could not be made",
            )
        }
    }
}

impl Endpoints {
    /// What we are called.
    fn entity_id(&self) -> Option<EntityId> {
        EntityId::ours(&self.inner.parts.origin)
    }

    fn saml_metadata(&self) -> Result<Bytes, NoMetadata> {
        let keys = self.inner.parts.saml.load_full();
        let published = &self.inner.published.0;
        let mut kept = published.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, document)) = kept.as_ref()
            && Arc::ptr_eq(of, &keys)
        {
            return Ok(document.clone());
        }
        let origin = &self.inner.parts.origin;
        let at = |path: &str| format!("{origin}{path}");
        let certificates: Vec<&str> = keys.published().collect();
        let name = &self.inner.parts.organisation;
        let metadata = IdpMetadata {
            id: &MessageId::from_random(self.live().entropy().bytes()),
            entity_id: &self.entity_id().ok_or(NoMetadata::Name)?,
            valid_until: None,
            name: &Text {
                ja: name.clone(),
                en: name.clone(),
            },
            certificates: &certificates,
            sign_on: &at(OURS.sign_on),
            logout: &at(OURS.logout),
            soap: &at(OURS.soap),
        };
        let signer = keys.signer(XmlAlgorithm::RsaSha256)?;
        let document = Bytes::from(signer.sign(&metadata.write()?)?);
        *kept = Some((keys, document.clone()));
        Ok(document)
    }
}

#[cfg(test)]
mod tests;
