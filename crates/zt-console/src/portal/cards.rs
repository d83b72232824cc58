//! The tiles and cards of the portal, made from the records and the decisions.

use super::view::{AppTile, CardCertificate, DeviceCard, Entry, Remedy};
use crate::PagesState;
use crate::guard::{Signed, source_name, step_up};
use crate::rows::{certificates_of, device_trust, devices_of};
use crate::words::{CertificateState, Names, Reader, certificate_kind, ownership};
use zt_device::{DeviceState, Presentation};
use zt_federation::saml::Unsolicited;
use zt_pages::refusal::{Reason, RemedyView, Ways};
use zt_policy::{Application, CertificateDemand, Refusal};
use zt_store::State;
use zt_types::Assurance;

/// The applications that are for this person, each with what it would say now.
pub(crate) fn apps(state: &PagesState, signed: &Signed) -> Vec<AppTile> {
    let applications: Vec<(Application, Option<String>)> = state.live().read(|records| {
        let apps = records.applications.values();
        apps.map(|app| (app.clone(), home(state, records, app)))
            .collect()
    });
    applications
        .into_iter()
        .filter(|(app, _)| {
            app.groups.is_empty()
                || app
                    .groups
                    .iter()
                    .any(|group| signed.person.groups.contains(group))
        })
        .map(|(app, home)| {
            // What the application's own host would see: this host has asked for a certificate, that one perhaps not. What
            // has no host of its own is decided about here.
            let presented = match (&app.upstream, app.certificate) {
                (None, _) | (Some(_), CertificateDemand::Ask) => signed.visitor.presented,
                (Some(_), CertificateDemand::DoNotAsk) => Presentation::NotAsked,
            };
            let decision =
                state
                    .live()
                    .preview(&signed.session, &app.id, presented, signed.visitor.whence);
            let entry = match decision.refusal() {
                None => home.map_or(Entry::Elsewhere, |href| Entry::Open { href }),
                Some(refusal) => refused(state, signed, refusal),
            };
            AppTile {
                name: signed.page.text(&app.name).to_owned(),
                description: signed.page.text(&app.description).to_owned(),
                sensitivity: app.sensitivity,
                entry,
            }
        })
        .collect()
}

/// Where an application begins: at its host here, or where its first program that says so has it.
fn home(state: &PagesState, records: &State, app: &Application) -> Option<String> {
    if app.upstream.is_some() {
        return Some(format!("{}/", state.site().app_origin(&app.id)));
    }
    let clients = records.clients.values();
    let clients = clients.map(|client| (&client.app, client.home.as_ref()));
    let providers = records.service_providers.values();
    let providers = providers.map(|provider| (&provider.app, provider.home.as_ref()));
    let mut homes = clients.chain(providers);
    let said = homes.find_map(|(of, home)| home.filter(|_| *of == app.id));
    // Where nothing says so, a sign-in that may begin here is the way there.
    let start = || {
        let mut providers = records.service_providers.values();
        let provider = providers.find(|provider| {
            provider.app == app.id && provider.unsolicited != Unsolicited::Refused
        })?;
        Some(format!("/saml/start/{}", provider.id))
    };
    said.map(|home| home.as_str().to_owned()).or_else(start)
}

fn refused(state: &PagesState, signed: &Signed, refusal: &Refusal) -> Entry {
    let page = &signed.page;
    let demanded = refusal.remedies().iter().find_map(|remedy| match remedy {
        zt_policy::Remedy::StepUp { assurance } => Some(*assurance),
        _ => None,
    });
    // Proving once more must not take strength away.
    let again = signed.session.assurance.max(Assurance::Mfa);
    let ways = Ways {
        step_up: Some(step_up(demanded.unwrap_or(again), "/")),
        sign_in: Some("/signin?again=yes&return=/".to_owned()),
        reset: Some("/signin/reset?return=/".to_owned()),
        terms: Some(crate::terms::way("/")),
        devices: Some("/devices".to_owned()),
        again: None,
        ..Ways::default()
    };
    let reasons = state
        .live()
        .read(|records| Reason::of(refusal, |slug| source_name(records, page, slug)));
    let heading = reasons
        .first()
        .map_or_else(String::new, |reason| reason.heading(page).to_owned());
    let remedy = RemedyView::of(refusal, &ways)
        .into_iter()
        .next()
        .map(|remedy| Remedy {
            text: page.member("remedy", remedy.kind.slug()),
            action: page.member("remedy-action", remedy.kind.slug()),
            href: remedy.href,
        });
    Entry::Refused { heading, remedy }
}

/// The person's devices that are in use.
pub(crate) fn devices(state: &PagesState, signed: &Signed) -> Vec<DeviceCard> {
    let now = state.live().clock().now();
    let here = match signed.visitor.presented {
        Presentation::Certificate(certificate) => Some(certificate.device),
        _ => None,
    };
    let page = &signed.page;
    state.live().read(|records| {
        let names = Names {
            page,
            state: records,
            reader: Reader::Person,
        };
        devices_of(records, signed.person.id)
            .into_iter()
            .filter(|device| device.state == DeviceState::Enrolled)
            .map(|device| DeviceCard {
                id: device.id.to_string(),
                name: device.name.clone(),
                is_here: here == Some(device.id),
                trust: names.trust(&device_trust(records, device.id, now)),
                os: device.os.clone(),
                hostname: device.hostname.clone(),
                ownership: ownership(page, device.ownership),
                enrolled: device.enrolled_at,
                certificates: certificates_of(records, device.id)
                    .into_iter()
                    .map(|certificate| {
                        let state = CertificateState::of(certificate, now);
                        let (tone, icon) = state.look();
                        CardCertificate {
                            kind: certificate_kind(page, certificate.kind),
                            tone,
                            icon,
                            state: state.word(page),
                            until: certificate.not_after,
                        }
                    })
                    .collect(),
                retire: format!("/devices/{}/retire", device.id),
                retire_question: page.t1("device-retire-question", "device", device.name.clone()),
            })
            .collect()
    })
}
