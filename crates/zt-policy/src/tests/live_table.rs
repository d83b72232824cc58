//! The table says what deciding each access by itself says.

use super::written::{Ballot, written};
use super::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Live accesses of a random world, each with the request that it was last told of.
struct Accesses {
    table: LiveTable,
    requests: BTreeMap<Row, Request>,
    policies: Arc<PolicySet>,
}

impl Accesses {
    fn granted(&self, request: &Request) -> CapabilitySet {
        let decision = self.policies.decide(request);
        decision
            .permit()
            .map_or(CapabilitySet::NONE, Permit::capabilities)
    }

    /// What turned is what was granted something else before, and nothing else. The table says so of what it can answer
    /// for; of the rest it says that Cedar has to be asked, and Cedar says it.
    fn check(&self, before: &BTreeMap<Row, CapabilitySet>, changed: &Changed, after: u64) {
        let mut sequence = after;
        let turned = &changed.turned;
        let unanswered = changed.unanswered.iter();
        let asked: BTreeMap<Row, bool> = unanswered
            .map(|left| (left.row(), left.turns(now())))
            .collect();
        for turn in turned {
            assert_eq!(turn.sequence, sequence + 1);
            sequence = turn.sequence;
        }
        for (row, request) in &self.requests {
            let is = self.granted(request);
            let turn = turned.iter().find(|turn| turn.row == *row);
            match (turn, asked.get(row)) {
                (Some(turn), None) => assert_eq!(turn.is.weighed.capabilities, is),
                (None, Some(true)) => {}
                (None, None | Some(false)) => assert_eq!(before[row], is, "{request:#?}"),
                (Some(_), Some(_)) => panic!("answered, and left to Cedar: {request:#?}"),
            }
        }
    }

    fn all(&self) -> BTreeMap<Row, CapabilitySet> {
        let requests = self.requests.iter();
        requests
            .map(|(row, request)| (*row, self.granted(request)))
            .collect()
    }
}

fn entered(ballot: &mut Ballot) -> (Accesses, super::written::World) {
    let world = written(ballot);
    let policies = Arc::new(PolicySet::compile(&world.documents, &world.register).unwrap());
    let mut table = LiveTable::new(Arc::clone(&policies));
    let mut requests = BTreeMap::new();
    for number in 0..40u8 {
        let mut request = world.request(ballot);
        request.session.id = SessionId::from_random([number; 16]);
        request.device.bound = Some(DeviceId::from_random([number % 7; 16]));
        let row = table.enter(&request, &request.device.bound.into_iter().collect());
        requests.insert(row, request);
    }
    let accesses = Accesses {
        table,
        requests,
        policies,
    };
    (accesses, world)
}

#[test]
fn a_device_turns_its_accesses_and_no_other() {
    let mut ballot = Ballot::new(0x11fe_7ab1);
    let mut turned_at_all = 0;
    for _ in 0..12 {
        let (mut accesses, world) = entered(&mut ballot);
        let device = DeviceId::from_random([3; 16]);
        let mut says = world.request(&mut ballot).device;
        says.bound = Some(device);
        let before = accesses.all();
        let now = now();
        let turned = accesses.table.device_says(device, &says, now);
        turned_at_all += turned.turned.len();
        for request in accesses.requests.values_mut() {
            if request.device.bound == Some(device) {
                request.device = says.clone();
                request.now = now;
            }
        }
        accesses.check(&before, &turned, 0);
    }
    assert!(turned_at_all > 0);
}

#[test]
fn other_policies_turn_what_they_grant_otherwise() {
    let mut ballot = Ballot::new(0xba1_1075);
    let (mut turned_at_all, mut left_at_all) = (0, 0);
    for _ in 0..12 {
        let (mut accesses, world) = entered(&mut ballot);
        let other = written(&mut ballot);
        let next = accesses
            .policies
            .compile_next(&other.documents, &world.register);
        let next = Arc::new(next.unwrap());
        let before = accesses.all();
        let now = now();
        let turned = accesses.table.policies_are(Arc::clone(&next), now);
        turned_at_all += turned.turned.len();
        left_at_all += turned.unanswered.len();
        accesses.policies = next;
        for request in accesses.requests.values_mut() {
            request.now = now;
        }
        accesses.check(&before, &turned, 0);
    }
    assert!(turned_at_all > 0 && left_at_all > 0);
}

#[test]
fn who_left_is_not_found_and_its_row_is_used_again() {
    let mut ballot = Ballot::new(7);
    let (mut accesses, world) = entered(&mut ballot);
    let (row, gone) = accesses.requests.pop_first().unwrap();
    let of = |table: &LiveTable, request: &Request| {
        table.concerned(
            &[].into(),
            &request.device.bound.into_iter().collect(),
            &[request.session.id].into(),
        )
    };
    assert!(of(&accesses.table, &gone).contains(&row));
    let count = accesses.table.len();
    accesses.table.leave(row);
    accesses.table.leave(row);
    assert_eq!(accesses.table.len(), count - 1);
    assert!(!of(&accesses.table, &gone).contains(&row));
    let mut new = world.request(&mut ballot);
    new.session.id = SessionId::from_random([99; 16]);
    assert_eq!(accesses.table.enter(&new, &[].into()), row);
    let device = DeviceId::from_random([98; 16]);
    accesses.table.bind(new.session.id, device);
    let found = accesses
        .table
        .concerned(&[].into(), &[device].into(), &[].into());
    assert_eq!(found, [row].into());
}

#[test]
fn what_is_said_anew_is_believed() {
    let mut ballot = Ballot::new(8);
    let (mut accesses, world) = entered(&mut ballot);
    let rows: Vec<Row> = accesses.requests.keys().copied().collect();
    for row in rows {
        let before = accesses.all();
        let mut request = world.request(&mut ballot);
        request.app = accesses.requests[&row].app.clone();
        let turned = accesses.table.refresh(row, &request);
        accesses.requests.insert(row, request);
        let after = turned.map_or(0, |turned| turned.sequence - 1);
        let changed = Changed {
            turned: turned.into_iter().collect(),
            unanswered: Vec::new(),
        };
        if !accesses.policies.asks_cedar(&accesses.requests[&row].app) {
            accesses.check(&before, &changed, after);
        }
    }
}
