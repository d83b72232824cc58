use super::*;
use proptest::prelude::*;

fn frame(first: u8, payload: usize, mask: Option<[u8; 4]>) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload {
        0..126 => frame.push(masked | payload as u8),
        126..65536 => {
            frame.push(masked | 126);
            frame.extend_from_slice(&(payload as u16).to_be_bytes());
        }
        _ => {
            frame.push(masked | 127);
            frame.extend_from_slice(&(payload as u64).to_be_bytes());
        }
    }
    frame.extend(mask.into_iter().flatten());
    frame.extend(std::iter::repeat_n(0x88, payload));
    frame
}

#[test]
fn a_close_frame_is_one() {
    let frame = close_frame(1008, "sekisho:device-trust-too-low");
    assert_eq!(frame[..4], [0x88, 30, 0x03, 0xf0]);
    assert_eq!(&frame[4..], b"sekisho:device-trust-too-low");
    assert_eq!(close_frame(1008, &"x".repeat(500)).len(), 2 + 125);
}

#[test]
fn after_a_close_frame_nothing_may_follow() {
    let mut tracker = FrameTracker::default();
    tracker.advance(&frame(0x81, 5, None));
    assert!(tracker.may_close());
    tracker.advance(&frame(0x88, 2, None));
    assert!(!tracker.may_close());
}

proptest! {
    /// In whatever pieces the frames come: exactly at their ends a frame may begin.
    #[test]
    fn boundaries_are_found(
        frames in proptest::collection::vec(
            (prop_oneof![Just(0x81u8), Just(0x02), Just(0x80), Just(0x89), Just(0x8a)],
             prop_oneof![0usize..4, 124usize..128, 65_534usize..65_538],
             proptest::option::of(any::<[u8; 4]>())),
            1..6),
        piece in 1usize..70_000,
    ) {
        let frames: Vec<Vec<u8>> = frames.into_iter().map(|(first, payload, mask)| frame(first, payload, mask)).collect();
        let ends: Vec<usize> = frames.iter().scan(0, |end, frame| { *end += frame.len(); Some(*end) }).collect();
        let all = frames.concat();
        let mut tracker = FrameTracker::default();
        let mut at = 0;
        for bytes in all.chunks(piece) {
            tracker.advance(bytes);
            at += bytes.len();
            prop_assert_eq!(tracker.may_close(), ends.contains(&at), "after {} of {:?}", at, ends);
        }
    }
}
