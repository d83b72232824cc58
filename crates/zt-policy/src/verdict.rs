//! What the policies of an application say to one form of request, worked out once and kept.

use crate::compile::{PolicySet, Slice};
use crate::situation::{Atoms, Situation};
use crate::{Reason, Remedy};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use zt_types::{Capability, CapabilitySet, PolicyId};

/// How many forms are kept per application. The signs of risk make a few hundred; groups and named people multiply them.
const MAX_KEPT: usize = 8192;

/// What policy says, before times and names are filled in.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// What is granted; nothing if refused.
    pub(crate) capabilities: CapabilitySet,
    /// The policies that decided.
    pub(crate) policies: Vec<PolicyId>,
    /// Report-only policies that would have refused.
    pub(crate) would_refuse: Vec<PolicyId>,
    /// Why refused; trust reasons are left empty here, they are the request's.
    pub(crate) reasons: Vec<Reason>,
    /// The way out.
    pub(crate) remedies: Vec<Remedy>,
}

/// Verdicts by form. Forgetting them changes nothing but the time the next decision takes.
#[derive(Debug, Default)]
pub(crate) struct Verdicts(RwLock<HashMap<Atoms, Arc<Verdict>>>);

impl Verdicts {
    fn find(&self, atoms: &Atoms) -> Option<Arc<Verdict>> {
        // A verdict is put in whole, so a table that a panic left behind is as good as any.
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(atoms).cloned()
    }

    fn keep(&self, atoms: Atoms, verdict: &Arc<Verdict>) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(atoms, Arc::clone(verdict));
    }
}

impl PolicySet {
    /// The seam for the compiled form: everything above asks here, and nothing above speaks Cedar.
    pub(crate) fn verdict(&self, slice: &Slice, atoms: Atoms) -> Arc<Verdict> {
        if let Some(verdict) = slice.verdicts.find(&atoms) {
            return verdict;
        }
        let verdict = Arc::new(
            self.work_out(slice, &atoms)
                .unwrap_or_else(|| self.unanswered()),
        );
        slice.verdicts.keep(atoms, &verdict);
        verdict
    }

    fn work_out(&self, slice: &Slice, atoms: &Atoms) -> Option<Verdict> {
        let situation = Situation::of(atoms);
        let classes = slice.classes();
        let answers = self.answer(slice, &situation, classes)?;
        let capabilities = classes
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.allowed)
            .flat_map(|(class, _)| class.capabilities.iter())
            .collect();
        let connect = classes
            .iter()
            .zip(&answers)
            .find(|(class, _)| class.capabilities.contains(Capability::Connect))
            .map(|(_, answer)| answer)?;
        let would_refuse = self
            .answer(slice, &situation, slice.report_only())?
            .iter()
            .filter(|answer| !answer.allowed)
            .flat_map(|answer| answer.decisive.iter().chain(&answer.erring).copied())
            .collect::<Vec<usize>>();
        let would_refuse = self.documents_at(&would_refuse);
        if connect.allowed {
            return Some(Verdict {
                capabilities,
                policies: self.documents_at(&connect.decisive),
                would_refuse,
                reasons: Vec::new(),
                remedies: Vec::new(),
            });
        }
        let (reasons, forbids) = self.explain(slice, &situation, connect)?;
        Some(Verdict {
            capabilities: CapabilitySet::NONE,
            policies: self.documents_at(&forbids),
            would_refuse,
            reasons,
            remedies: self.remedies(slice, &situation),
        })
    }

    /// Cedar could not even be asked. That is a fault of ours, and a refusal.
    fn unanswered(&self) -> Verdict {
        Verdict {
            capabilities: CapabilitySet::NONE,
            policies: Vec::new(),
            would_refuse: Vec::new(),
            reasons: self
                .document_at(0)
                .map(|id| Reason::EvaluationError { id: id.clone() })
                .into_iter()
                .collect(),
            remedies: vec![Remedy::NothingHelps],
        }
    }
}
