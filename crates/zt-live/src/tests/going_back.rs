//! Going back to earlier policies: not over the files' heads, and not to exclusions that have run out.

use super::world::{World, app};
use crate::RolledBack;
use std::time::Duration;
use zt_events::Actor;
use zt_policy::{
    Exclusion, ManagedBy, PolicyDocument, PolicyState, Require, Rule, RuleEffect, RuleParts, Scope,
    What, Whom, Written,
};
use zt_store::{Change, Plan};
use zt_types::{PolicyId, Text};

fn document(id: &str, managed_by: ManagedBy, world: &World) -> PolicyDocument {
    let text = Text {
        ja: id.to_owned(),
        en: id.to_owned(),
    };
    PolicyDocument {
        id: PolicyId::new(id).unwrap(),
        title: text,
        cedar: "forbid (principal, action, resource == Application::\"chat\");".to_owned(),
        source: Written::ByHand,
        state: PolicyState::On,
        message: None,
        managed_by,
        changed_at: world.now(),
    }
}

/// A rule over everybody at the chat, but for her until the second of October.
fn but_for_her(id: &str, effect: RuleEffect, world: &World) -> PolicyDocument {
    let rule = Rule::new(RuleParts {
        effect,
        who: vec![Whom::Everyone],
        except: vec![Exclusion {
            whom: Whom::Person(world.person),
            owner: "ken".to_owned(),
            reason: "moves the drawings".to_owned(),
            until: serde_json::from_str("\"2026-10-02\"").unwrap(),
        }],
        scope: Scope::Application(app("chat")),
        what: What::default(),
        when: Vec::new(),
        require: (effect == RuleEffect::Restrict)
            .then(|| Require::All(vec![zt_policy::Condition::CompanyDevice])),
        limits: Vec::new(),
    })
    .unwrap();
    document(id, ManagedBy::Console, world).written_by(rule)
}

fn put(document: &PolicyDocument) -> Change {
    Change::PutPolicy(document.clone())
}

fn gone(document: &PolicyDocument) -> Change {
    Change::RemovePolicy(document.id.clone())
}

async fn commit(world: &World, changes: Vec<Change>) -> u64 {
    let plan = Plan::new(changes, Vec::new());
    world.live.commit(plan).await.unwrap();
    let newest = world
        .live
        .read(|state| state.revisions.keys().next_back().copied());
    newest.unwrap()
}

fn kept(world: &World, document: &PolicyDocument) -> Option<PolicyDocument> {
    world
        .live
        .read(|state| state.policies.get(&document.id).cloned())
}

async fn back(world: &World, number: u64) -> RolledBack {
    let why = "a test".to_owned();
    let back = world.live.roll_back(number, Actor::Operator, why).await;
    back.unwrap()
}

#[tokio::test]
async fn what_files_manage_is_left_to_the_files() {
    let world = World::new().await;
    let [brought, changed, dropped] =
        ["brought", "changed", "dropped"].map(|id| document(id, ManagedBy::Files, &world));
    let ours = document("ours", ManagedBy::Console, &world);
    let before = commit(&world, vec![put(&changed), put(&dropped), put(&ours)]).await;
    let stricter = PolicyDocument {
        state: PolicyState::ReportOnly,
        ..changed.clone()
    };
    commit(&world, vec![put(&brought), put(&stricter), gone(&dropped)]).await;
    let only_files = back(&world, before).await;
    let of_files = vec![brought.id.clone(), changed.id.clone(), dropped.id.clone()];
    let left = |policies: Vec<PolicyId>| RolledBack::Done {
        policies,
        of_files: of_files.clone(),
        dropped: Vec::new(),
        cut: Vec::new(),
    };
    assert_eq!(only_files, left(Vec::new()));

    commit(&world, vec![gone(&ours)]).await;
    assert_eq!(back(&world, before).await, left(vec![ours.id.clone()]));
    assert_eq!(kept(&world, &ours), Some(ours));
    assert_eq!(kept(&world, &brought), Some(brought));
    assert_eq!(kept(&world, &changed), Some(stricter));
    assert_eq!(kept(&world, &dropped), None);
}

#[tokio::test]
async fn an_exclusion_that_ran_out_does_not_come_back() {
    let world = World::new().await;
    let restricts = but_for_her("restricts", RuleEffect::Restrict, &world);
    let allows = but_for_her("allows", RuleEffect::Allow, &world);
    let off = PolicyDocument {
        id: PolicyId::new("off").unwrap(),
        state: PolicyState::Off,
        ..but_for_her("off", RuleEffect::Allow, &world)
    };
    let with = commit(&world, vec![put(&restricts), put(&off)]).await;
    commit(&world, vec![gone(&restricts), gone(&off)]).await;
    // In time it comes back whole.
    let RolledBack::Done { dropped, .. } = back(&world, with).await else {
        panic!("nothing was put back");
    };
    assert_eq!(dropped, []);
    assert_eq!(kept(&world, &restricts), Some(restricts.clone()));
    commit(&world, vec![gone(&restricts), gone(&off)]).await;

    world.live.clock().advance(Duration::from_secs(60 * 86_400));
    let RolledBack::Done {
        policies, dropped, ..
    } = back(&world, with).await
    else {
        panic!("nothing was put back");
    };
    assert_eq!(policies, [off.id.clone(), restricts.id.clone()]);
    let [over] = dropped.as_slice() else {
        panic!("{dropped:?}");
    };
    let said = over.to_string();
    assert!(
        said.contains("`restricts`") && said.contains("`ken` answers for it"),
        "{said}"
    );
    let settled = kept(&world, &restricts).unwrap();
    let rule = settled.source.rule().unwrap();
    assert_eq!(rule.parts().except, []);
    assert_eq!(settled.cedar, rule.to_cedar());
    // Before that one is turned on, its exclusion is looked at.
    assert_eq!(kept(&world, &off).unwrap().overdue(world.now()).len(), 1);
    assert_eq!(back(&world, with).await, RolledBack::Same);

    // Going back lets nobody in whom the rule left out then.
    let with = commit(&world, vec![put(&allows)]).await;
    commit(&world, vec![gone(&allows)]).await;
    let RolledBack::LetsIn(over) = back(&world, with).await else {
        panic!("it would let her in");
    };
    assert_eq!(over.len(), 1);
    assert_eq!(kept(&world, &allows), None);
}
