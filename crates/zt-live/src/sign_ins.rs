//! Somebody signed in: is that like her?

use crate::live::{Live, LiveError};
use std::net::IpAddr;
use zt_events::{Actor, Body, Outcome, Topic};
use zt_store::{Change, Decisions, EventFilter, Plan};
use zt_trust::{FactChange, Habits, Reach, SignInSeen};
use zt_types::{Assurance, ClearingStep, PersonId, Role, SessionId, Timestamp};

/// So many events about her sign-ins are looked at, the newest.
const LOOKED_AT: usize = 400;

impl Live {
    /// Compares a sign-in that is durable already with the ones before, and writes down what is unlike her as facts of our
    /// own, before anybody gets to use the session.
    ///
    /// # Errors
    /// As [`Live::events`] and [`Live::commit`].
    pub async fn weigh_sign_in(
        &self,
        person: PersonId,
        session: SessionId,
        proof: Option<ClearingStep>,
    ) -> Result<(), LiveError> {
        // No fact counts for accounts of last resort, and nothing may stand in their way.
        let role = self.read(|state| state.people.get(&person).map(|person| person.role));
        if role == Some(Role::BreakGlass) {
            return Ok(());
        }
        let filter = EventFilter {
            person: Some(person),
            topic: Some(Topic::SignIn),
            // Whoever fails to sign in as her must not push her own sign-ins out of sight.
            outcome: Some(Outcome::Success),
            decisions: Decisions::Without,
            limit: LOOKED_AT,
            ..EventFilter::default()
        };
        let events = self.events(filter).await?;
        let mut habits = Habits::default();
        let mut this = None;
        // They come newest first.
        for logged in events.iter().rev() {
            let Body::SignedIn {
                session: signed_in,
                address,
                assurance,
                ..
            } = &logged.event.body
            else {
                continue;
            };
            let seen = self.seen(logged.event.at, address);
            if *signed_in == session {
                this = Some(seen);
                break;
            }
            // What was doubted is no habit, unless it was she for certain.
            let is_she = *assurance >= Assurance::PhishingResistant;
            if is_she || habits.doubts(&seen, None).is_empty() {
                habits = habits.after(&seen);
            }
        }
        // Should the log not show it yet, it came from nowhere that is known.
        let this = this.unwrap_or_else(|| self.seen(self.inner.clock.now(), ""));
        let mut plan = Plan::default();
        let now = self.inner.clock.now();
        for doubt in habits.doubts(&this, proof) {
            let Ok(fact) = doubt.fact(person, session, now) else {
                continue;
            };
            let change = FactChange::Open(fact);
            plan.events.push(self.fact_event(&change, Actor::System));
            plan.changes.push(Change::PutFact(change.fact().clone()));
        }
        if plan.changes.is_empty() {
            return Ok(());
        }
        let _one_at_a_time = self.inner.ingesting.lock().await;
        self.commit(plan).await.map(drop)
    }

    fn seen(&self, at: Timestamp, address: &str) -> SignInSeen {
        let places = &self.inner.beliefs.read().places;
        let address: Option<IpAddr> = address.parse().ok();
        let place = address
            .map(|address| places.at(address))
            .unwrap_or_default();
        SignInSeen {
            at,
            country: place.country,
            // What cannot be read came from outside.
            reach: address.map_or(Reach::Outside, Reach::of),
            coordinates: place.coordinates,
        }
    }
}
