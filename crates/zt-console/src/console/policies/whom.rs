//! Whom a policy would have hit: recorded accesses, decided under it.

use crate::view::Link;
use crate::words::Names;
use zt_live::{Live, LiveError, Over};
use zt_pages::Tone;
use zt_policy::{Comparison, Difference, Effect, PolicyDocument, PolicyState};
use zt_store::{Change, Span};
use zt_types::{CapabilitySet, Timestamp};

/// So many lines are shown of each effect.
const LINES: usize = 50;

/// The spans that can be chosen, in days.
pub(super) const SPANS: [u32; 4] = [7, 30, 90, 365];

/// What came of looking.
#[derive(Debug, Clone)]
pub(crate) struct Whom {
    pub(crate) accesses: u64,
    /// How many there were and how many come out as they did.
    pub(crate) told: String,
    /// How many of them nobody made: a demo brings some along. Empty if none.
    pub(crate) samples: String,
    pub(crate) effects: Vec<EffectView>,
}

/// Who is concerned in one way.
#[derive(Debug, Clone)]
pub(crate) struct EffectView {
    pub(crate) slug: &'static str,
    pub(crate) tone: Tone,
    pub(crate) icon: &'static str,
    pub(crate) title: &'static str,
    pub(crate) about: String,
    pub(crate) lines: Vec<LineView>,
    /// How many lines are not shown.
    pub(crate) more: usize,
}

/// A person at an application.
#[derive(Debug, Clone)]
pub(crate) struct LineView {
    pub(crate) person: Link,
    pub(crate) app: Link,
    pub(crate) accesses: u64,
    pub(crate) last: Timestamp,
    pub(crate) why: String,
}

/// Compares what is in force with what would be if this document bound.
pub(super) async fn compare(
    live: &Live,
    document: &PolicyDocument,
    days: u32,
) -> Result<Over<Comparison>, LiveError> {
    let bound = PolicyDocument {
        state: PolicyState::On,
        ..document.clone()
    };
    let proposed = live.policies_after(&[Change::PutPolicy(bound)])?;
    let back = zt_types::Seconds::days(u64::from(days));
    let span = Span {
        since: Some(live.clock().now() - back),
        ..Span::default()
    };
    let proposed = proposed.unwrap_or_else(|| live.policies());
    live.what_if(proposed, span).await
}

/// That in words.
pub(super) fn view(names: &Names<'_>, over: &Over<Comparison>) -> Whom {
    let found = &over.found;
    let effects = Effect::ALL
        .into_iter()
        .filter_map(|effect| {
            let all: Vec<&Difference> = found
                .differences
                .iter()
                .filter(|difference| difference.effect == effect)
                .collect();
            if all.is_empty() {
                return None;
            }
            let (tone, icon) = look(effect);
            Some(EffectView {
                slug: effect.as_str(),
                tone,
                icon,
                title: names.page.member("whom-effect", effect.as_str()),
                about: names.page.t2(
                    "whom-counts",
                    ("people", found.people_with(effect)),
                    ("accesses", found.accesses_with(effect)),
                ),
                lines: all
                    .iter()
                    .take(LINES)
                    .map(|difference| line(names, difference))
                    .collect(),
                more: all.len().saturating_sub(LINES),
            })
        })
        .collect();
    Whom {
        accesses: found.accesses,
        told: names.page.t2(
            "whom-found",
            ("accesses", found.accesses),
            ("unchanged", found.unchanged),
        ),
        samples: if over.samples > 0 {
            names.page.t1("whom-samples", "count", over.samples)
        } else {
            String::new()
        },
        effects,
    }
}

const fn look(effect: Effect) -> (Tone, &'static str) {
    match effect {
        Effect::Refused => (Tone::Bad, "ban"),
        Effect::Prompted => (Tone::Caution, "key-round"),
        Effect::Limited => (Tone::Notice, "eye"),
        Effect::Allowed | Effect::Widened => (Tone::Good, "circle-check"),
    }
}

fn line(names: &Names<'_>, difference: &Difference) -> LineView {
    let page = names.page;
    let mut why: Vec<String> = difference
        .reasons
        .iter()
        .map(|reason| page.member("why", reason.slug()).to_owned())
        .collect();
    why.dedup();
    if difference.lost != CapabilitySet::NONE {
        let lost: Vec<&str> = difference
            .lost
            .iter()
            .map(|one| page.member("capability", &one.as_str().replace('_', "-")))
            .collect();
        why.push(page.t1("whom-lost", "what", lost.join(names.separator())));
    }
    if difference.gained != CapabilitySet::NONE {
        let gained: Vec<&str> = difference
            .gained
            .iter()
            .map(|one| page.member("capability", &one.as_str().replace('_', "-")))
            .collect();
        why.push(page.t1("whom-gained", "what", gained.join(names.separator())));
    }
    why.extend(
        difference
            .obligations
            .iter()
            .map(|ask| page.member("obligation", ask.as_str()).to_owned()),
    );
    LineView {
        person: names.person(difference.person),
        app: Link {
            text: names.app_name(&difference.app),
            ..names.app(&difference.app)
        },
        accesses: difference.accesses,
        last: difference.last,
        why: why.join(page.t("whom-joint")),
    }
}
