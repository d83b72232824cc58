//! Programs that register themselves.

use super::{Applied, Row, Setter, keys, swap, usable};
use crate::{Conflict, State};
use zt_federation::{InitialToken, Registration};
use zt_types::{AppId, ClientId, InitialTokenId, Timestamp, TokenHash};

pub(super) const REGISTRATIONS: Setter<ClientId, Registration> =
    Setter(|s, k, v| swap(&mut s.registrations, k, v));
const INITIAL_TOKENS: Setter<InitialTokenId, InitialToken> =
    Setter(|s, k, v| swap(&mut s.initial_tokens, k, v));

impl State {
    pub(super) fn put_initial_token(
        &mut self,
        token: &InitialToken,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        if !self.applications.contains_key(&token.allowance.app) {
            return Err(Conflict::Missing("application"));
        }
        let value = Some(token.clone());
        self.set(done, Row::InitialToken, token.id, value, INITIAL_TOKENS);
        Ok(())
    }

    pub(super) fn remove_initial_token(
        &mut self,
        id: InitialTokenId,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        if !self.initial_tokens.contains_key(&id) {
            return Err(Conflict::Missing("initial access token"));
        }
        self.set(done, Row::InitialToken, id, None, INITIAL_TOKENS);
        Ok(())
    }

    pub(super) fn use_initial_token(
        &mut self,
        id: InitialTokenId,
        now: Timestamp,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        let kept = self.initial_tokens.get(&id);
        usable(kept.is_some_and(|token| token.counts(now)))?;
        let used = kept.cloned().map(|token| InitialToken {
            used: token.used.saturating_add(1),
            ..token
        });
        self.set(done, Row::InitialToken, id, used, INITIAL_TOKENS);
        Ok(())
    }

    pub(super) fn put_registration(
        &mut self,
        to: &Registration,
        from: Option<TokenHash>,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        if !self.clients.contains_key(&to.client) {
            return Err(Conflict::Missing("client"));
        }
        let kept = self.registrations.get(&to.client);
        usable(kept.map(|kept| kept.access_token) == from)?;
        let (id, value) = (to.client.clone(), Some(to.clone()));
        self.set(done, Row::Registration, id, value, REGISTRATIONS);
        Ok(())
    }

    /// Forgets tokens that were over before then, and says how many.
    pub(super) fn forget_initial_tokens(&mut self, before: Timestamp, done: &mut Applied) -> usize {
        let over = keys(&self.initial_tokens, |token| token.expires_at < before);
        for id in &over {
            self.set(done, Row::InitialToken, *id, None, INITIAL_TOKENS);
        }
        over.len()
    }

    /// Whose application goes registers nothing more: one of the same id later is another one.
    pub(super) fn drop_initial_tokens(&mut self, app: &AppId, done: &mut Applied) {
        for id in keys(&self.initial_tokens, |token| token.allowance.app == *app) {
            self.set(done, Row::InitialToken, id, None, INITIAL_TOKENS);
        }
    }
}
