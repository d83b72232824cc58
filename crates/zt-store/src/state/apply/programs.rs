//! Service providers, and what they have in common with clients: what a sign-in gave names either by its id.

use super::{Applied, Row, Setter};
use crate::{Conflict, State};
use zt_auth::{Grant, GrantState};
use zt_federation::saml::ServiceProvider;
use zt_types::{AppId, ClientId};

const SERVICE_PROVIDERS: Setter<ClientId, ServiceProvider> = Setter(State::set_service_provider);

impl State {
    pub(super) fn put_service_provider(
        &mut self,
        provider: &ServiceProvider,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        let id = provider.id.clone();
        if self.clients.contains_key(&id) {
            return Err(Conflict::NameTaken(id));
        }
        // Its messages say who it is by this alone.
        let holder = self.entities.get(&provider.entity_id);
        if let Some(other) = holder.filter(|other| **other != id) {
            return Err(Conflict::NameTaken(other.clone()));
        }
        self.begin_program(&id, &provider.app, done)?;
        let value = Some(provider.clone());
        self.set(done, Row::ServiceProvider, id, value, SERVICE_PROVIDERS);
        Ok(())
    }

    pub(super) fn remove_service_provider(&mut self, id: &ClientId, done: &mut Applied) {
        // Nobody is left who could be told that something ended.
        self.drop_given(id, |_| true, done);
        self.drop_notes(id, done);
        let id = id.clone();
        self.set(done, Row::ServiceProvider, id, None, SERVICE_PROVIDERS);
    }

    /// Drops what a program was given that is of another application from now on; fails if that is not there.
    pub(super) fn begin_program(
        &mut self,
        id: &ClientId,
        app: &AppId,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        if !self.applications.contains_key(app) {
            return Err(Conflict::NoApplication {
                client: id.clone(),
                app: app.clone(),
            });
        }
        if self.app_of(id).is_some_and(|kept| kept != app) {
            let goes_on = |grant: &Grant| !matches!(grant.state, GrantState::Ended { .. });
            self.drop_given(id, goes_on, done);
        }
        Ok(())
    }

    /// A client or service provider of this application, if there is one.
    pub(super) fn program_of(&self, app: &AppId) -> Option<&ClientId> {
        let clients = self.clients.values();
        let mut clients = clients.filter(|client| client.app == *app);
        let providers = self.service_providers.values();
        let mut providers = providers.filter(|provider| provider.app == *app);
        let client = clients.next().map(|client| &client.id);
        client.or_else(|| providers.next().map(|provider| &provider.id))
    }
}
