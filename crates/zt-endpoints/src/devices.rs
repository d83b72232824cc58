//! `POST /api/v1/devices/…`: a device comes in, gets further certificates, is given up.

use crate::answer::{Problem, json_answer, no_content};
use crate::{Caller, Endpoints};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use zt_crypto::ca::{DeviceRequest, RequestRefusal};
use zt_crypto::code::canonical;
use zt_crypto::hash::token_hash;
use zt_device::wire::{
    CertificateRequest, EnrolAnswer, EnrolRequest, IssuedCertificate, LARGEST_REQUEST,
};
use zt_device::{
    Certificate, CertificateKind, CertificateOrder, Claim, Device, DeviceState, Enrolment,
    EnrolmentRefusal, Presentation, enrol, judge_code,
};
use zt_events::{Actor, Body as EventBody, Event};
use zt_live::LiveError;
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_types::{CertificateSerial, DeviceEvidence, DeviceId, PersonState, Timestamp};

/// A device comes in with a one-time code.
pub(crate) async fn enrol_device(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request: EnrolRequest = crate::body::json(&headers, body, LARGEST_REQUEST).await?;
    let answered = endpoints.enrol(request).await;
    if let Err(refused) = &answered
        && let Some(why) = refused.slug()
        && endpoints
            .inner
            .throttle
            .admits(endpoints.live().clock().now())
    {
        let body = EventBody::EnrolmentRefused {
            why: why.to_owned(),
            address: caller.address.to_canonical().to_string(),
        };
        endpoints.live().record(Actor::Nobody, body);
    }
    let answer = answered.map_err(Problem::from)?;
    Ok(json_answer(StatusCode::CREATED, &answer))
}

/// An enrolled device gets a certificate for its browser.
pub(crate) async fn browser_certificate(
    state: State<Endpoints>,
    caller: Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    further_certificate(CertificateKind::Browser, state, caller, headers, body).await
}

/// An enrolled device gets its agent's next certificate. The one it has goes on until its end: were it revoked here, an
/// answer lost on its way would lock the device out.
pub(crate) async fn renew(
    state: State<Endpoints>,
    caller: Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    further_certificate(CertificateKind::Agent, state, caller, headers, body).await
}

async fn further_certificate(
    kind: CertificateKind,
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let device = endpoints.authenticate_agent(caller)?;
    let request: CertificateRequest = crate::body::json(&headers, body, LARGEST_REQUEST).await?;
    let request = DeviceRequest::parse(&request.csr).map_err(Problem::from)?;
    let (certificate, issued) = endpoints.issue(&device, kind, &request)?;
    let event = endpoints.issued_event(&device, &certificate);
    let plan = Plan::new(vec![Change::PutCertificate(certificate)], vec![event]);
    endpoints.live().commit(plan).await?;
    Ok(json_answer(StatusCode::CREATED, &issued))
}

/// An enrolled device is given up: none of its certificates counts any more.
pub(crate) async fn leave(
    State(endpoints): State<Endpoints>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let device = endpoints.authenticate_agent(caller)?;
    // Whoever sends something here means something else, and giving a device up cannot be taken back.
    crate::body::bytes(&headers, body, 0).await?;
    let live = endpoints.live();
    let now = live.clock().now();
    let (mut changes, mut events) = endpoints.revoke_all(&device, now);
    let (id, person) = (device.id, device.owner);
    changes.push(Change::PutDevice(Device {
        state: DeviceState::Retired,
        ..device
    }));
    let retired = EventBody::DeviceRetired { device: id, person };
    events.push(live.event(Actor::Person(person), retired));
    live.commit(Plan::new(changes, events)).await?;
    Ok(no_content())
}

/// Why a device does not come in.
enum Refused {
    Enrolment(EnrolmentRefusal),
    Request(RequestRefusal),
    Other(Problem),
}

impl Refused {
    /// The slug for the event; none where the fault is ours.
    const fn slug(&self) -> Option<&'static str> {
        match self {
            Self::Enrolment(refusal) => Some(refusal.slug()),
            Self::Request(refusal) => Some(refusal.slug()),
            Self::Other(_) => None,
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Enrolment(refusal) => {
                let status = match refusal {
                    EnrolmentRefusal::UnknownCode | EnrolmentRefusal::ExpiredCode => {
                        StatusCode::FORBIDDEN
                    }
                    EnrolmentRefusal::Name(_) => StatusCode::UNPROCESSABLE_ENTITY,
                };
                Self::new(status, refusal.slug(), refusal.to_string())
            }
            Refused::Request(refusal) => refusal.into(),
            Refused::Other(problem) => problem,
        }
    }
}

impl From<RequestRefusal> for Problem {
    fn from(refusal: RequestRefusal) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            refusal.slug(),
            refusal.to_string(),
        )
    }
}

impl Endpoints {
    async fn enrol(&self, request: EnrolRequest) -> Result<EnrolAnswer, Refused> {
        let live = self.live();
        let unknown = || Refused::Enrolment(EnrolmentRefusal::UnknownCode);
        let now = live.clock().now();
        let hash = token_hash(&canonical(&request.code).ok_or_else(unknown)?);
        let key = DeviceRequest::parse(&request.csr).map_err(Refused::Request)?;
        let fresh = DeviceId::from_random(live.entropy().bytes());
        let facts = request.facts.into();
        let enrolment = live
            .read(|state| {
                let code = judge_code(state.enrolment_codes.get(&hash), now)?;
                let owner = state.people.get(&code.person);
                // Somebody disabled since she got the code: the code is worth nothing, and nobody learns more.
                if !owner.is_some_and(|owner| owner.state == PersonState::Active) {
                    return Err(EnrolmentRefusal::UnknownCode);
                }
                enrol(
                    code,
                    &request.name,
                    &facts,
                    state.devices.values(),
                    fresh,
                    now,
                )
            })
            .map_err(Refused::Enrolment)?;
        let device = enrolment.device().clone();
        let (certificate, issued) = self
            .issue(&device, CertificateKind::Agent, &key)
            .map_err(Refused::Other)?;
        let (mut changes, mut events) = match &enrolment {
            Enrolment::New(_) => (Vec::new(), Vec::new()),
            Enrolment::Again(device) => self.revoke_all(device, now),
        };
        let enrolled = EventBody::DeviceEnrolled {
            device: device.id,
            person: device.owner,
            name: device.name.clone(),
        };
        events.push(live.event(Actor::Person(device.owner), enrolled));
        events.push(self.issued_event(&device, &certificate));
        changes.insert(0, Change::UseEnrolmentCode { hash, now });
        changes.push(Change::PutDevice(device.clone()));
        changes.push(Change::PutCertificate(certificate));
        match live.commit(Plan::new(changes, events)).await {
            Ok(_) => Ok(EnrolAnswer {
                device: device.id,
                name: device.name,
                issued,
            }),
            // Somebody else used it between the look and the commit.
            Err(LiveError::Store(StoreError::Conflict(Conflict::NotUsable))) => Err(unknown()),
            Err(error) => Err(Refused::Other(error.into())),
        }
    }

    /// Knows a device by its agent's certificate.
    fn authenticate_agent(&self, caller: Caller) -> Result<Device, Problem> {
        let refused = |why: &str| {
            Problem::new(
                StatusCode::FORBIDDEN,
                why,
                "this needs the certificate of an enrolled device's agent",
            )
        };
        let presented = caller.presented;
        let Presentation::Certificate(certificate) = presented else {
            return Err(refused(match presented {
                Presentation::Refused(why) => why.slug(),
                _ => "no-certificate",
            }));
        };
        if certificate.kind != CertificateKind::Agent {
            return Err(refused("wrong-usage"));
        }
        let now = self.live().clock().now();
        self.live().read(|state| {
            let device = state.devices.get(&certificate.device);
            let claim = Claim {
                presented,
                certificate: state.certificates.get(&certificate.serial),
                device,
                person: None,
                bound: None,
            };
            match (zt_device::evidence(&claim, now).evidence, device) {
                (DeviceEvidence::Absent(why), _) => Err(refused(why.slug())),
                (DeviceEvidence::Proven(_), Some(device)) => {
                    let owner = state.people.get(&device.owner);
                    if owner.is_some_and(|owner| owner.state == PersonState::Active) {
                        Ok(device.clone())
                    } else {
                        Err(refused("of-another-person"))
                    }
                }
                (DeviceEvidence::Proven(_), None) => Err(refused("unknown")),
            }
        })
    }

    fn issue(
        &self,
        device: &Device,
        kind: CertificateKind,
        request: &DeviceRequest,
    ) -> Result<(Certificate, IssuedCertificate), Problem> {
        let live = self.live();
        let serial = CertificateSerial::from_random(live.entropy().bytes());
        let order = CertificateOrder::new(device, kind, serial, live.clock().now())
            .map_err(|error| Problem::new(StatusCode::FORBIDDEN, "unknown", error.to_string()))?;
        let authority = &self.inner.parts.device_authority;
        let issued = authority.issue(&order, request).map_err(|error| {
            tracing::error!(%error, "a device certificate could not be issued");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "not-issued",
                "the certificate could not be issued",
            )
        })?;
        let answer = IssuedCertificate {
            serial,
            kind,
            certificate: issued.pem,
            authority: authority.certificate_pem(),
        };
        Ok((issued.record, answer))
    }

    fn issued_event(&self, device: &Device, certificate: &Certificate) -> Event {
        self.live().event(
            Actor::Person(device.owner),
            EventBody::CertificateIssued {
                device: device.id,
                person: device.owner,
                serial: certificate.serial,
                kind: certificate.kind.as_str().to_owned(),
            },
        )
    }

    /// Revokes what certificates a device has.
    fn revoke_all(&self, device: &Device, now: Timestamp) -> (Vec<Change>, Vec<Event>) {
        let live = self.live();
        let certificates: Vec<Certificate> = live.read(|state| {
            state
                .certificates
                .values()
                .filter(|c| c.device == device.id && c.revoked_at.is_none())
                .cloned()
                .collect()
        });
        let events = certificates
            .iter()
            .map(|certificate| {
                live.event(
                    Actor::Person(device.owner),
                    EventBody::CertificateRevoked {
                        device: device.id,
                        person: device.owner,
                        serial: certificate.serial,
                    },
                )
            })
            .collect();
        let changes = certificates
            .into_iter()
            .map(|certificate| {
                Change::PutCertificate(Certificate {
                    revoked_at: Some(now),
                    ..certificate
                })
            })
            .collect();
        (changes, events)
    }
}

#[cfg(test)]
mod tests;
