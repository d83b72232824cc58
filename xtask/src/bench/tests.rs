use anyhow::Result;

use super::{interleaved, median};

#[test]
fn median_is_the_middle() {
    for (values, expected) in [
        (&[] as &[f64], None),
        (&[3.0], Some(3.0)),
        (&[9.0, 1.0], Some(5.0)),
        (&[9.0, 1.0, 2.0], Some(2.0)),
        (&[4.0, 1.0, 3.0, 2.0], Some(2.5)),
    ] {
        assert_eq!(median(values), expected, "{values:?}");
    }
}

#[test]
fn every_round_begins_with_another_side() {
    let order = std::cell::RefCell::new(String::new());
    let mut first = || {
        order.borrow_mut().push('a');
        Ok(1.0)
    };
    let mut second = || {
        order.borrow_mut().push('b');
        Ok(2.0)
    };
    let sides: &mut [&mut dyn FnMut() -> Result<f64>] = &mut [&mut first, &mut second];
    let values = interleaved(3, sides).unwrap();
    assert_eq!(values, [vec![1.0; 3], vec![2.0; 3]]);
    assert_eq!(*order.borrow(), "abbaab");
}

#[test]
fn an_error_ends_the_rounds() {
    let mut broken = || anyhow::bail!("the peer went away");
    let sides: &mut [&mut dyn FnMut() -> Result<f64>] = &mut [&mut broken];
    assert_eq!(
        interleaved(2, sides).unwrap_err().to_string(),
        "the peer went away"
    );
}
