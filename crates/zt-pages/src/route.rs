//! What a route demands of whoever calls it, as data: a test walks every router and tries each demand.

use http::Method;

/// One route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method. `GET` answers `HEAD` too.
    pub method: Method,
    /// The path as the router knows it, with `{…}` where it varies.
    pub path: &'static str,
    /// Who may call it, and by what it is known who calls.
    pub access: Access,
}

impl Route {
    /// A route.
    #[must_use]
    pub const fn new(method: Method, path: &'static str, access: Access) -> Self {
        Self {
            method,
            path,
            access,
        }
    }
}

/// Who may call a route, and by what it is known who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Anybody: it reads no cookie and changes nothing.
    Open,
    /// A browser in the middle of a sign-in, known by the flow's cookie; forms carry the flow's nonce.
    Flow,
    /// A signed-in person's browser, known by the session cookie; forms carry a token.
    Session,
    /// The same, for administrators.
    Administrator,
    /// A registered source, known by its bearer token.
    Source,
    /// A registered enforcement point in another process, known by its bearer token.
    EnforcementPoint,
    /// A registered OAuth client, known as it is registered, or by an access token that was given to it.
    Client,
    /// A device that comes in, with a one-time code in the body.
    EnrolmentCode,
    /// An enrolled device, known by its agent's certificate.
    AgentCertificate,
    /// Whoever can open the admin socket: its owner on this machine.
    AdminSocket,
    /// Whoever can reach loopback: health and metrics, no personal data.
    Loopback,
}

/// How a route is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteClass {
    /// Pages: cookie, `Sec-Fetch-Site`, a token in each form that changes something.
    Browser,
    /// Our own JSON: form bodies refused, no cookie read, so nothing to forge across sites.
    Api,
    /// What its specification says.
    Protocol,
    /// Not on the network.
    Local,
}

impl Access {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Open,
        Self::Flow,
        Self::Session,
        Self::Administrator,
        Self::Source,
        Self::EnforcementPoint,
        Self::Client,
        Self::EnrolmentCode,
        Self::AgentCertificate,
        Self::AdminSocket,
        Self::Loopback,
    ];

    /// How a route with this access is to be treated.
    #[must_use]
    pub const fn class(self) -> RouteClass {
        match self {
            Self::Open | Self::EnforcementPoint | Self::Client => RouteClass::Protocol,
            Self::Flow | Self::Session | Self::Administrator => RouteClass::Browser,
            Self::Source | Self::EnrolmentCode | Self::AgentCertificate => RouteClass::Api,
            Self::AdminSocket | Self::Loopback => RouteClass::Local,
        }
    }

    /// The slug, for tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Flow => "flow",
            Self::Session => "session",
            Self::Administrator => "administrator",
            Self::Source => "source",
            Self::EnforcementPoint => "enforcement-point",
            Self::Client => "client",
            Self::EnrolmentCode => "enrolment-code",
            Self::AgentCertificate => "agent-certificate",
            Self::AdminSocket => "admin-socket",
            Self::Loopback => "loopback",
        }
    }
}
