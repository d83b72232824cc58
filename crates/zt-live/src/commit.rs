//! Committing a plan, believing it, and turning the decisions it turns.
//!
//! A plan is first made durable, then believed, then every passage it may concern is decided again, and connections that
//! cannot go on are cut; only then does the caller get its answer. So an acknowledged revocation is an enforced one.

use crate::ahead::Ahead;
use crate::beliefs::{Affected, Beliefs, Everybody};
use crate::judge::Judgement;
use crate::live::{Inner, Live};
use crate::passage::Passage;
use crate::{Cut, LiveError, Standing};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use zt_auth::GrantEnd;
use zt_store::{Change, Deciding, Plan, Revision, State};
use zt_types::{ClientId, Timestamp};

impl Live {
    /// Commits a plan. When this returns, it is durable, believed, and every connection that may not go on was cut.
    ///
    /// # Errors
    /// [`LiveError::LastResort`] if it would shut out an account of last resort, [`LiveError::Policies`] if the policies it
    /// would leave behind do not compile, [`LiveError::Store`] if a
    /// precondition does not hold or the store failed; nothing was changed then.
    pub async fn commit(&self, plan: Plan) -> Result<Vec<Cut>, LiveError> {
        let inner = Arc::clone(&self.inner);
        // A caller that goes away must not leave a plan durable but not believed: the work has a task of its own.
        tokio::spawn(async move { inner.commit(plan).await })
            .await
            .unwrap_or(Err(LiveError::Interrupted))
    }
}

impl Inner {
    async fn commit(&self, plan: Plan) -> Result<Vec<Cut>, LiveError> {
        let _one_at_a_time = if plan.changes.iter().any(Deciding::is_touched_by) {
            Some(self.applying.lock().await)
        } else {
            None
        };
        let policies = self.policies_after(&plan.changes)?;
        // Taken after the other one, and after compiling: disabling somebody does not wait for policies to compile.
        let _in_order = if plan.changes.iter().any(crate::last_resort::bear_on_it) {
            Some(self.guarding.lock().await)
        } else {
            None
        };
        let mut plan = crate::last_resort::guarded(plan, self.beliefs.read().state())?;
        let moved = moved_clients(&plan.changes, self.beliefs.read().state());
        let ends = ends_of_moved(&moved, self.beliefs.read().state(), self.clock.now());
        // Before the client is another's, since nothing of it is ended then.
        plan.changes.splice(0..0, ends);
        if let Some(policies) = &policies {
            let beliefs = self.beliefs.read();
            let now = self.clock.now();
            let version = policies.version();
            let revision = Revision::of(beliefs.state(), &plan.changes, &plan.events, version, now);
            plan.changes.extend(revision);
        }
        let changes = plan.changes.clone();
        // The store commits plans in the order in which it is handed them, so both orders are one.
        let (turn, committing) = self.turns.take(|| self.store.commit(plan));
        let committed = committing.await;
        turn.comes().await;
        committed?;
        let believed = {
            let mut beliefs = self.beliefs.write();
            beliefs.apply(&changes).inspect(|_| {
                if let Some(policies) = policies {
                    beliefs.policies = policies;
                    self.policies_so_far.fetch_add(1, Ordering::AcqRel);
                }
            })
        };
        let (affected, _reading) = match believed {
            Ok(affected) => {
                self.note_devices(&changes);
                self.forget_clients(&changes, &moved);
                // Deciding anew can take long. What comes next is believed meanwhile: a revocation waits for nobody's
                // policies. Changes of policies still wait for each other.
                drop(turn);
                (affected, None)
            }
            Err(conflict) => {
                // What is durable is true. That we could not believe it is a fault of ours: read everything anew.
                tracing::error!(%conflict, "a committed plan did not fit the records in memory; reading them anew");
                let state = self.store.load().await?;
                let (places, before) = {
                    let beliefs = self.beliefs.read();
                    (Arc::clone(&beliefs.places), Arc::clone(&beliefs.policies))
                };
                let deciding = Deciding::of(&state);
                let policies = crate::live::compile(&deciding, Some(&before), &places)?;
                let mut beliefs = self.beliefs.write();
                *beliefs = crate::beliefs::Beliefs::new(state, policies, places);
                self.policies_so_far.fetch_add(1, Ordering::AcqRel);
                drop(beliefs);
                self.note_devices(&changes);
                self.forget_clients(&changes, &moved);
                let everybody = Affected {
                    everybody: Everybody::Yes,
                    ..Affected::default()
                };
                (everybody, Some(turn))
            }
        };
        self.changed.send_modify(|count| *count += 1);
        let cuts = self.turn_decisions(&affected);
        self.lapses.note_changes(&changes);
        self.client_keys.note_changes(&changes);
        self.provider_keys.note_changes(&changes);
        self.provider_metadata.note_changes(&changes);
        Ok(cuts)
    }

    /// Lets the passages of each session that now has a device be found by that device. Whoever binds it (the passage,
    /// a step-up), it happens before the next plan is believed: a fact about the device that comes right after must
    /// not miss a passage made while the device was unknown.
    fn note_devices(&self, changes: &[Change]) {
        let beliefs = self.beliefs.read();
        for change in changes {
            let session = match change {
                Change::PutSession(session) => session.id,
                Change::BindSession { session, .. } => *session,
                _ => continue,
            };
            let device = beliefs
                .state()
                .sessions
                .get(&session)
                .and_then(|session| session.device);
            if let Some(device) = device {
                self.passages.bind(session, device);
            }
        }
    }

    /// Drops what clients asked for that are removed now, or moved: one that is registered under the same id later, or for
    /// another application, did not ask for it.
    fn forget_clients(&self, changes: &[Change], moved: &[ClientId]) {
        let removed = changes.iter().filter_map(|change| match change {
            Change::RemoveClient(client) | Change::RemoveServiceProvider(client) => Some(client),
            _ => None,
        });
        for client in removed.chain(moved) {
            self.pushed.forget(client);
            self.devices.forget(client);
        }
    }

    /// The policies as they would be after `changes`, if these touch them.
    pub(crate) fn policies_after(
        &self,
        changes: &[Change],
    ) -> Result<Option<Arc<zt_policy::PolicySet>>, LiveError> {
        if !changes.iter().any(Deciding::is_touched_by) {
            return Ok(None);
        }
        let (deciding, before, places) = {
            let beliefs = self.beliefs.read();
            let (policies, places) = (Arc::clone(&beliefs.policies), Arc::clone(&beliefs.places));
            (Deciding::of(beliefs.state()), policies, places)
        };
        crate::live::compile(&deciding.after(changes), Some(&before), &places).map(Some)
    }

    /// Decides again for all that may be affected.
    pub(crate) fn turn_decisions(&self, affected: &Affected) -> Vec<Cut> {
        let named = || {
            self.passages
                .affected(&affected.people, &affected.devices, &affected.sessions)
        };
        let policies = || Arc::clone(&self.beliefs.read().policies);
        let passages = match affected.everybody {
            Everybody::Yes => {
                self.passages.replace_policies(policies());
                self.passages.all()
            }
            // Whoever is granted the same as before is decided anew when she comes next, for the reasons to be the new ones.
            Everybody::IfPoliciesTurn => {
                let mut turned = self.passages.turned_by(policies(), self.clock.now());
                turned.extend(named());
                turned
            }
            Everybody::No => named(),
        };
        let cuts = passages.iter();
        let cuts = cuts.flat_map(|passage| self.turn_decision(passage));
        let cuts = cuts.collect();
        // Clients elsewhere are told later, by somebody for whom nobody waits.
        self.lapses.note(affected);
        cuts
    }

    /// Decides again for one passage, tells its connections, and records what changed.
    pub(crate) fn turn_decision(&self, passage: &Arc<Passage>) -> Vec<Cut> {
        let mut ahead = Ahead::default();
        loop {
            let question = {
                // The beliefs stay locked until the new standing is in place: otherwise a slower, older decision could be
                // put over a newer one.
                let beliefs = self.beliefs.read();
                let _order = passage.deciding();
                let now = self.clock.now();
                let asking = crate::judge::asking(&beliefs, passage, now);
                let judged = match asking {
                    Ok(request) => ahead
                        .answer(&beliefs, request, now)
                        .map(Judgement::Answered),
                    Err(why) => Ok(Judgement::Over(why)),
                };
                match judged {
                    Ok(judged) => return self.put_in_place(&beliefs, passage, judged),
                    Err(question) => question,
                }
            };
            ahead.ask(question);
        }
    }

    /// Puts in place what was judged under these beliefs, while nobody else does for this passage.
    fn put_in_place(
        &self,
        beliefs: &Beliefs,
        passage: &Arc<Passage>,
        judged: Judgement,
    ) -> Vec<Cut> {
        let before = passage.standing();
        passage.decided_under(self.policies_so_far.load(Ordering::Acquire));
        if let Some(decision) = judged.decision() {
            self.passages.refresh(passage, &decision.inputs().request);
        }
        // The same answer for a shorter time is another one: nobody may go on past the instant at which it can flip.
        if crate::judge::is_same(&before, &judged) && before.valid_until() == judged.valid_until() {
            if let Standing::Permitted(grant) = &*before {
                // Applications are told more than decides: what she is called, how she signed in.
                grant.tell_anew();
            }
            return Vec::new();
        }
        let standing = self.stand(judged);
        let over = matches!(standing, Standing::Over(_));
        self.wheel.watch(standing.valid_until(), passage);
        let why = standing.slug();
        let ended = passage.stand(standing);
        if over {
            self.passages.remove(passage);
        }
        let device = crate::judge::evidence(beliefs, passage, self.clock.now()).claimed;
        ended
            .into_iter()
            .map(|connection| self.tell_cut(passage, device, connection, why))
            .collect()
    }
}

/// The programs that are of another application after this.
fn moved_clients(changes: &[Change], state: &State) -> Vec<ClientId> {
    let put = changes.iter().filter_map(|change| match change {
        Change::PutClient(client) => Some((&client.id, &client.app)),
        Change::PutServiceProvider(provider) => Some((&provider.id, &provider.app)),
        _ => None,
    });
    let moved = put.filter(|(id, app)| state.app_of(id).is_some_and(|kept| kept != *app));
    moved.map(|(id, _)| id.clone()).collect()
}

/// The ends of what these clients have, of which they are told: what they hold is of policies that decide no more.
fn ends_of_moved(moved: &[ClientId], state: &State, now: Timestamp) -> Vec<Change> {
    if moved.is_empty() {
        return Vec::new();
    }
    let grants = state.grants.values();
    let theirs = grants.filter(|grant| moved.contains(&grant.client) && !grant.is_over(now));
    theirs
        .map(|grant| Change::EndGrant {
            grant: grant.id,
            at: now,
            why: GrantEnd::ClientMoved,
        })
        .collect()
}
