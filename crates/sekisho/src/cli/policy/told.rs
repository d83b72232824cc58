//! What `sekisho policy` says, for people.

use super::{Checked, Differences};
use std::fmt::Write;
use zt_endpoints::management::wire::change::{
    ComparisonView, DifferenceView, PlanAnswer, ReplayAnswer, RevisionView, RollbackAnswer,
    TestedView,
};
use zt_identity::difference::Line;
use zt_types::Language;

mod explained;

pub(super) use explained::explained;

/// So many people and ways are listed; `--json` has all of them.
const LISTED: usize = 40;

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn size(number: usize, one: &str, many: &str) -> String {
    count(u64::try_from(number).unwrap_or(u64::MAX), one, many)
}

pub(super) fn checked(checked: &Checked) -> String {
    let mut text = format!(
        "all right: {}, {}",
        size(checked.policies, "policy", "policies"),
        size(checked.tests, "test", "tests")
    );
    findings(
        &mut text,
        &checked.dead,
        checked.shadowed.iter().map(|s| (s.policy.as_str(), &s.by)),
        &checked.undecided,
    );
    if checked.tests > 0 {
        text.push_str("\n\n`sekisho policy test` runs the tests");
    }
    text
}

fn findings<'a>(
    text: &mut String,
    dead: &[String],
    shadowed: impl Iterator<Item = (&'a str, &'a Vec<String>)>,
    undecided: &[String],
) {
    for policy in dead {
        let _ = write!(text, "\n  `{policy}` can never apply, whoever comes");
    }
    for (policy, by) in shadowed {
        let _ = write!(
            text,
            "\n  `{policy}` never alters an outcome: `{}` says the same already",
            by.join("`, `")
        );
    }
    if !undecided.is_empty() {
        let _ = write!(
            text,
            "\n  nothing is said of these, whose conditions cannot be compared: `{}`",
            undecided.join("`, `")
        );
    }
}

pub(super) fn tested(tested: &[TestedView]) -> String {
    let mut text = String::new();
    for test in tested {
        let word = if test.passed { "ok    " } else { "FAILED" };
        let _ = writeln!(text, "{word} {}", test.name);
        if !test.passed {
            let _ = writeln!(text, "       {}", test.place);
            for wrong in &test.wrong {
                let _ = writeln!(text, "       {wrong}");
            }
            let _ = writeln!(text, "       it is {}", test.got);
        }
    }
    let passed = tested.iter().filter(|test| test.passed).count();
    let all = size(tested.len(), "test", "tests");
    let _ = write!(text, "\n{passed} of {all} passed");
    text
}

pub(super) fn planned(plan: &PlanAnswer) -> String {
    let mut text = String::new();
    if plan.lines.is_empty() {
        text.push_str("nothing differs\n");
    }
    for line in &plan.lines {
        let _ = writeln!(text, "{}", Line::to_string(line));
    }
    let changed = &plan.policies;
    let _ = writeln!(
        text,
        "\npolicies: {} new, {} changed, {} gone",
        changed.added.len(),
        changed.changed.len(),
        changed.removed.len()
    );
    let safe = if plan.last_resort.safe {
        "reach console and portal"
    } else {
        "WOULD BE LOCKED OUT"
    };
    let accounts = plan.last_resort.accounts.join(", ");
    let _ = write!(text, "accounts of last resort ({accounts}): {safe}");
    let shadowed = plan.findings.shadowed.iter();
    findings(
        &mut text,
        &plan.findings.dead,
        shadowed.map(|s| (s.policy.as_str(), &s.by)),
        &plan.findings.undecided,
    );
    let _ = write!(text, "\n\n{}", compared(&plan.accesses));
    examples(
        &mut text,
        plan.examples.iter().map(|example| Shown {
            app: &example.app,
            more: example.than_today == "more",
            capability: &example.capability,
            because: &example.because,
            before: &example.today,
            then: &example.then,
        }),
        &plan.undecided,
    );
    text.push_str("\n\nnothing was changed: `sekisho apply` puts it in force");
    text
}

/// An access that shows a difference.
struct Shown<'a> {
    app: &'a str,
    more: bool,
    capability: &'a str,
    because: &'a [String],
    before: &'a str,
    then: &'a str,
}

fn examples<'a>(
    text: &mut String,
    examples: impl Iterator<Item = Shown<'a>>,
    undecided: &[String],
) {
    for (at, example) in examples.enumerate() {
        if at == 0 {
            text.push_str(
                "\n\nwhere the policies differ, an access that shows it (made up, and decided by both):",
            );
        }
        let word = if example.more { "opens" } else { "closes" };
        let _ = write!(
            text,
            "\n  {word} `{}` at {}\n    now:  {}\n    then: {}",
            example.capability, example.app, example.before, example.then
        );
        for condition in example.because {
            let _ = write!(text, "\n      {condition}");
        }
    }
    if !undecided.is_empty() {
        let _ = write!(
            text,
            "\n\nnot known whether they differ at: {} (conditions there cannot be compared)",
            undecided.join(", ")
        );
    }
}

pub(super) fn compared(found: &ComparisonView) -> String {
    let mut text = format!(
        "{} decided once more",
        count(found.accesses, "recorded access", "recorded accesses")
    );
    if found.samples > 0 {
        let _ = write!(text, " ({} of them generated samples)", found.samples);
    }
    let _ = write!(text, ": {} come out as before", found.unchanged);
    for (effect, heading) in [
        ("refused", "newly refused"),
        ("prompted", "newly prompted"),
        ("limited", "newly limited"),
        ("allowed", "newly allowed"),
        ("widened", "allowed more than before"),
    ] {
        let all = found.differences.iter();
        let of: Vec<&DifferenceView> = all.filter(|d| d.effect == effect).collect();
        if of.is_empty() {
            continue;
        }
        let accesses: u64 = of.iter().map(|difference| difference.accesses).sum();
        let accesses = count(accesses, "access", "accesses");
        let _ = write!(text, "\n\n{heading}: {accesses}");
        for difference in of.iter().take(LISTED) {
            let _ = write!(text, "\n  {}", difference_line(difference));
        }
        if of.len() > LISTED {
            let _ = write!(text, "\n  and {} more; `--json` has all", of.len() - LISTED);
        }
    }
    if found.left_out > 0 {
        let _ = write!(
            text,
            "\n\n{} more come out otherwise: too many to name",
            found.left_out
        );
    }
    if found.unreadable > 0 {
        let _ = write!(
            text,
            "\n\n{} could not be read and are left out",
            count(found.unreadable, "record", "records")
        );
    }
    if !found.report_only.is_empty() {
        text.push_str("\n\nwhat report-only policies would refuse:");
        for would in found.report_only.iter().take(LISTED) {
            let _ = write!(
                text,
                "\n  {:<28} {:<20} {:<12} {}",
                would.policy,
                would.login,
                would.app,
                count(would.accesses, "access", "accesses")
            );
        }
    }
    text
}

fn difference_line(difference: &DifferenceView) -> String {
    let mut why = Vec::new();
    let mut put = |what: &str, words: &[String], between: &str| {
        if !words.is_empty() {
            why.push(format!("{what}{}", words.join(between)));
        }
    };
    put("", &difference.reasons, ", ");
    put("loses ", &difference.lost, ", ");
    put("gains ", &difference.gained, ", ");
    put("obliged to ", &difference.obligations, ", ");
    if difference.effect == "prompted" {
        put("way out: ", &difference.steps, " + ");
    }
    put("by ", &difference.policies, ", ");
    format!(
        "{:<16} {:<20} {:<12} {:<14} {}",
        difference.login,
        difference.name.of(Language::En),
        difference.app,
        count(difference.accesses, "access", "accesses"),
        why.join("; ")
    )
}

pub(super) fn replayed(found: &ReplayAnswer) -> String {
    let mut text = format!(
        "{} under policy version {}\n  {} the same, bit for bit",
        count(found.accesses, "recorded access", "recorded accesses"),
        found.version.get(..12).unwrap_or(&found.version),
        found.same
    );
    if found.samples > 0 {
        let _ = write!(text, "\n  {} of all are generated samples", found.samples);
    }
    if found.without_fingerprint > 0 {
        let _ = write!(
            text,
            "\n  of {} only outcome, capabilities and reasons were recorded, and those are the same",
            found.without_fingerprint
        );
    }
    let _ = write!(text, "\n  {} otherwise", found.differing);
    for unlike in found.unlike.iter().take(LISTED) {
        let _ = write!(
            text,
            "\n    {}  {}  {} at {}",
            unlike.decision, unlike.at, unlike.login, unlike.app
        );
    }
    let others: u64 = found.by_others.values().sum();
    if others > 0 {
        let _ = write!(
            text,
            "\n  {others} were decided by {} of the policies, and are left out",
            size(found.by_others.len(), "other version", "other versions")
        );
    }
    if found.unreadable > 0 {
        let _ = write!(
            text,
            "\n  {} could not be read",
            count(found.unreadable, "record", "records")
        );
    }
    text
}

pub(super) fn versions(revisions: &[RevisionView]) -> String {
    if revisions.is_empty() {
        return "no change of the policies is known".to_owned();
    }
    let line = |revision: &RevisionView| {
        format!(
            "{:>5}  {}  {:<12} {}  {}",
            revision.number,
            revision.at,
            revision.by,
            revision.policies.join(", "),
            revision.why.as_deref().unwrap_or("(no reason given)")
        )
    };
    let lines: Vec<String> = revisions.iter().map(line).collect();
    lines.join("\n")
}

pub(super) fn rolled_back(answer: &RollbackAnswer) -> String {
    let left = &answer.managed_by_files;
    let mut text = match (answer.policies.is_empty(), left.is_empty()) {
        (true, true) => "nothing to do: the policies are what they were then".to_owned(),
        (true, false) => "nothing was changed".to_owned(),
        (false, _) => format!(
            "{} put back: {}; live connections ended: {}",
            size(answer.policies.len(), "policy", "policies"),
            answer.policies.join(", "),
            answer.cut
        ),
    };
    if !left.is_empty() {
        let _ = write!(
            text,
            "\nleft as in force, because files manage them: {}; take that back in the files, then `sekisho apply`",
            left.join(", ")
        );
    }
    for over in &answer.dropped_exclusions {
        let _ = write!(text, "\nexclusion dropped: {over}");
    }
    text
}

pub(super) fn differing(found: &Differences) -> String {
    let mut text = if found.lines.is_empty() {
        "the policies are the same".to_owned()
    } else {
        found.lines.join("\n")
    };
    examples(
        &mut text,
        found.examples.iter().map(|example| Shown {
            app: &example.app,
            more: example.than_before == "more",
            capability: example.capability,
            because: &example.because,
            before: example.before,
            then: example.then,
        }),
        &found.undecided,
    );
    if !found.lines.is_empty() && !found.same.is_empty() {
        let same = found.same.join(", ");
        let _ = write!(text, "\n\nthey grant the same at: {same}");
    }
    text
}

/// The lines that only one of two texts has, in order.
pub(super) fn lines(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let gone = old.iter().filter(|line| !new.contains(line));
    let gone = gone.map(|line| format!("    - {line}"));
    let come = new.iter().filter(|line| !old.contains(line));
    gone.chain(come.map(|line| format!("    + {line}")))
        .collect()
}
