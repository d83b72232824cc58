//! What policy sees of a request: plain numbers, quick to compare and cheap to vary ("what if she had signed in more
//! strongly"). Nothing here depends on any policy.

use crate::numbering::{Member, Numbering};
use crate::{DeviceFacts, PersonFacts, Request, SessionState};
use std::sync::Arc;
use zt_types::{
    Affiliation, Answer, Assurance, ClearingStep, ClientKind, Country, DeviceEvidence, FactKind,
    Level, NoDevice, OpenFact, Os, Ownership, PasswordState, PersonId, PersonState, Posture,
    PostureItem, Role, Timestamp, TrustReason, Version,
};

/// Everything of one access that a decision reads, but for the application and the calendars. Good for the set it was made
/// for and for those compiled after it, as long as these name no person for the first time.
#[derive(Debug, Clone)]
pub struct Facts {
    pub(crate) usable: Usable,
    /// When the session ends by itself.
    pub(crate) expires_at: Timestamp,
    pub(crate) person: PersonId,
    pub(crate) role: Role,
    pub(crate) affiliation: Affiliation,
    pub(crate) password: PasswordState,
    pub(crate) person_trust: Level,
    pub(crate) person_facts: Open,
    pub(crate) members: Members,
    pub(crate) terms: Numbers,

    pub(crate) enrolled: bool,
    pub(crate) proven: bool,
    pub(crate) ownership: Ownership,
    pub(crate) device_trust: Level,
    pub(crate) device_facts: Open,
    pub(crate) os: Os,
    pub(crate) os_version: i64,
    pub(crate) antivirus_version: i64,
    pub(crate) posture: Answers,

    pub(crate) assurance: Assurance,
    /// When she last proved anything.
    pub(crate) proven_at: Timestamp,
    pub(crate) client: ClientKind,
    pub(crate) client_version: i64,
    pub(crate) networks: Numbers,
    pub(crate) country: Option<Country>,
    pub(crate) anonymiser: Answer,

    pub(crate) now: Timestamp,

    /// What is no atom but says which way out there is.
    pub(crate) nameless: Option<NoDevice>,
    /// The trust the device would have if it proved who it is: what else stands against it stays.
    pub(crate) device_trust_with_identity: Level,
    pub(crate) has_enrolled: bool,
}

/// Whether policy is asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usable {
    Yes,
    /// The person may not sign in, or somebody ended the session.
    No,
}

/// Which kinds of facts are open, and how far each lets trust come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Open {
    /// One bit per kind, in the order of [`FactKind::ALL`].
    pub(crate) kinds: u8,
    /// Of those, the kinds that let trust be medium at most, and low at most.
    medium: u8,
    low: u8,
}

/// What a person is a member of, by number.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    /// Ascending.
    pub(crate) numbers: Arc<[u32]>,
    bits: Arc<[u64]>,
}

/// A set of a few numbers, most of them small.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Numbers {
    /// One bit for each number below 64.
    small: u64,
    large: Option<Arc<[u32]>>,
}

/// One answer per posture item, two bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Answers(u16);

impl Open {
    pub(crate) fn of(facts: &[OpenFact]) -> Self {
        let mut open = Self::default();
        for fact in facts {
            let bit = bit(fact.kind);
            open.kinds |= bit;
            match fact.ceiling {
                Level::High => {}
                Level::Medium => open.medium |= bit,
                Level::Low => open.low |= bit,
            }
        }
        open
    }

    /// The kinds of these bits.
    pub(crate) fn among(kinds: u8) -> impl Iterator<Item = FactKind> {
        FactKind::ALL
            .into_iter()
            .filter(move |kind| kinds & bit(*kind) != 0)
    }

    pub(crate) const fn contains(self, kind: FactKind) -> bool {
        self.kinds & bit(kind) != 0
    }

    /// Of what is open, this kind alone.
    pub(crate) const fn only(self, kind: FactKind) -> Self {
        let bit = bit(kind);
        Self {
            kinds: self.kinds & bit,
            medium: self.medium & bit,
            low: self.low & bit,
        }
    }

    /// The highest trust that what is open allows.
    pub(crate) const fn ceiling(self) -> Level {
        if self.low != 0 {
            Level::Low
        } else if self.medium != 0 {
            Level::Medium
        } else {
            Level::High
        }
    }

    /// What stays open after a step of hers.
    pub(crate) fn after(self, step: ClearingStep) -> Self {
        let stays = FactKind::ALL
            .into_iter()
            .filter(|kind| !kind.is_cleared_by(step))
            .fold(0, |bits, kind| bits | bit(kind));
        Self {
            kinds: self.kinds & stays,
            medium: self.medium & stays,
            low: self.low & stays,
        }
    }
}

const fn bit(kind: FactKind) -> u8 {
    1 << kind as u8
}

impl Members {
    /// From numbers in any order.
    pub(crate) fn new(mut numbers: Vec<u32>) -> Self {
        numbers.sort_unstable();
        numbers.dedup();
        let words = numbers.last().map_or(0, |last| *last as usize / 64 + 1);
        let mut bits = vec![0u64; words];
        for number in &numbers {
            if let Some(word) = bits.get_mut(*number as usize / 64) {
                *word |= 1 << (number % 64);
            }
        }
        Self {
            numbers: numbers.into(),
            bits: bits.into(),
        }
    }

    pub(crate) fn contains(&self, number: u32) -> bool {
        self.bits
            .get(number as usize / 64)
            .is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether she is a member of any of these: one bit for each number.
    pub(crate) fn contains_any(&self, numbers: &[u64]) -> bool {
        let both = self.bits.iter().zip(numbers).map(|(is, any)| is & any);
        both.fold(0, |any, both| any | both) != 0
    }

    /// The same, and one more.
    pub(crate) fn with(&self, number: u32) -> Self {
        let mut numbers = self.numbers.to_vec();
        numbers.push(number);
        Self::new(numbers)
    }

    pub(crate) fn of(person: &PersonFacts, numbering: &Numbering) -> Self {
        let groups = person.groups.iter().cloned().map(Member::Group);
        // What nobody numbered, no policy names.
        let numbers = groups
            .chain([Member::Person(person.id)])
            .filter_map(|member| numbering.members.number(&member));
        Self::new(numbers.collect())
    }
}

impl Numbers {
    pub(crate) fn contains(&self, number: u32) -> bool {
        match number {
            0..64 => self.small >> number & 1 == 1,
            _ => {
                let large = self.large.as_ref();
                large.is_some_and(|large| large.contains(&number))
            }
        }
    }

    /// The same, and one more.
    pub(crate) fn with(&self, number: u32) -> Self {
        match number {
            0..64 => Self {
                small: self.small | 1 << number,
                large: self.large.clone(),
            },
            _ => self.iter().chain([number]).collect(),
        }
    }

    /// The same, but for one.
    pub(crate) fn without(&self, number: u32) -> Self {
        match number {
            0..64 => Self {
                small: self.small & !(1 << number),
                large: self.large.clone(),
            },
            _ => self.iter().filter(|other| *other != number).collect(),
        }
    }

    /// The small ones ascending, then the others.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let mut left = self.small;
        let small = std::iter::from_fn(move || {
            (left != 0).then(|| {
                let number = left.trailing_zeros();
                left &= left - 1;
                number
            })
        });
        small.chain(self.large.iter().flat_map(|large| large.iter().copied()))
    }
}

impl FromIterator<u32> for Numbers {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let (small, large): (Vec<u32>, Vec<u32>) =
            numbers.into_iter().partition(|number| *number < 64);
        Self {
            small: small.into_iter().fold(0, |set, number| set | 1 << number),
            large: (!large.is_empty()).then(|| large.into()),
        }
    }
}

impl Answers {
    /// How many times four items there are.
    pub(crate) const QUADS: usize = PostureItem::ALL.len().div_ceil(4);

    /// The answers about four items, two bits each.
    pub(crate) const fn quad(self, quad: usize) -> u8 {
        let [first, second] = self.0.to_le_bytes();
        if quad == 0 { first } else { second }
    }

    /// The answer about an item among four; `None` if it is not one of these.
    pub(crate) fn in_quad(quad: usize, answers: u8, item: PostureItem) -> Option<Answer> {
        let mut bytes = [0; 2];
        *bytes.get_mut(quad)? = answers;
        (item as usize / 4 == quad).then(|| Self(u16::from_le_bytes(bytes)).item(item))
    }

    pub(crate) fn of(posture: &Posture) -> Self {
        PostureItem::ALL
            .iter()
            .fold(Self::default(), |answers, item| {
                answers.with(*item, posture.item(*item))
            })
    }

    pub(crate) const fn with(self, item: PostureItem, answer: Answer) -> Self {
        let shift = item as u16 * 2;
        Self(self.0 & !(3 << shift) | (answer as u16) << shift)
    }

    pub(crate) const fn item(self, item: PostureItem) -> Answer {
        match self.0 >> (item as u16 * 2) & 3 {
            0 => Answer::No,
            1 => Answer::Unknown,
            _ => Answer::Yes,
        }
    }
}

fn number(version: Option<Version>) -> i64 {
    version.map_or(0, Version::as_integer)
}

impl Facts {
    pub(crate) fn of(request: &Request, numbering: &Numbering) -> Self {
        let members = Members::of(&request.person, numbering);
        Self::with_members(request, members, numbering)
    }

    fn with_members(request: &Request, members: Members, numbering: &Numbering) -> Self {
        let Request {
            person,
            device,
            session,
            circumstances,
            now,
            ..
        } = request;
        let is_over = person.state == PersonState::Disabled || session.state == SessionState::Ended;
        let mut facts = Self {
            usable: if is_over { Usable::No } else { Usable::Yes },
            expires_at: session.expires_at,
            person: person.id,
            role: person.role,
            affiliation: person.affiliation,
            password: person.password,
            person_trust: person.trust.level,
            person_facts: Open::of(&person.facts),
            members,
            terms: person
                .terms
                .iter()
                .filter_map(|terms| numbering.terms.number(terms))
                .collect(),
            enrolled: false,
            proven: false,
            ownership: Ownership::Unknown,
            device_trust: Level::Low,
            device_facts: Open::default(),
            os: Os::Unknown,
            os_version: 0,
            antivirus_version: 0,
            posture: Answers::default(),
            assurance: session.assurance,
            proven_at: session.authenticated_at,
            client: circumstances.client,
            client_version: number(circumstances.client_version),
            networks: circumstances
                .networks
                .iter()
                .filter_map(|network| numbering.networks.number(network))
                .collect(),
            country: circumstances.country,
            // Silence is the risky side: nobody may get by because nobody looked.
            anonymiser: match circumstances.anonymiser {
                Answer::No => Answer::No,
                Answer::Yes | Answer::Unknown => Answer::Yes,
            },
            now: *now,
            nameless: None,
            device_trust_with_identity: Level::Low,
            has_enrolled: person.enrolled_devices > 0,
        };
        facts.device_is(device);
        facts
    }

    /// Takes over what is known of a device.
    pub(crate) fn device_is(&mut self, device: &DeviceFacts) {
        self.nameless = match device.evidence {
            DeviceEvidence::Proven(_) => None,
            DeviceEvidence::Absent(why) => Some(why),
        };
        self.enrolled = device.evidence.device().or(device.bound).is_some();
        self.proven = self.nameless.is_none();
        self.ownership = device.ownership;
        self.device_trust = device.trust.level;
        self.device_trust_with_identity = with_identity(device);
        self.device_facts = Open::of(&device.facts);
        self.os = device.posture.os;
        self.os_version = number(device.posture.os_version);
        self.antivirus_version = number(device.posture.antivirus_version);
        self.posture = Answers::of(&device.posture);
    }

    /// Whole seconds since the last proof.
    pub(crate) fn age(&self) -> i64 {
        i64::try_from(self.now.since(self.proven_at).0).unwrap_or(i64::MAX)
    }

    /// The same person in her groups, at the same place and time, with no risk at all.
    pub(crate) fn at_best(&self) -> Self {
        Self {
            password: PasswordState::Good,
            person_trust: Level::High,
            person_facts: Open::default(),
            enrolled: true,
            proven: true,
            device_trust: Level::High,
            device_facts: Open::default(),
            posture: PostureItem::ALL
                .iter()
                .fold(Answers::default(), |all, item| all.with(*item, Answer::Yes)),
            os_version: i64::MAX,
            antivirus_version: i64::MAX,
            client_version: i64::MAX,
            ownership: Ownership::Company,
            assurance: Assurance::Hardware,
            proven_at: self.now,
            anonymiser: Answer::No,
            ..self.clone()
        }
    }
}

fn with_identity(device: &DeviceFacts) -> Level {
    let nameless = device.evidence.device().is_none();
    let is_only_nameless = device
        .trust
        .reasons
        .iter()
        .all(|reason| matches!(reason, TrustReason::NoDeviceIdentity { .. }));
    if nameless && is_only_nameless {
        Level::High
    } else {
        device.trust.level
    }
}
