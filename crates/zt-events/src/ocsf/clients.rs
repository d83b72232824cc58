//! What sign-ins give to clients and service providers: Authentication (3002).

use super::{Mapped, mapped};
use crate::Body;
use serde_json::{Value, json};

/// What is about the sign-in to a client; as an unknown event, what is not.
pub(super) fn class(body: &Body) -> Mapped {
    match body {
        Body::ClientSignedIn {
            person,
            session,
            app,
            client,
        }
        | Body::AssertionIssued {
            person,
            session,
            app,
            client,
        } => mapped(
            3,
            3002,
            1,
            json!({
                "user": { "uid": person },
                "session": { "uid": session },
                "service": { "uid": app },
                "unmapped": { "client": client },
            }),
        ),
        // Authentication Ticket (3) and Service Ticket Request (4) come nearest to tokens.
        Body::TokensIssued {
            person,
            session,
            app,
            client,
            turns,
        } => mapped(
            3,
            3002,
            4,
            json!({
                "user": { "uid": person },
                "session": { "uid": session },
                "service": { "uid": app },
                "unmapped": { "client": client, "turns": turns },
            }),
        ),
        Body::TokenExchanged {
            person,
            session,
            app,
            client,
            to,
        } => mapped(
            3,
            3002,
            4,
            json!({
                "user": { "uid": person },
                "session": { "uid": session },
                "service": { "uid": app },
                "unmapped": { "client": client, "to": to },
            }),
        ),
        Body::ClientSignInRefused {
            person,
            session,
            app,
            client,
            decision,
            reasons,
            address,
            ..
        } => mapped(
            3,
            3002,
            1,
            json!({
                "user": { "uid": person },
                "session": { "uid": session },
                "service": { "uid": app },
                "src_endpoint": { "ip": address },
                "status_detail": reasons.join(" "),
                "unmapped": { "client": client, "decision": decision },
            }),
        ),
        Body::ProofKeyWaived { app, client } => mapped(
            3,
            3002,
            1,
            json!({
                "service": { "uid": app },
                "status_detail": "proof-key-waived",
                "unmapped": { "client": client },
            }),
        ),
        Body::ClientTokenIssued { app, client } => mapped(
            3,
            3002,
            4,
            json!({
                "service": { "uid": app },
                "unmapped": { "client": client },
            }),
        ),
        Body::TokensRefused {
            person,
            client,
            why,
            address,
        }
        | Body::AssertionRefused {
            person,
            client,
            why,
            address,
        } => mapped(
            3,
            3002,
            4,
            json!({
                "user": { "uid": person },
                "status_detail": why,
                "src_endpoint": { "ip": address },
                "unmapped": { "client": client },
            }),
        ),
        Body::DeviceSignInDenied {
            person,
            session,
            app,
            client,
            address,
        } => mapped(
            3,
            3002,
            1,
            json!({
                "user": { "uid": person },
                "session": { "uid": session },
                "service": { "uid": app },
                "src_endpoint": { "ip": address },
                "status_detail": "denied",
                "unmapped": { "client": client },
            }),
        ),
        Body::GrantEnded {
            person,
            session,
            app,
            client,
            why,
        }
        | Body::ClientTold {
            person,
            session,
            app,
            client,
            why,
        }
        | Body::ClientNotTold {
            person,
            session,
            app,
            client,
            why,
            ..
        } => mapped(
            3,
            3002,
            2,
            json!({
                "user": { "uid": person },
                "session": { "uid": session },
                "service": { "uid": app },
                "status_detail": why,
                "unmapped": { "client": client },
            }),
        ),
        _ => mapped(3, 3002, 0, Value::Null),
    }
}
