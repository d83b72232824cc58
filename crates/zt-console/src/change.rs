//! What a person or an administrator changes here, as plans.

use zt_device::{Certificate, Device, DeviceState};
use zt_events::{Actor, Body};
use zt_live::{Live, LiveError};
use zt_store::{Change, Conflict, Plan, StoreError};
use zt_types::{CertificateSerial, ClientId, CredentialId, DeviceId, FactorKind, PersonId, TaskId};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotChanged {
    /// It is not there, not theirs, or was changed meanwhile.
    #[error("there is nothing to change any more")]
    Gone,
    /// It is the last factor beside the password.
    #[error("the last factor stays")]
    LastFactor,
    /// The store did not take it.
    #[error(transparent)]
    Live(LiveError),
}

impl From<LiveError> for NotChanged {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Store(StoreError::Conflict(
                Conflict::Missing(_) | Conflict::SessionEnded | Conflict::NotUsable,
            )) => Self::Gone,
            LiveError::Store(StoreError::Conflict(Conflict::LastFactor)) => Self::LastFactor,
            other => Self::Live(other),
        }
    }
}

/// Gives a device up and revokes its certificates. `owner` narrows it to a person's own.
pub(crate) async fn retire_device(
    live: &Live,
    id: DeviceId,
    owner: Option<PersonId>,
    actor: &Actor,
) -> Result<(), NotChanged> {
    let now = live.clock().now();
    let (device, certificates) = live
        .read(|state| {
            let device = state.devices.get(&id)?;
            let theirs = owner.is_none_or(|owner| owner == device.owner)
                && device.state == DeviceState::Enrolled;
            let certificates: Vec<Certificate> = state
                .certificates
                .values()
                .filter(|certificate| certificate.device == id && certificate.revoked_at.is_none())
                .cloned()
                .collect();
            theirs.then(|| (device.clone(), certificates))
        })
        .ok_or(NotChanged::Gone)?;
    let person = device.owner;
    let mut changes = vec![Change::PutDevice(Device {
        state: DeviceState::Retired,
        ..device
    })];
    let mut events = vec![live.event(actor.clone(), Body::DeviceRetired { device: id, person })];
    for certificate in certificates {
        let serial = certificate.serial;
        changes.push(Change::PutCertificate(Certificate {
            revoked_at: Some(now),
            ..certificate
        }));
        events.push(live.event(
            actor.clone(),
            Body::CertificateRevoked {
                device: id,
                person,
                serial,
            },
        ));
    }
    live.commit(Plan::new(changes, events)).await?;
    Ok(())
}

/// Takes back what a person agreed to: what the client has of her ends with it, and she is asked again.
pub(crate) async fn withdraw_consent(
    live: &Live,
    person: PersonId,
    client: ClientId,
    actor: Actor,
) -> Result<(), NotChanged> {
    let told = Body::ConsentWithdrawn {
        person,
        client: client.clone(),
    };
    let event = live.event(actor, told);
    let at = live.clock().now();
    let change = Change::RemoveConsent { person, client, at };
    live.commit(Plan::new(vec![change], vec![event])).await?;
    Ok(())
}

/// Revokes one certificate of a device.
pub(crate) async fn revoke_certificate(
    live: &Live,
    device: DeviceId,
    serial: CertificateSerial,
    actor: Actor,
) -> Result<(), NotChanged> {
    let now = live.clock().now();
    let (certificate, person) = live
        .read(|state| {
            let certificate = state.certificates.get(&serial)?;
            let counts = certificate.device == device && certificate.revoked_at.is_none();
            let owner = state.devices.get(&device)?.owner;
            counts.then(|| (certificate.clone(), owner))
        })
        .ok_or(NotChanged::Gone)?;
    let change = Change::PutCertificate(Certificate {
        revoked_at: Some(now),
        ..certificate
    });
    let event = live.event(
        actor,
        Body::CertificateRevoked {
            device,
            person,
            serial,
        },
    );
    live.commit(Plan::new(vec![change], vec![event])).await?;
    Ok(())
}

/// Removes a factor of a person's own. The password stays, and so does the last factor beside it: without one nobody gets in.
pub(crate) async fn remove_method(
    live: &Live,
    person: PersonId,
    id: CredentialId,
) -> Result<(), NotChanged> {
    let kind = live
        .read(|state| {
            state
                .credentials_of(person)
                .find(|credential| credential.id == id)
                .map(|credential| credential.secret.kind())
        })
        .ok_or(NotChanged::Gone)?;
    let mut changes = vec![Change::RemoveCredential(id)];
    match kind {
        FactorKind::Password => return Err(NotChanged::LastFactor),
        FactorKind::Passkey | FactorKind::Totp => changes.push(Change::KeepsSecondFactor(person)),
        FactorKind::RecoveryCode | FactorKind::ResetPass => {}
    }
    let event = live.event(
        Actor::Person(person),
        Body::CredentialRemoved {
            person,
            credential: id,
            factor: kind,
        },
    );
    live.commit(Plan::new(changes, vec![event])).await?;
    Ok(())
}

/// Says that an operator dealt with a task.
pub(crate) async fn close_task(live: &Live, id: TaskId, actor: Actor) -> Result<(), NotChanged> {
    let now = live.clock().now();
    let mut task = live
        .read(|state| {
            state
                .tasks
                .get(&id)
                .filter(|task| task.closed_at.is_none())
                .cloned()
        })
        .ok_or(NotChanged::Gone)?;
    task.closed_at = Some(now);
    let event = live.event(actor, Body::TaskClosed { task: task.clone() });
    live.commit(Plan::new(vec![Change::PutTask(task)], vec![event]))
        .await?;
    Ok(())
}
