//! Forms of other steps, other browsers, other times.

use super::*;

fn nonce(n: u8) -> Nonce {
    Nonce::from_random([n; 16])
}

#[test]
fn a_form_belongs_to_one_step_of_one_flow_of_one_browser() {
    let (flow, _) = begin(Goal::SignIn, None);
    let good = flow.ticket();
    let late = START + FLOW_LIFETIME;
    let other_flow = Ticket {
        flow: FlowId::from_random([2; 16]),
        ..good
    };
    let other_step = Ticket { step: 1, ..good };
    let other_nonce = Ticket {
        nonce: nonce(2),
        ..good
    };
    for (browser, ticket, now, expected) in [
        (hash(1), good, START, Ok(())),
        (hash(2), good, START, Err(Turned::ForeignBrowser)),
        (hash(1), good, late, Err(Turned::Expired)),
        (hash(2), good, late, Err(Turned::ForeignBrowser)),
        (hash(1), other_flow, START, Err(Turned::Stale)),
        (hash(1), other_step, START, Err(Turned::Stale)),
        (hash(1), other_nonce, START, Err(Turned::Stale)),
    ] {
        assert_eq!(flow.admit_form(&browser, &ticket, now), expected);
    }
    // A clock that jumped back shuts nobody out.
    assert_eq!(
        flow.admit_form(&hash(1), &good, START - Seconds::hours(1)),
        Ok(())
    );
}

#[test]
fn the_back_button_and_a_second_tab_lose_nothing_and_skip_nothing() {
    let (flow, _) = begin(Goal::SignIn, None);
    let first = flow.ticket();
    let (flow, _) = flow.step(named(Some(account(10, &FULL))), START);
    let flow = flow.next_page(nonce(2));
    let second = flow.ticket();
    // The form of the first page, from the other tab or sent twice.
    assert_eq!(flow.admit_form(&hash(1), &first, START), Err(Turned::Stale));
    assert_eq!(flow.state(), &FlowState::Password);
    assert_eq!(flow.admit_form(&hash(1), &second, START), Ok(()));
    let (flow, _) = flow.step(Input::Cancel, START);
    let flow = flow.next_page(nonce(3));
    assert_eq!(
        flow.admit_form(&hash(1), &flow.ticket(), START),
        Err(Turned::Over)
    );
}

#[test]
fn a_flow_survives_being_kept() {
    let (flow, _) = begin(Goal::SignIn, None);
    let (flow, _) = flow.step(named(Some(account(10, &FULL))), START);
    let flow = flow.next_page(nonce(0xab));
    let text = serde_json::to_string(&flow).unwrap();
    let read: Flow = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    assert_eq!(read.admit_form(&hash(1), &flow.ticket(), START), Ok(()));
    assert!(
        !format!("{flow:?}").contains("abababab"),
        "a nonce is not printed"
    );
}

#[test]
fn an_expired_flow_is_worth_nothing() {
    let owner = account(10, &FULL);
    let mut flow = begin(Goal::SignIn, None).0;
    for input in [
        Input::Chosen(FactorKind::Passkey),
        passkey_started(),
        Input::PasskeyAnswered,
        passkey_matched(owner),
    ] {
        flow = flow.step(input, START).0;
    }
    assert!(flow.finish(PersonState::Active, START).is_ok());
    assert_eq!(
        flow.finish(PersonState::Active, START + FLOW_LIFETIME)
            .unwrap_err(),
        Unfinished::Expired
    );
    assert_eq!(
        flow.finish(PersonState::Disabled, START).unwrap_err(),
        Unfinished::Disabled
    );
}

#[test]
fn bad_nonces_are_stale() {
    for text in [
        "",
        "xyz",
        "00",
        &"0".repeat(31),
        &"0".repeat(33),
        &"g".repeat(32),
        "あ",
    ] {
        assert_eq!(text.parse::<Nonce>().unwrap_err(), Turned::Stale);
    }
    assert!(
        nonce(7)
            .to_string()
            .parse::<Nonce>()
            .unwrap()
            .matches(&nonce(7))
    );
}
