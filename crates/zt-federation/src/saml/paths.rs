//! Where we are found.

use super::EntityId;

/// Paths at `id.<domain>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paths {
    /// Our metadata, whose address is our name too.
    pub metadata: &'static str,
    /// Where people sign in, by Redirect and POST.
    pub sign_on: &'static str,
    /// Where they sign out, by Redirect and POST.
    pub logout: &'static str,
    /// Where service providers tell us of a sign-out without a browser.
    pub soap: &'static str,
}

/// Ours.
pub const OURS: Paths = Paths {
    metadata: "/saml/metadata",
    sign_on: "/saml/sso",
    logout: "/saml/slo",
    soap: "/saml/soap",
};

impl EntityId {
    /// What we are called: the address of our metadata. `origin` is `https://id.<domain>`, without a slash at its end; `None` if
    /// that is no address.
    #[must_use]
    pub fn ours(origin: &str) -> Option<Self> {
        Self::parse(&format!("{origin}{}", OURS.metadata)).ok()
    }
}
