//! Programs that register themselves: Entity Management (3004), 1 create, 3 update, 4 delete.

use super::{Mapped, mapped};
use crate::{Body, RegisteredAs};
use serde_json::{Value, json};
use zt_types::ClientId;

/// What is about the registration of a client; as an unknown change, what is not.
pub(super) fn class(body: &Body) -> Mapped {
    let token = |token, app, more: Value| {
        json!({
            "entity": { "uid": token, "type": "initial access token" },
            "unmapped": { "app": app, "allows": more },
        })
    };
    let (activity, members) = match body {
        Body::InitialTokenMade {
            app,
            token: id,
            uses,
            expires_at,
        } => {
            let allows = json!({ "uses": uses, "expires": expires_at.as_millis() });
            (1, token(json!(id), json!(app), allows))
        }
        Body::InitialTokenRevoked { app, token: id } => {
            (4, token(json!(id), json!(app), Value::Null))
        }
        Body::ClientRegistered {
            app,
            client,
            token,
            address,
            registered_as,
        } => {
            let of = json!({ "app": app, "token": token });
            (1, changed(of, client, address, registered_as))
        }
        Body::ClientReregistered {
            app,
            client,
            address,
            registered_as,
        } => (
            3,
            changed(json!({ "app": app }), client, address, registered_as),
        ),
        Body::ClientDeregistered {
            app,
            client,
            address,
            registered_as,
        } => (
            4,
            changed(json!({ "app": app }), client, address, registered_as),
        ),
        Body::RegistrationRefused {
            client,
            why,
            address,
        } => (
            1,
            json!({
                "entity": { "uid": client, "type": "client" },
                "status_detail": why,
                "src_endpoint": { "ip": address },
            }),
        ),
        _ => (0, Value::Null),
    };
    mapped(3, 3004, activity, members)
}

fn changed(
    of: Value,
    client: &ClientId,
    address: &str,
    registered_as: &Option<Box<RegisteredAs>>,
) -> Value {
    json!({
        "entity": { "uid": client, "type": "client", "data": registered_as },
        "src_endpoint": { "ip": address },
        "unmapped": of,
    })
}
