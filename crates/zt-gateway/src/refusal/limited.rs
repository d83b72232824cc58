//! What somebody is answered whose access does not reach that far: what is withheld, why, and what would lift it, as far as
//! the decision knows.

use super::{page, problem};
use crate::arrival::Reader;
use crate::lift;
use crate::limits::{Limits, Marks};
use crate::relay::GatewayBody;
use crate::visit::Visit;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use zt_live::Grant;
use zt_pages::refusal::{Reason as Shown, Short, Withheld};
use zt_policy::{Permit, Remedy};
use zt_types::{Capability, CapabilitySet};

/// The access does not reach that far.
pub(crate) fn withheld(
    visit: &Visit<'_>,
    grant: &Grant,
    withheld: Withheld,
) -> Response<GatewayBody> {
    let permit = &grant.permit;
    let policies = visit.gateway.live.policies();
    let would_do = |better: &Permit| reaches(better, withheld);
    let steps = lift::steps(&policies, permit, would_do, visit.now);
    let short = lift::short_of(&steps);
    if visit.asker.reader == Reader::Program {
        return in_json(visit, grant, withheld, &short, &steps);
    }
    let mut reasons = vec![Shown::Withheld(withheld)];
    reasons.extend(short.into_iter().map(Shown::Short));
    page(
        visit,
        permit.person(),
        grant.decision,
        reasons,
        [&steps, &[]],
    )
}

/// Whether a permit would let through what is withheld.
fn reaches(permit: &Permit, withheld: Withheld) -> bool {
    let needs = match withheld {
        Withheld::Read => Capability::Read,
        Withheld::Upload | Withheld::Socket => Capability::Upload,
        Withheld::Download => Capability::Download,
        Withheld::Persist => {
            let marks = Limits::of(permit).marks();
            return marks < Marks::Watermark && permit.capabilities().contains(Capability::Persist);
        }
        Withheld::Watermark => return Limits::of(permit).marks() < Marks::Watermark,
    };
    CapabilitySet::NONE
        .with(needs)
        .is_subset(permit.capabilities())
}

fn in_json(
    visit: &Visit<'_>,
    grant: &Grant,
    withheld: Withheld,
    short: &[Short],
    steps: &[Remedy],
) -> Response<GatewayBody> {
    let page = visit.asker.page();
    let because: Vec<&str> = short.iter().map(|short| short.slug()).collect();
    let remedies: Vec<&str> = steps.iter().map(|step| step.slug()).collect();
    let body = json!({
        "type": "urn:sekisho:problem:limited",
        "title": Shown::Withheld(withheld).heading(&page),
        "status": 403,
        "reason": "limited",
        "withheld": withheld.slug(),
        "detail": Shown::Withheld(withheld).sentence(&page),
        "because": because,
        "remedies": remedies,
        "explanation": visit.entry.origin,
        "reference": grant.decision,
    });
    let mut response = problem(StatusCode::FORBIDDEN, &body);
    response.headers_mut().insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(visit.asker.language().tag()),
    );
    response
}

/// The hour has come at which she has to prove once more who she is.
pub(crate) fn proof_due(visit: &Visit<'_>, grant: &Grant) -> Response<GatewayBody> {
    let steps = [Remedy::Reauthenticate];
    if visit.asker.reader == Reader::Program {
        let body = json!({
            "type": "urn:sekisho:problem:access-refused",
            "title": "access refused",
            "status": 403,
            "reasons": ["reauthentication-needed"],
            "remedies": ["reauthenticate"],
            "detail": "open the address in `explanation` in a browser: it says why, and what to do",
            "explanation": visit.entry.origin,
            "reference": grant.decision,
        });
        return problem(StatusCode::FORBIDDEN, &body);
    }
    let reasons = vec![Shown::Reauthentication];
    page(
        visit,
        grant.permit.person(),
        grant.decision,
        reasons,
        [&steps, &[]],
    )
}
