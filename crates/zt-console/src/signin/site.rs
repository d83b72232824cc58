//! Where this installation is: the addresses of `id.<domain>` and of the applications' hosts.

use zt_pages::headers::Origin;
use zt_types::AppId;

/// The domain and port under which everything is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    domain: String,
    port: u16,
}

impl Site {
    /// A site of `domain`, such as `example.co.jp`, reached at `port`.
    #[must_use]
    pub fn new(domain: &str, port: u16) -> Self {
        Self {
            domain: domain.to_ascii_lowercase(),
            port,
        }
    }

    /// `https://id.<domain>`, with the port where it is not 443.
    #[must_use]
    pub fn id_origin(&self) -> String {
        self.origin_of("id")
    }

    /// The host name of the sign-in site: `id.<domain>`.
    #[must_use]
    pub fn id_host(&self) -> String {
        format!("id.{}", self.domain)
    }

    /// An application's origin, `https://<app>.<domain>`.
    #[must_use]
    pub fn app_origin(&self, app: &AppId) -> String {
        self.origin_of(app.as_str())
    }

    /// The same, as a content policy may name it.
    pub(crate) fn app_origin_for_policy(&self, app: &AppId) -> Option<Origin> {
        Origin::https(&self.app_origin(app)).ok()
    }

    fn origin_of(&self, label: &str) -> String {
        match self.port {
            443 => format!("https://{label}.{}", self.domain),
            port => format!("https://{label}.{}:{port}", self.domain),
        }
    }
}
