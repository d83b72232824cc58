//! Policies as Cedar and as rules: what compiles decides as Cedar does, what does not says why and where.

use crate::world::{self, Choices, NOW};
use zt_policy::{Decision, Permit, PolicyError, PolicySet, Register, Rule, RuleParts, Shadow};
use zt_types::CapabilitySet;

/// So many questions are asked of whatever compiles.
const QUESTIONS: usize = 4;

/// Cedar text; after a NUL byte, what is asked of it.
pub(crate) fn cedar(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (text, asked) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let Ok(cedar) = std::str::from_utf8(text) else {
        return;
    };
    let (Ok(register), Ok(document)) = (world::register(), world::document("p", cedar)) else {
        return;
    };
    match PolicySet::compile(&[document], &register) {
        Ok(policies) => ask(&policies, &mut Choices::new(asked, text)),
        Err(errors) => complains(&errors, cedar),
    }
}

/// A rule as JSON, as the console and the files have it; after a NUL byte, what is asked of it.
pub(crate) fn rule(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (json, asked) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let Ok(parts) = serde_json::from_slice::<RuleParts>(json) else {
        return;
    };
    let rule = match Rule::new(parts) {
        Ok(rule) => rule,
        Err(errors) => {
            assert!(!errors.is_empty(), "refused for nothing");
            for error in errors {
                assert!(!error.to_string().is_empty(), "{error:?} says nothing");
            }
            return;
        }
    };
    let again = serde_json::to_string(&rule)
        .ok()
        .and_then(|json| serde_json::from_str::<Rule>(&json).ok());
    assert_eq!(
        again.as_ref(),
        Some(&rule),
        "a rule is not what it is kept as"
    );
    let (Ok(register), Ok(document)) = (world::register(), world::document("p", "")) else {
        return;
    };
    let document = document.written_by(rule);
    match PolicySet::compile(std::slice::from_ref(&document), &register) {
        Ok(policies) => ask(&policies, &mut Choices::new(asked, json)),
        Err(errors) => {
            complains(&errors, &document.cedar);
            // What the form takes compiles wherever everything that it names is registered.
            for error in errors {
                let said = error.to_string();
                let is_of_names = said.contains("is not in the register")
                    || said.contains("no application is in the group")
                    || said.contains("is not a country");
                assert!(is_of_names, "{said}\n{}", document.cedar);
            }
        }
    }
}

/// Every error says something, and points into the text.
fn complains(errors: &[PolicyError], cedar: &str) {
    assert!(!errors.is_empty(), "refused for nothing");
    let lines = cedar.split('\n').count();
    for error in errors {
        let said = error.to_string();
        assert!(!said.is_empty(), "{error:?} says nothing");
        if let Some((line, column)) = error.position() {
            let within = (1..=lines).contains(&line) && column >= 1 && column <= cedar.len() + 1;
            assert!(
                within,
                "{said}: line {line}, column {column} is not in the text"
            );
        }
    }
}

fn ask(policies: &PolicySet, choices: &mut Choices<'_>) {
    for _ in 0..QUESTIONS {
        let Ok(request) = world::request(choices) else {
            return;
        };
        let decision = policies.decide(&request);
        let granted = granted(&decision);
        assert_eq!(
            policies.decide(&request),
            decision,
            "decided twice: {request:?}"
        );
        assert_eq!(
            policies.replay(decision.inputs()).as_ref(),
            Ok(&decision),
            "replayed: {request:?}"
        );
        assert!(
            decision.valid_until() > request.now,
            "over at once: {request:?}"
        );
        if let Some(app) = policies.app_number(&request.app) {
            let weighed =
                policies.weigh(app, &policies.facts(&request), &policies.hours(request.now));
            assert_eq!(weighed.capabilities, granted, "weighed: {request:?}");
        }
        let examined = policies.examine(&request);
        assert_eq!(examined.decision, decision, "examined: {request:?}");
        // Cedar's own answer. It goes last: a set that was wrong once is not believed again.
        let shadow = policies.shadow(decision.inputs());
        assert!(
            matches!(shadow, Ok(Shadow::Same | Shadow::NotCompared)),
            "{shadow:?}: {request:?}"
        );
    }
}

fn granted(decision: &Decision) -> CapabilitySet {
    decision
        .permit()
        .map_or(CapabilitySet::NONE, Permit::capabilities)
}

/// A calendar as JSON, read by a policy: what it says at an instant holds for as long as it says.
pub(crate) fn calendar(bytes: &[u8]) {
    let Ok(calendar) = serde_json::from_slice::<zt_policy::Calendar>(bytes) else {
        return;
    };
    assert!(
        calendar.hours.is_empty() || !calendar.hours_in_words().is_empty(),
        "hours without words"
    );
    let cedar = format!(
        "forbid (principal, action, resource) unless {{ context.calendars.contains(Calendar::\"{}\") }};",
        calendar.id
    );
    let (Ok(known), Ok(document)) = (world::register(), world::document("p", &cedar)) else {
        return;
    };
    let register = Register {
        calendars: vec![calendar],
        ..known
    };
    let policies = match PolicySet::compile(&[document], &register) {
        Ok(policies) => policies,
        Err(errors) => return complains(&errors, &cedar),
    };
    let mut choices = Choices::new(&[], bytes);
    for _ in 0..QUESTIONS {
        let Ok(mut request) = world::request(&mut choices) else {
            return;
        };
        request.session.authenticated_at = NOW;
        let decision = policies.decide(&request);
        let until = decision.valid_until();
        assert!(until > request.now, "over at once: {request:?}");
        let then = request.now.as_millis().midpoint(until.as_millis());
        if then >= until.as_millis() {
            continue;
        }
        request.now = zt_types::Timestamp::from_millis(then);
        assert_eq!(
            granted(&policies.decide(&request)),
            granted(&decision),
            "turned before {until}: {request:?}"
        );
    }
}
