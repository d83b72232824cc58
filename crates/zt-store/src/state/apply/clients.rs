//! Clients, and what goes with them.

use super::registrations::REGISTRATIONS;
use super::{Applied, Row, Setter, State, swap};
use crate::Conflict;
use zt_federation::Client;
use zt_types::ClientId;

/// What is noted of a client besides its record. It is kept with the settings, and goes with the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientNote {
    /// The keys that were fetched from its address. They go with the address, too.
    Keys,
    /// How telling it of an end went the last time.
    Told,
}

impl ClientNote {
    const ALL: [Self; 2] = [Self::Keys, Self::Told];

    fn setting(self, client: &ClientId) -> String {
        match self {
            Self::Keys => format!("keys/{client}"),
            Self::Told => format!("told/{client}"),
        }
    }
}

const CLIENTS: Setter<ClientId, Client> = Setter(|s, k, v| swap(&mut s.clients, k, v));
const SETTINGS: Setter<String, Vec<u8>> = Setter(|s, k, v| swap(&mut s.settings, k, v));

impl State {
    /// What is noted of a client, in whatever form it was written.
    #[must_use]
    pub fn client_note(&self, client: &ClientId, note: ClientNote) -> Option<&[u8]> {
        self.settings.get(&note.setting(client)).map(Vec::as_slice)
    }

    /// Nothing is noted of a client that is gone meanwhile: whoever is registered under its id later begins with nothing.
    pub(super) fn note_of_client(
        &mut self,
        client: &ClientId,
        note: ClientNote,
        value: &[u8],
        done: &mut Applied,
    ) {
        if self.app_of(client).is_some() {
            let name = note.setting(client);
            self.set(done, Row::Setting, name, Some(value.to_vec()), SETTINGS);
        }
    }

    pub(super) fn put_client(
        &mut self,
        client: &Client,
        done: &mut Applied,
    ) -> Result<(), Conflict> {
        if self.service_providers.contains_key(&client.id) {
            return Err(Conflict::NameTaken(client.id.clone()));
        }
        let kept = self.clients.get(&client.id);
        let has_other_address = kept.is_some_and(|kept| kept.jwks_uri != client.jwks_uri);
        self.begin_program(&client.id, &client.app, done)?;
        if has_other_address {
            self.drop_client_note(&client.id, ClientNote::Keys, done);
        }
        self.set(
            done,
            Row::Client,
            client.id.clone(),
            Some(client.clone()),
            CLIENTS,
        );
        Ok(())
    }

    pub(super) fn remove_client(&mut self, id: &ClientId, done: &mut Applied) {
        // Nobody is left who could be told that something ended.
        self.drop_given(id, |_| true, done);
        self.set(done, Row::Client, id.clone(), None, CLIENTS);
        self.set(done, Row::Registration, id.clone(), None, REGISTRATIONS);
        self.drop_notes(id, done);
    }

    /// Drops all that is noted of a client or service provider.
    pub(super) fn drop_notes(&mut self, id: &ClientId, done: &mut Applied) {
        for note in ClientNote::ALL {
            self.drop_client_note(id, note, done);
        }
    }

    fn drop_client_note(&mut self, client: &ClientId, note: ClientNote, done: &mut Applied) {
        let name = note.setting(client);
        if self.settings.contains_key(&name) {
            self.set(done, Row::Setting, name, None, SETTINGS);
        }
    }
}
