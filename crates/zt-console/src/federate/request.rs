//! An authorization request as it goes round with the browser.

use crate::PagesState;
use crate::signin::Site;
use zt_auth::ReturnPath;
use zt_federation::{
    AuthorizationRequest, Client, Endpoints, Form, PageFault, Refused, RequestReference,
};
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
    /// The reference to the request, if it was pushed.
    reference: Option<RequestReference>,
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

/// What a query says, before the request in it is read.
struct Query<'q> {
    client: Client,
    form: Form,
    theirs: String,
    ours: Option<&'q str>,
}

fn refused(refused: Refused) -> Wrong {
    Wrong::Refused(Box::new(refused))
}

impl<'q> Query<'q> {
    fn read(live: &Live, query: &'q str) -> Result<Self, Wrong> {
        if query.len() > LONGEST {
            return Err(Wrong::Unreadable);
        }
        let (ours, theirs): (Vec<&str>, Vec<&str>) = query
            .split('&')
            .partition(|pair| pair.split('=').next() == Some(SINCE));
        let theirs = theirs.join("&");
        let form = Form::parse(theirs.as_bytes()).map_err(|_| Wrong::Unreadable)?;
        let on_page = |fault| refused(Refused::Page(fault));
        let id = AuthorizationRequest::client(&form).map_err(on_page)?;
        let client = live.read(|kept| kept.clients.get(&id).cloned());
        let client = client.ok_or_else(|| on_page(PageFault::UnknownClient))?;
        Ok(Self {
            client,
            form,
            theirs,
            ours: ours.first().copied(),
        })
    }

    /// The reference to a request that was pushed, if that is what came.
    fn reference(&self) -> Option<RequestReference> {
        let uri = self.form.one("request_uri").ok().flatten()?;
        RequestReference::read(uri)
    }

    /// When it came first, and a code for that, as they stand there.
    fn written(&self) -> Option<(Timestamp, &'q str)> {
        let (_, text) = self.ours?.split_once('=')?;
        let (millis, code) = text.split_once('.')?;
        Some((Timestamp::from_millis(millis.parse().ok()?), code))
    }

    /// When it came first, if it came before: as we wrote it behind it.
    fn came(&self, state: &PagesState) -> Option<Timestamp> {
        let now = state.live().clock().now();
        let (at, code) = self.written()?;
        let right = state.request_code(&self.theirs, at);
        let is_ours = zt_crypto::hash::equal(right.as_bytes(), code.as_bytes());
        (is_ours && at <= now && now.since(at) <= COUNTS_FOR).then_some(at)
    }

    /// The request of a browser that came first at `since`.
    fn request(
        &self,
        live: &Live,
        site: &Site,
        since: Timestamp,
    ) -> Result<AuthorizationRequest, Wrong> {
        let Some(reference) = self.reference() else {
            let issuer = site.id_origin();
            return live
                .read_request(&self.form, &self.client, &issuer, since)
                .and_then(|request| request.brought_by_browser(&self.client))
                .map_err(refused);
        };
        // RFC 9126 §4: what else the browser brought is not looked at.
        live.begin_pushed(&self.client, &reference, since)
            .ok_or_else(|| refused(Refused::Page(PageFault::UnknownRequest)))
    }
}

impl Brought {
    pub(super) fn read(state: &PagesState, query: &str) -> Result<Self, Wrong> {
        let live = state.live();
        let read = Query::read(live, query)?;
        let now = live.clock().now();
        let came = read.came(state);
        let since = came.unwrap_or(now);
        Ok(Self {
            request: read.request(live, state.site(), since)?,
            reference: read.reference(),
            client: read.client,
            query: read.theirs,
            since,
            is_back: came.is_some(),
        })
    }

    /// The same; a request that is signed with a key that nobody knows is read again with newer keys, if there are any.
    pub(super) async fn read_with_new_keys(state: &PagesState, query: &str) -> Result<Self, Wrong> {
        let wrong = match Self::read(state, query) {
            Ok(brought) => return Ok(brought),
            Err(wrong) => wrong,
        };
        let live = state.live();
        let signed = Query::read(live, query).ok().filter(|read| {
            let object = read.form.one("request");
            read.client.jwks_uri.is_some() && object.is_ok_and(|object| object.is_some())
        });
        if let Some(read) = signed {
            let keys = live.keys_of(&read.client);
            if live.has_other_keys(&read.client, keys.as_deref()).await {
                return Self::read(state, query);
            }
        }
        Err(wrong)
    }

    /// Whether the request may be answered: one that was pushed is answered once (RFC 9126 §7.3).
    pub(super) fn is_first_answer(&self, state: &PagesState) -> bool {
        let live = state.live();
        let reference = self.reference.as_ref();
        reference.is_none_or(|reference| live.take_pushed(&self.client.id, reference))
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
pub(crate) fn client_origin(live: &Live, site: &Site, back: &ReturnPath) -> Option<Origin> {
    origin(&request_of(live, site, back)?)
}

/// Whom the client of a way back takes her to be (OpenID Connect Core 1.0 §3.1.2.1 `login_hint`). Whether there is anybody of that
/// name is not looked at.
pub(crate) fn login_hint(live: &Live, site: &Site, back: &ReturnPath) -> Option<String> {
    request_of(live, site, back)?.login_hint
}

fn request_of(live: &Live, site: &Site, back: &ReturnPath) -> Option<AuthorizationRequest> {
    let rest = back.as_str().strip_prefix(Endpoints::OURS.authorization)?;
    let read = Query::read(live, rest.strip_prefix('?')?).ok()?;
    // Whether it did come then is looked at when the browser is back; until then it is a page's policy, and of a registered client.
    let (since, _) = read.written()?;
    read.request(live, site, since).ok()
}
