//! Rules read word for word: the slow and plain meaning of a rule, over the request itself.

use super::*;

/// What the rules and the baseline leave of an access, read word for word.
pub(super) fn as_read(rules: &[Rule], request: &Request, register: &Register) -> CapabilitySet {
    let own = ["portal", "console"].contains(&request.app.as_str());
    let app = register
        .applications
        .iter()
        .find(|app| app.id == request.app);
    let groups = app.map_or(&[][..], |app| &app.groups);
    let entitled = own
        || groups.is_empty()
        || groups
            .iter()
            .any(|group| request.person.groups.contains(group));
    let is_low = |trust: &Trust| trust.level == Level::Low;
    let mut left = CapabilitySet::NONE;
    for capability in Capability::ALL {
        let allowed = rules
            .iter()
            .any(|rule| allows(rule, request, app, capability));
        let refused = is_low(&request.person.trust)
            || is_low(&request.device.trust) && request.app.as_str() != "portal"
            || request.app.as_str() == "console"
                && (request.person.role != Role::Administrator
                    || request.session.assurance < Assurance::Mfa)
            || rules
                .iter()
                .any(|rule| refuses(rule, request, app, capability));
        if (entitled || allowed) && !refused {
            left = left.with(capability);
        }
    }
    if left.contains(Capability::Connect) {
        left
    } else {
        CapabilitySet::NONE
    }
}

/// What the rules oblige to beside what they refuse, read word for word.
pub(super) fn obliges_as_read(
    rules: &[Rule],
    request: &Request,
    register: &Register,
    granted: CapabilitySet,
) -> Vec<Obligation> {
    let app = register
        .applications
        .iter()
        .find(|app| app.id == request.app);
    let mut obligations = std::collections::BTreeSet::new();
    let mut last: Option<Timestamp> = None;
    for (number, rule) in (0..).zip(rules) {
        let number: u32 = number;
        if !applies(rule.parts(), request, app) {
            continue;
        }
        for limit in &rule.parts().limits {
            match limit {
                Limit::Withhold(_) | Limit::Record => {}
                Limit::Watermark => {
                    obligations.insert(Obligation::Watermark);
                }
                Limit::Warn => {
                    obligations.insert(Obligation::Warn {
                        policy: PolicyId::new(&format!("r{number}")).unwrap(),
                        message: None,
                    });
                }
                Limit::ReauthenticateAfter(most) => {
                    let at = request.session.authenticated_at + Seconds(most.0 + 1);
                    last = last.into_iter().chain([at]).min();
                }
            }
        }
    }
    obligations.extend(last.map(|at| Obligation::ReauthenticateAt { at }));
    if !granted.contains(Capability::Unrecorded) {
        obligations.insert(Obligation::Record);
    }
    obligations.into_iter().collect()
}

fn allows(rule: &Rule, request: &Request, app: Option<&Application>, of: Capability) -> bool {
    let parts = rule.parts();
    parts.effect == RuleEffect::Allow
        && is_about(&parts.what.capabilities, of)
        && applies(parts, request, app)
        && is_given(parts.require.as_ref(), request)
}

fn refuses(rule: &Rule, request: &Request, app: Option<&Application>, of: Capability) -> bool {
    let parts = rule.parts();
    if parts.effect == RuleEffect::Allow || !applies(parts, request, app) {
        return false;
    }
    let whole = match parts.effect {
        RuleEffect::Refuse => true,
        _ => !is_given(parts.require.as_ref(), request),
    };
    whole && is_about(&parts.what.capabilities, of)
        || parts.limits.iter().any(|limit| match limit {
            Limit::Withhold(withheld) => withheld.contains(&of),
            Limit::Record => of == Capability::Unrecorded,
            Limit::Watermark | Limit::Warn => false,
            Limit::ReauthenticateAfter(most) => {
                request.now.since(request.session.authenticated_at) > *most
            }
        })
}

fn is_about(capabilities: &[Capability], of: Capability) -> bool {
    capabilities.is_empty() || capabilities.contains(&of)
}

fn is_given(require: Option<&Require>, request: &Request) -> bool {
    match require {
        None => true,
        Some(Require::All(all)) => all.iter().all(|one| holds(one, request)),
        Some(Require::Any(any)) => any.iter().any(|one| holds(one, request)),
    }
}

fn applies(parts: &RuleParts, request: &Request, app: Option<&Application>) -> bool {
    let person = &request.person;
    let is = |whom: &Whom| match whom {
        Whom::Everyone => true,
        Whom::Guests => person.affiliation == Affiliation::Guest,
        Whom::Person(id) => person.id == *id,
        Whom::Group(group) => person.groups.contains(group),
        Whom::Role(role) => person.role == *role,
    };
    let in_group = |group: &AppGroupId| app.is_some_and(|app| app.app_groups.contains(group));
    let in_scope = match &parts.scope {
        Scope::Global => true,
        Scope::AppGroup(group) => in_group(group),
        Scope::Application(id) => request.app == *id,
    };
    let What {
        applications,
        app_groups,
        sensitivity,
        except_applications,
        except_app_groups,
        ..
    } = &parts.what;
    let named = applications.is_empty() && app_groups.is_empty()
        || applications.contains(&request.app)
        || app_groups.iter().any(in_group);
    // Our own pages are not in the register.
    let own = match request.app.as_str() {
        "portal" => Sensitivity::Public,
        _ => Sensitivity::Confidential,
    };
    let is_sensitive = sensitivity.is_none_or(|s| app.map_or(own, |app| app.sensitivity) >= s);
    parts.who.iter().any(is)
        && !parts.except.iter().any(|out| is(&out.whom))
        && in_scope
        && named
        && !except_applications.contains(&request.app)
        && !except_app_groups.iter().any(in_group)
        && is_sensitive
        && parts.when.iter().all(|one| holds(one, request))
}

fn holds(condition: &Condition, request: &Request) -> bool {
    let Request {
        person,
        device,
        session,
        circumstances,
        ..
    } = request;
    fn at<T: PartialOrd + Copy>(value: T, bound: &Bound<T>) -> bool {
        match bound {
            Bound::AtLeast(least) => value >= *least,
            Bound::Below(least) => value < *least,
        }
    }
    let has = |property: &DeviceProperty| match property {
        DeviceProperty::CompanyOwned => device.ownership == Ownership::Company,
        DeviceProperty::Enrolled => device.evidence.device().or(device.bound).is_some(),
        DeviceProperty::Certificate => device.evidence.device().is_some(),
    };
    let open = |facts: &[OpenFact], kinds: &[FactKind]| {
        facts.iter().any(|fact| kinds.contains(&fact.kind))
    };
    let from = |networks: &[NetworkId]| circumstances.networks.iter().any(|n| networks.contains(n));
    let version = |version: Option<Version>| version.unwrap_or_default();
    let proven = device.evidence.device().is_some();
    match condition {
        Condition::PersonTrust(bound) => at(person.trust.level, bound),
        Condition::DeviceTrust(bound) => at(device.trust.level, bound),
        Condition::Assurance(bound) => at(session.assurance, bound),
        Condition::ProvenWithin(most) => request.now.since(session.authenticated_at) <= *most,
        Condition::CompliantDevice => proven && device.trust.level == Level::High,
        Condition::CompanyDevice => proven && device.ownership == Ownership::Company,
        Condition::DeviceIs(property) => has(property),
        Condition::DeviceIsNot(property) => !has(property),
        Condition::PostureGood(item) => device.posture.item(*item) == Answer::Yes,
        Condition::PostureNotGood(item) => device.posture.item(*item) != Answer::Yes,
        Condition::PostureBad(item) => device.posture.item(*item) == Answer::No,
        Condition::Os(list) => list.contains(&device.posture.os),
        Condition::OsVersion { os, version: bound } => {
            device.posture.os == *os && at(version(device.posture.os_version), bound)
        }
        Condition::BrowserVersion(bound) => {
            circumstances.client == ClientKind::Browser
                && at(version(circumstances.client_version), bound)
        }
        Condition::AntivirusVersion(bound) => at(version(device.posture.antivirus_version), bound),
        Condition::FromNetworks(networks) => from(networks),
        Condition::NotFromNetworks(networks) => !from(networks),
        Condition::FromCountries(places) => places.contains(&Place(circumstances.country)),
        Condition::NotFromCountries(places) => !places.contains(&Place(circumstances.country)),
        Condition::ThroughAnonymiser => circumstances.anonymiser != Answer::No,
        Condition::NotThroughAnonymiser => circumstances.anonymiser == Answer::No,
        Condition::Within(_) => in_office_hours(request.now),
        Condition::Outside(_) => !in_office_hours(request.now),
        Condition::Client(list) => list.contains(&circumstances.client),
        Condition::PersonFacts(kinds) => open(&person.facts, kinds),
        Condition::NoPersonFacts(kinds) => !open(&person.facts, kinds),
        Condition::DeviceFacts(kinds) => open(&device.facts, kinds),
        Condition::NoDeviceFacts(kinds) => !open(&device.facts, kinds),
        Condition::PasswordGood => person.password == PasswordState::Good,
        Condition::PasswordResetDue => person.password == PasswordState::ResetDue,
        Condition::TermsAccepted(terms) => person.terms.contains(terms),
    }
}

/// Monday to Friday, 09:00 to 17:30, nine hours ahead of UTC. The first of January 1970 was a Thursday.
fn in_office_hours(now: Timestamp) -> bool {
    let minutes = now.as_millis() / 60_000 + 9 * 60;
    let (day, minute) = ((minutes / 1440 + 3) % 7, minutes % 1440);
    day < 5 && (540..1050).contains(&minute)
}
