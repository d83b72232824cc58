//! What has to be done again and again: keeping hosts and keys fresh, forgetting what is over.

use crate::config::Config;
use crate::hosts::Hosts;
use crate::installation::Paths;
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;
use zt_crypto::jose::{KeyPurpose, KeyState, Keyring};
use zt_crypto::seal::MasterKey;
use zt_live::Live;
use zt_types::{Seconds, Timestamp};

/// How often what has to be done by time is looked at.
const TICK: Duration = Duration::from_secs(600);
/// What was over this long ago is forgotten.
const KEEP: Seconds = Seconds::days(7);
/// A token key signs this long.
const KEY_LIFETIME: Seconds = Seconds::days(30);
/// A retired token key is published this much longer: no token lives longer.
const KEEP_KEYS: Seconds = Seconds::days(2);

/// Keeps the hosts as the register says, for as long as the task lives.
pub(crate) async fn keep_hosts(hosts: Arc<Hosts>, live: Live) {
    let mut changes = live.changes();
    // A change of the register is a change of what is compiled; most changes are neither.
    let mut seen = live.policies();
    loop {
        tokio::select! {
            changed = changes.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = live.policies();
                if Arc::ptr_eq(&seen, &now) {
                    continue;
                }
                seen = now;
            }
            () = live.clock().sleep(TICK) => {}
        }
        if let Err(error) = hosts.refresh() {
            tracing::error!(%error, "the sign-in host has no usable certificate");
        }
    }
}

/// Forgets what has been over for long.
pub(crate) async fn forget(live: Live) {
    loop {
        match live.forget_before(live.clock().now() - KEEP).await {
            Ok(forgotten) => tracing::debug!(?forgotten, "forgot what was over"),
            Err(error) => tracing::error!(%error, "what is over could not be forgotten"),
        }
        live.clock().sleep(TICK).await;
    }
}

/// Moves token keys on when their time has come.
pub(crate) async fn rotate_keys(
    config: Arc<Config>,
    paths: Paths,
    master: Arc<MasterKey>,
    keyring: Arc<ArcSwap<Keyring>>,
    live: Live,
) {
    loop {
        let now = live.clock().now();
        for purpose in KeyPurpose::ALL {
            if !is_due(&keyring.load(), purpose, now) {
                continue;
            }
            let (config, paths) = (Arc::clone(&config), paths.clone());
            let master = Arc::clone(&master);
            // Making an RSA key takes a good tenth of a second, in which others want to be served.
            let rotation = move || rotated(&config, &paths, &master, purpose, now);
            let rotated = match tokio::task::spawn_blocking(rotation).await {
                Ok(rotated) => rotated,
                Err(error) => {
                    tracing::error!(%error, "token keys could not be moved on");
                    continue;
                }
            };
            match rotated {
                Ok(rotated) => {
                    keyring.store(Arc::new(rotated));
                    tracing::info!(purpose = purpose.as_str(), "token keys moved on");
                }
                Err(error) => tracing::error!(%error, "token keys could not be moved on"),
            }
        }
        live.clock().sleep(TICK).await;
    }
}

fn is_due(keyring: &Keyring, purpose: KeyPurpose, now: Timestamp) -> bool {
    keyring.records().iter().any(|key| {
        key.purpose == purpose
            && key.state == KeyState::Active
            && now.since(key.since) >= KEY_LIFETIME
    })
}

fn rotated(
    config: &Config,
    paths: &Paths,
    master: &MasterKey,
    purpose: KeyPurpose,
    now: Timestamp,
) -> Result<Keyring, crate::StartError> {
    let mut keychain = crate::installation::open_keys(config, paths, master, now)?;
    keychain.rotate_tokens(master, purpose, KEEP_KEYS, now)?;
    Ok(keychain.tokens)
}
