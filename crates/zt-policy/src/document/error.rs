//! What does not fit together in a rule.

/// One thing that is wrong with a rule, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A list that must hold something is empty.
    #[error("`{0}` is empty: name at least one")]
    Empty(&'static str),
    /// `everyone` stands beside others.
    #[error("`everyone` is everybody already: take the others out, or `everyone`")]
    EveryoneAndOthers,
    /// Somebody is there twice.
    #[error("{0} is named twice: take one out")]
    NamedTwice(String),
    /// Somebody is named and left out, or left out twice.
    #[error("{whom} is left out by `{owner}` and named once more: take one of the two out")]
    NamedAndLeftOut {
        /// Who.
        whom: String,
        /// Who answers for the exclusion.
        owner: String,
    },
    /// Everyone is left out.
    #[error("everyone is left out: then turn the policy off")]
    LeavesOutEveryone,
    /// An exclusion that nobody answers for.
    #[error("{0} is left out without an owner or a reason: write both")]
    NoOwnerOrReason(String),
    /// The scope is narrower than global, and applications are named beside it.
    #[error("the scope says which applications already: take `applications` and `app-groups` out")]
    ScopeAndApplications,
    /// An application, or a group of them, is named and left out.
    #[error("`{0}` is named and left out: take one of the two out")]
    ApplicationNamedAndLeftOut(String),
    /// An allowing rule singles out the risky.
    #[error("`{0}` would let in whoever is at more risk: turn the condition around")]
    AllowsTheRisky(String),
    /// A refusing rule singles out the safe.
    #[error("`{0}` would let in whoever is at more risk: turn the condition around, or require it")]
    RefusesTheSafe(String),
    /// Something risky is required.
    #[error("`{0}` is a risk and cannot be required: require the opposite")]
    RequiresRisk(String),
    /// An allowing rule has limits.
    #[error(
        "an allowing rule has no limits: name what it allows, or write a second rule that restricts"
    )]
    LimitsInAllow,
    /// A refusing rule has requirements or limits.
    #[error("a refusing rule requires and limits nothing: make it `restrict`")]
    NothingBesideRefusal,
    /// A restricting rule restricts nothing.
    #[error("nothing is required or limited: add what to require, or make it `refuse`")]
    RestrictsNothing,
    /// `connect` is withheld.
    #[error("without `connect` there is no access: make it `refuse`")]
    ConnectWithheld,
    /// A condition that never or always holds.
    #[error("`{0}` says nothing: there is no rung below")]
    SaysNothing(String),
    /// It has no short form.
    #[error("the rule asks for too much at once: split it into several")]
    TooIntricate,
    /// Several of these.
    #[error("{0}")]
    Several(String),
}

impl RuleError {
    pub(super) fn several(errors: Vec<Self>) -> Self {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Self::Several(texts.join("; "))
    }
}
