//! Hours: what is refused by the clock, and when to come back.

use super::*;

/// A Saturday, 23:30 in Tokyo: nobody is at the office, and there is maintenance.
fn saturday_night() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000) + Seconds(24 * 3600 + 6 * 3600 + 1800)
}

#[track_caller]
fn check(policies: &[&str], request: Request, told: &str) {
    let documents: Vec<PolicyDocument> = policies
        .iter()
        .enumerate()
        .map(|(number, text)| document(&format!("p{number}"), text))
        .collect();
    let policies = PolicySet::compile(&documents, &register()).unwrap();
    let decision = policies.decide(&request);
    assert_eq!(line(&decision), told);
    let Some(refusal) = decision.refusal() else {
        return;
    };
    let after = policies.decide(&super::decide::take(request, refusal.remedies()));
    assert!(after.permit().is_some(), "{after:?}");
}

fn at_night(app: &str) -> Request {
    let mut request = request(app);
    request.now = saturday_night();
    request.session.authenticated_at = request.now;
    request.session.expires_at = request.now + Seconds::hours(12);
    request
}

#[test]
fn hours_end_by_going_and_by_coming() {
    let outside = "forbid (principal, action, resource) unless { context.calendars.contains(Calendar::\"office-hours\") };";
    let within = "forbid (principal, action, resource) when { context.calendars.contains(Calendar::\"maintenance\") };";
    check(
        &[outside],
        at_night("news"),
        "no: outside-hours office-hours → come-back 2027-01-18T00:00:00Z",
    );
    check(
        &[within],
        at_night("news"),
        "no: outside-hours maintenance → come-back 2027-01-16T20:00:00Z",
    );
    check(
        &[outside, within],
        at_night("news"),
        "no: outside-hours maintenance, outside-hours office-hours → come-back 2027-01-18T00:00:00Z",
    );
}

/// Neither calendar alone would do: both have to stand otherwise.
#[test]
fn two_calendars_can_have_to_turn() {
    let both = "forbid (principal, action, resource) unless { context.calendars.contains(Calendar::\"office-hours\")
        && !(context.calendars.contains(Calendar::\"maintenance\")) };";
    check(
        &[both],
        at_night("news"),
        "no: outside-hours maintenance, outside-hours office-hours → come-back 2027-01-18T00:00:00Z",
    );
}

/// What is asked for at the other hour is told now.
#[test]
fn another_hour_can_ask_for_more() {
    let hours = "forbid (principal, action, resource) unless { context.calendars.contains(Calendar::\"office-hours\") };";
    let then = "forbid (principal, action, resource) when { context.calendars.contains(Calendar::\"office-hours\") }
        unless { context.session.assurance in Assurance::\"phishing-resistant\" };";
    check(
        &[hours, then],
        at_night("news"),
        "no: outside-hours office-hours → step-up phishing-resistant + come-back 2027-01-18T00:00:00Z",
    );
}

/// Whoever comes back proves herself on the way in.
#[test]
fn who_comes_back_has_a_fresh_proof() {
    let hours = "forbid (principal, action, resource) unless { context.calendars.contains(Calendar::\"office-hours\") };";
    let fresh = "forbid (principal, action, resource) unless { context.session.age <= 3600 };";
    let mut request = at_night("news");
    check(
        &[hours, fresh],
        request.clone(),
        "no: outside-hours office-hours → come-back 2027-01-18T00:00:00Z",
    );
    request.session.authenticated_at = request.now - Seconds(3601);
    check(
        &[hours, fresh],
        request,
        "no: outside-hours office-hours, reauthentication-needed (> 3600 s) → come-back 2027-01-18T00:00:00Z",
    );
}

/// Days off for longer than a month, one after the other.
#[test]
fn long_holidays_are_looked_past() {
    let mut register = register();
    let day = |month: u32, day: u32| (format!("2027-{month:02}-{day:02}"), text("summer"));
    register.calendars[0].days_off = (16..=31)
        .map(|number| day(1, number))
        .chain((1..=28).map(|number| day(2, number)))
        .collect();
    let hours = "forbid (principal, action, resource) unless { context.calendars.contains(Calendar::\"office-hours\") };";
    let policies = PolicySet::compile(&[document("p", hours)], &register).unwrap();
    assert_eq!(
        line(&policies.decide(&at_night("news"))),
        "no: outside-hours office-hours → come-back 2027-03-01T00:00:00Z"
    );
}

/// A calendar ends only the decisions of applications whose policies read it.
#[test]
fn what_nobody_reads_ends_no_decision() {
    let reads = "forbid (principal, action, resource == Application::\"wiki\") when { context.calendars.contains(Calendar::\"maintenance\") && !(context.device.proven) };";
    let intricate = "forbid (principal, action, resource == Application::\"chat\") when { context.calendars == [Calendar::\"maintenance\"] && !(context.device.proven) };";
    let policies = PolicySet::compile(
        &[document("p", reads), document("q", intricate)],
        &register(),
    )
    .unwrap();
    for (app, hours) in [("wiki", 6), ("chat", 6), ("news", 12)] {
        let mut request = request(app);
        // 17:30 in Tokyo, on a Friday.
        request.now = now() + Seconds(1800);
        request.session.authenticated_at = request.now;
        request.session.expires_at = request.now + Seconds::hours(12);
        let until = policies.decide(&request).valid_until();
        assert!(
            until.since(request.now) <= Seconds::hours(hours),
            "{app}: {until}"
        );
        if app == "news" {
            assert_eq!(until, request.session.expires_at);
        }
    }
}

/// An end that comes after Cedar changes its mind is found, and from then on the end is no later.
#[test]
fn a_wrong_end_is_found_and_put_right() {
    let policies = [
        "forbid (principal, action, resource) unless { context.calendars.contains(Calendar::\"office-hours\") };",
        "forbid (principal, action, resource) when { context.calendars.contains(Calendar::\"maintenance\") };",
    ];
    for text in policies {
        let compile = || PolicySet::compile(&[document("p", text)], &register()).unwrap();
        let mut request = request("news");
        // A Monday morning at the office.
        request.now = Timestamp::parse_rfc3339("2027-01-18T01:00:00Z").unwrap();
        request.session.authenticated_at = request.now;
        // A Saturday night: no office hours, and there is maintenance.
        request.session.expires_at = Timestamp::parse_rfc3339("2027-01-23T15:00:00Z").unwrap();
        let (right, mut wrong) = (compile(), compile());
        for slice in wrong.slices.iter_mut().flatten() {
            slice.calendars.clear();
        }
        let decision = right.decide(&request);
        assert!(decision.permit().is_some());
        assert_eq!(right.shadow(decision.inputs()), Ok(Shadow::Same));
        assert!(wrong.decide(&request).valid_until() > decision.valid_until());
        let Ok(Shadow::Differs(dispute)) = wrong.shadow(decision.inputs()) else {
            panic!("nothing was found");
        };
        assert_eq!(dispute.about, Disputed::ValidUntil);
        assert_eq!(dispute.compiled, dispute.cedar);
        assert!(wrong.decide(&request).valid_until() <= decision.valid_until());
    }
}
