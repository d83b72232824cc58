//! Products that are known by name: what a client of theirs is registered with, from the one address that an administrator
//! types, and what is to be written over there, in their own words.
//!
//! Nothing of it is kept: which product a client is for is seen by where it sends its people back to.

mod table;

pub(crate) use table::PRODUCTS;

use super::client_draft::{Draft, Kind};
use super::client_form::has_secrets;
use super::view::{ProductSetting, ProductView};
use zt_federation::{Client, Endpoints, RedirectUri};
use zt_pages::Page;
use zt_types::ManagedBy;

/// What a product is registered with, and what it is told.
#[derive(Debug)]
pub(crate) struct Product {
    /// What forms and messages call it.
    pub(crate) slug: &'static str,
    /// Its own name.
    pub(crate) name: &'static str,
    /// What kind of program it is.
    pub(crate) kind: Kind,
    /// Whether it sends its secret in the form.
    pub(crate) sends_in_form: bool,
    /// Where it has people sent back to.
    pub(crate) back: Back,
    /// What it asks for.
    pub(crate) scopes: &'static [&'static str],
    /// What is written over there, in its words and in their order.
    pub(crate) settings: &'static [(&'static str, Value)],
    /// Where its maintainers say so.
    pub(crate) documentation: &'static str,
}

/// Where people are sent back to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Back {
    /// This, after the address at which people open it.
    Below(&'static str),
    /// This: it is on people's own devices.
    Device(&'static str),
}

/// What is written over there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value {
    /// The `client_id`.
    Id,
    /// The secret.
    Secret,
    /// The issuer.
    Issuer,
    /// The address of the discovery document.
    Discovery,
    /// The address of the authorization endpoint.
    Authorization,
    /// The address of the token endpoint.
    Token,
    /// The address of userinfo.
    Userinfo,
    /// Where people are sent back to.
    Redirect,
    /// This, as it stands here.
    As(&'static str),
}

impl Product {
    /// The one of that slug.
    pub(crate) fn find(slug: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.slug == slug)
    }

    /// The one that this client is for, as far as can be seen.
    pub(crate) fn of(client: &Client) -> Option<&'static Self> {
        // What registered itself says which one it is by its addresses alone.
        if client.managed_by == ManagedBy::Registration {
            return None;
        }
        PRODUCTS
            .iter()
            .filter(|product| product.kind.keeps_secret() == has_secrets(client))
            .find(|product| product.redirect(client).is_some())
    }

    /// A draft for the one that is at this address.
    pub(crate) fn draft(&self, at: &str) -> Draft {
        let at = at.trim().trim_end_matches('/');
        let (redirect_uris, home) = match self.back {
            Back::Below(path) => (format!("{at}{path}"), format!("{at}/")),
            Back::Device(uri) => (uri.to_owned(), String::new()),
        };
        Draft {
            kind: self.kind,
            id: self.slug.to_owned(),
            ja: self.name.to_owned(),
            en: self.name.to_owned(),
            redirect_uris,
            home,
            scopes: self.scopes.iter().map(|&scope| scope.to_owned()).collect(),
            sends_in_form: self.sends_in_form,
            ..Draft::default()
        }
    }

    /// Whether a draft for this address can be made.
    pub(crate) fn can_be_at(&self, at: &str) -> bool {
        let at = at.trim();
        match self.back {
            Back::Below(_) => at.starts_with("https://") && RedirectUri::parse(at).is_ok(),
            Back::Device(_) => true,
        }
    }

    /// What is to be written over there; `secret` if it was just made.
    pub(crate) fn view(
        &self,
        page: &Page,
        client: &Client,
        issuer: &str,
        secret: Option<&str>,
    ) -> ProductView {
        let value = |value: Value| match value {
            Value::Id => Some(client.id.to_string()),
            Value::Secret => secret.map(str::to_owned),
            Value::Issuer => Some(issuer.to_owned()),
            Value::Discovery => Some(format!("{issuer}/.well-known/openid-configuration")),
            Value::Authorization => Some(format!("{issuer}{}", Endpoints::OURS.authorization)),
            Value::Token => Some(format!("{issuer}{}", Endpoints::OURS.token)),
            Value::Userinfo => Some(format!("{issuer}{}", Endpoints::OURS.userinfo)),
            Value::Redirect => self.redirect(client).map(str::to_owned),
            Value::As(text) => Some(text.to_owned()),
        };
        ProductView {
            title: page.t1("product-title", "name", self.name),
            place: page.member("product-place", self.slug),
            note: Some(page.member("product-note", self.slug)).filter(|note| !note.is_empty()),
            settings: self
                .settings
                .iter()
                .map(|&(name, kind)| ProductSetting {
                    name,
                    value: value(kind),
                })
                .collect(),
            documentation: self.documentation,
        }
    }

    fn redirect<'c>(&self, client: &'c Client) -> Option<&'c str> {
        let mut all = client.redirect_uris.iter().map(RedirectUri::as_str);
        all.find(|uri| match self.back {
            Back::Below(path) => uri.starts_with("https://") && uri.ends_with(path),
            Back::Device(here) => *uri == here,
        })
    }
}
