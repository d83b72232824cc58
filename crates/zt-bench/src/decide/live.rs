//! Live accesses after a change of policy, and after a signal about a device.

use crate::world::{Access, Ballot, Spread, World};
use crate::{SEED, figure, median, ours, processor};
use anyhow::{Result, anyhow};
use std::collections::BTreeSet;
use std::sync::Arc;
use zt_policy::{LiveTable, ManagedBy, PolicyDocument, PolicySet, PolicyState, Written};
use zt_types::{DeviceId, Level, PolicyId};

const SESSIONS: u32 = 100_000;
const MANY_SESSIONS: u32 = 1_000_000;
/// How many devices speak in each round.
const SIGNALS: u32 = 50_000;

pub(crate) fn run(world: &World, policies: &Arc<PolicySet>, rounds: u32) -> Result<()> {
    after_a_change(world, policies, rounds)?;
    after_a_signal(policies, rounds)
}

fn filled(policies: &Arc<PolicySet>, count: u32) -> Result<LiveTable> {
    let mut table = LiveTable::new(Arc::clone(policies));
    let mut ballot = Ballot::new(SEED ^ 0x11fe);
    for person in 0..count {
        let request = ours::request(&Access::any(&mut ballot, person, Spread::OverApps))?;
        table.enter(&request, &devices(person));
    }
    Ok(table)
}

fn devices(person: u32) -> BTreeSet<DeviceId> {
    [ours::device(person)].into()
}

/// The same policies and one more.
pub(crate) fn changed(world: &World, policies: &PolicySet) -> Result<Arc<PolicySet>> {
    let mut documents = ours::documents(world)?;
    documents.push(PolicyDocument {
        id: PolicyId::new("new")?,
        title: zt_types::Text {
            ja: "new".to_owned(),
            en: "new".to_owned(),
        },
        cedar: "forbid (principal in Group::\"g7\", action, resource)\n\
                unless { context.device.firewall in Answer::\"yes\" \
                && context.session.assurance in Assurance::\"hardware\" };"
            .to_owned(),
        source: Written::ByHand,
        state: PolicyState::On,
        message: None,
        managed_by: ManagedBy::Files,
        changed_at: ours::now(),
    });
    policies
        .compile_next(&documents, &ours::register(world)?)
        .map(Arc::new)
        .map_err(|errors| anyhow!("{errors:?}"))
}

/// One core, from the compiled policies to the differences.
fn after_a_change(world: &World, policies: &Arc<PolicySet>, rounds: u32) -> Result<()> {
    let changed = changed(world, policies)?;
    let mut table = filled(policies, SESSIONS)?;
    let (mut spent, mut turned) = (Vec::new(), 0);
    for round in 0..rounds {
        let next = if round % 2 == 0 { &changed } else { policies };
        let start = processor()?;
        turned = table
            .policies_are(Arc::clone(next), ours::now())
            .turned
            .len();
        spent.push((processor()? - start) / 1e6);
    }
    eprintln!("of {SESSIONS} live accesses a change of policy turned {turned}");
    figure("reevaluate_100k_ms", median(spent), "ms", None, rounds);
    Ok(())
}

/// From what is known of a device to the differences: infected, and clean again.
fn after_a_signal(policies: &Arc<PolicySet>, rounds: u32) -> Result<()> {
    let mut table = filled(policies, MANY_SESSIONS)?;
    let mut ballot = Ballot::new(SEED ^ 0x51);
    let mut spent = Vec::new();
    let mut turned = 0;
    for _ in 0..rounds {
        let mut signals = Vec::new();
        for _ in 0..SIGNALS {
            let person = ballot.below(MANY_SESSIONS);
            let access = Access::any(&mut ballot, person, Spread::OverApps);
            let mut says = ours::request(&access)?.device;
            says.trust.level = Level::Low;
            signals.push((ours::device(person), says));
        }
        let start = processor()?;
        for (device, says) in &signals {
            turned += table.device_says(*device, says, ours::now()).turned.len();
        }
        spent.push((processor()? - start) / 1e3 / f64::from(SIGNALS));
    }
    eprintln!(
        "{} signals about devices among {MANY_SESSIONS} live accesses turned {turned}",
        SIGNALS * rounds
    );
    figure("device_signal_1m_us", median(spent), "us", None, rounds);
    Ok(())
}
