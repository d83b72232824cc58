//! An authorization request as it goes round with the browser.

use crate::PagesState;
use zt_auth::ReturnPath;
use zt_federation::{AuthorizationRequest, Client, Endpoints, Form, PageFault, Refused};
use zt_live::Live;
use zt_pages::headers::Origin;
use zt_types::{Seconds, Timestamp};

/// A longer request is refused, in bytes: it has to fit into a way back, with our own parameter.
const LONGEST: usize = 3900;
/// What was proven since a request came is not asked for twice; a request that is older than this counts as a new one.
const COUNTS_FOR: Seconds = Seconds::hours(1);
/// When the request came first, as we wrote it: milliseconds, a dot, and a code over both.
const SINCE: &str = "sekisho_since";

/// A request, with the client that it names.
pub(super) struct Brought {
    pub(super) client: Client,
    pub(super) request: AuthorizationRequest,
    /// The client's parameters, as they came.
    query: String,
    /// When it came first.
    pub(super) since: Timestamp,
    /// Whether that was before now.
    pub(super) is_back: bool,
}

/// Why there is none.
pub(super) enum Wrong {
    /// It is no form, or too long.
    Unreadable,
    /// It is refused.
    Refused(Box<Refused>),
}

/// What a query says, and what we wrote behind it.
struct Read<'q> {
    client: Client,
    request: AuthorizationRequest,
    theirs: String,
    ours: Option<&'q str>,
}

fn read<'q>(live: &Live, query: &'q str) -> Result<Read<'q>, Wrong> {
    if query.len() > LONGEST {
        return Err(Wrong::Unreadable);
    }
    let (ours, theirs): (Vec<&str>, Vec<&str>) = query
        .split('&')
        .partition(|pair| pair.split('=').next() == Some(SINCE));
    let theirs = theirs.join("&");
    let form = Form::parse(theirs.as_bytes()).map_err(|_| Wrong::Unreadable)?;
    let refused = |refused| Wrong::Refused(Box::new(refused));
    let on_page = |fault| refused(Refused::Page(fault));
    let id = AuthorizationRequest::client(&form).map_err(on_page)?;
    let client = live.read(|kept| kept.clients.get(&id).cloned());
    let client = client.ok_or_else(|| on_page(PageFault::UnknownClient))?;
    let request = AuthorizationRequest::read(&form, &client).map_err(refused)?;
    Ok(Read {
        client,
        request,
        theirs,
        ours: ours.first().copied(),
    })
}

impl Brought {
    pub(super) fn read(state: &PagesState, query: &str) -> Result<Self, Wrong> {
        let read = read(state.live(), query)?;
        let now = state.live().clock().now();
        let came = read.ours.and_then(|pair| {
            let (_, text) = pair.split_once('=')?;
            let (millis, code) = text.split_once('.')?;
            let at = Timestamp::from_millis(millis.parse().ok()?);
            let written = state.request_code(&read.theirs, at);
            let is_ours = zt_crypto::hash::equal(written.as_bytes(), code.as_bytes());
            (is_ours && at <= now && now.since(at) <= COUNTS_FOR).then_some(at)
        });
        Ok(Self {
            client: read.client,
            request: read.request,
            query: read.theirs,
            since: came.unwrap_or(now),
            is_back: came.is_some(),
        })
    }

    /// The address of this request, which counts as having come when it came first.
    pub(super) fn address(&self, state: &PagesState) -> String {
        format!(
            "{}?{}&{SINCE}={}.{}",
            Endpoints::OURS.authorization,
            self.query,
            self.since.as_millis(),
            state.request_code(&self.query, self.since)
        )
    }
}

fn origin(request: &AuthorizationRequest) -> Option<Origin> {
    Origin::of_client(request.back.uri.origin()).ok()
}

/// Where a way back leads on to, if it is a request of a client: the pages before it must let a browser go there.
pub(crate) fn client_origin(live: &Live, back: &ReturnPath) -> Option<Origin> {
    let rest = back.as_str().strip_prefix(Endpoints::OURS.authorization)?;
    let read = read(live, rest.strip_prefix('?')?).ok()?;
    origin(&read.request)
}
