//! Whether the policies of the files decide anything, and where it stands if they do not.

use super::records::{Wanted, wanted};
use super::rules::Names;
use zt_crypto::hash::received_hash;
use zt_identity::Organisation;
use zt_identity::problem::{Place, Problems, Wrong};
use zt_identity::{PolicyBody, PolicyEntry};
use zt_policy::{PolicyError, PolicySet, Register};
use zt_types::{PersonId, Timestamp};

/// Compiles the policies together with the register, as they would decide.
pub(super) fn check_policies(organisation: &Organisation, now: Timestamp, problems: &mut Problems) {
    for error in compiled(organisation, now, problems)
        .err()
        .unwrap_or_default()
    {
        let (place, wrong) = told(organisation, error);
        problems.add(place, wrong);
    }
}

/// The policies of the files with the register of the files, as they would decide. Policies that are wrong in themselves
/// are added to `problems`, and left out.
pub(super) fn compiled(
    organisation: &Organisation,
    now: Timestamp,
    problems: &mut Problems,
) -> Result<PolicySet, Vec<PolicyError>> {
    let names = Names::of(organisation, |login| Some(stand_in(login)));
    let Wanted {
        applications,
        networks,
        calendars,
        policies,
        terms,
        ..
    } = wanted(organisation, &names, now, problems);
    let documents: Vec<_> = policies.into_iter().map(|(_, policy)| policy).collect();
    let register = Register {
        applications: applications.into_iter().map(|(_, app)| app).collect(),
        groups: organisation
            .groups
            .iter()
            .map(|group| (group.id.clone(), group.part_of.clone()))
            .collect(),
        networks: networks.into_iter().map(|(id, _)| id).collect(),
        calendars: calendars
            .into_iter()
            .map(|(_, calendar)| calendar)
            .collect(),
        terms: terms.into_iter().map(|(id, _)| id).collect(),
        // Files do not know what the server that they are for is told: it refuses for itself what nobody reports.
        unreported: [].into(),
    };
    PolicySet::compile(&documents, &register)
}

/// Who has no id yet gets one of her own until the files are applied: a policy is right or wrong whoever it is.
pub(super) fn stand_in(login: &str) -> PersonId {
    let mut bytes = [0; 16];
    let hash = received_hash(login).0;
    bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    PersonId::from_random(bytes)
}

fn told(organisation: &Organisation, error: PolicyError) -> (Place, Wrong) {
    let place = place(organisation, &error);
    let wrong = match error {
        PolicyError::At {
            problem, instead, ..
        } => Wrong::Cedar {
            message: problem,
            help: instead,
        },
        circle @ PolicyError::CircleOfGroups { .. } => Wrong::Circle(circle.to_string()),
        PolicyError::Calendar { problem, .. } => Wrong::Unreadable {
            key: "time_zone".to_owned(),
            why: problem,
        },
        other => Wrong::Cedar {
            message: other.to_string(),
            help: None,
        },
    };
    (place, wrong)
}

fn place(organisation: &Organisation, error: &PolicyError) -> Place {
    let at = match error {
        PolicyError::CircleOfGroups { circle } => organisation
            .groups
            .iter()
            .find(|group| circle.first() == Some(&group.id))
            .map(|group| group.place.clone()),
        PolicyError::Calendar { calendar, .. } => organisation
            .calendars
            .iter()
            .find(|document| document.id == *calendar)
            .map(|document| document.place.clone()),
        error => error.policy().and_then(|policy| {
            let entry = organisation
                .policies
                .iter()
                .find(|entry| entry.id == *policy);
            let pack = || {
                let of_pack = |id: &str| policy.as_str().starts_with(&format!("{id}-"));
                organisation.packs.iter().find(|pack| of_pack(&pack.id))
            };
            entry
                .map(|entry| place_in(entry, error))
                .or_else(|| pack().map(|pack| pack.place.clone()))
        }),
    };
    at.unwrap_or_else(|| Place::whole("."))
}

fn place_in(entry: &PolicyEntry, error: &PolicyError) -> Place {
    if matches!(error, PolicyError::Repeated { .. }) {
        return entry.id_place.clone();
    }
    let within = match &entry.body {
        PolicyBody::Cedar(text) => error
            .position()
            .and_then(|(line, column)| span(text, line, column)),
        // Its text stands nowhere in the files.
        PolicyBody::Rule(_) => None,
    };
    entry.place(within)
}

/// The bytes of the word at a line and column (in characters, both from 1).
fn span(text: &str, line: usize, column: usize) -> Option<std::ops::Range<usize>> {
    let lines = text.split_inclusive('\n').take(line.checked_sub(1)?);
    let line_start: usize = lines.map(str::len).sum();
    let rest = text.get(line_start..)?;
    let within: usize = rest
        .chars()
        .take(column.checked_sub(1)?)
        .map(char::len_utf8)
        .sum();
    let start = line_start + within;
    let word: usize = text
        .get(start..)?
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum();
    Some(start..start + word.max(1))
}
