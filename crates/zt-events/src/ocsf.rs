//! Events as OCSF 1.8 JSON, the form others read.

mod clients;
mod http;
mod registration;

use crate::{Actor, Body, Event, Outcome};
use serde_json::{Map, Value, json};

/// Class, activity and the members that this class adds.
struct Mapped {
    category_uid: u32,
    class_uid: u32,
    activity_id: u32,
    members: Value,
}

fn mapped(category_uid: u32, class_uid: u32, activity_id: u32, members: Value) -> Mapped {
    Mapped {
        category_uid,
        class_uid,
        activity_id,
        members,
    }
}

impl Event {
    /// The event in OCSF 1.8 (`metadata.version` 1.8.0). Times are milliseconds; `type_uid` is `class_uid` × 100 +
    /// `activity_id` as the schema demands; what OCSF has no member for stands under `unmapped`.
    #[must_use]
    pub fn to_ocsf(&self) -> Value {
        let Mapped {
            category_uid,
            class_uid,
            activity_id,
            members,
        } = self.class();
        let mut out = Map::new();
        out.insert("activity_id".into(), json!(activity_id));
        out.insert("category_uid".into(), json!(category_uid));
        out.insert("class_uid".into(), json!(class_uid));
        out.insert("type_uid".into(), json!(class_uid * 100 + activity_id));
        out.insert("time".into(), json!(self.at.as_millis()));
        out.insert("severity_id".into(), json!(self.severity()));
        out.insert(
            "status_id".into(),
            json!(if self.outcome() == Outcome::Success {
                1
            } else {
                2
            }),
        );
        out.insert(
            "metadata".into(),
            json!({
                "version": "1.8.0",
                "uid": self.id,
                "event_code": self.name(),
                "product": { "name": "Sekisho", "vendor_name": "Sekisho" },
            }),
        );
        match &self.actor {
            Actor::Person(person) => {
                out.insert("actor".into(), json!({ "user": { "uid": person } }))
            }
            Actor::Source(source) => out.insert("actor".into(), json!({ "app_name": source })),
            Actor::EnforcementPoint(point) => {
                out.insert("actor".into(), json!({ "app_name": point }))
            }
            Actor::Client(client) => out.insert("actor".into(), json!({ "app_name": client })),
            Actor::Operator => out.insert("actor".into(), json!({ "app_name": "operator" })),
            Actor::System => out.insert("actor".into(), json!({ "app_name": "sekisho" })),
            Actor::Nobody => None,
        };
        if let Some(device) = self.device() {
            out.insert("device".into(), json!({ "uid": device, "type_id": 0 }));
        }
        if let Value::Object(members) = members {
            out.extend(members);
        }
        Value::Object(out)
    }

    /// OCSF `severity_id`: 1 informational, 3 medium, 4 high, 5 critical.
    const fn severity(&self) -> u32 {
        match &self.body {
            Body::BreakGlassUsed { .. } | Body::DecisionDisputed { .. } => 5,
            Body::FactOpened { .. } | Body::EventsLost { .. } => 4,
            Body::ConnectionCut { .. }
            | Body::SignInFailed { .. }
            | Body::ClientSignInRefused { .. }
            | Body::TokensRefused { .. }
            | Body::AssertionRefused { .. }
            | Body::DeviceSignInDenied { .. }
            | Body::ClientNotTold { .. }
            | Body::MetadataNotRead { .. }
            | Body::SignalRefused { .. }
            | Body::QuestionRefused { .. } => 3,
            _ => 1,
        }
    }

    fn class(&self) -> Mapped {
        match &self.body {
            // Authentication (3002): 1 logon, 2 logoff.
            Body::SignedIn {
                person,
                session,
                factors,
                assurance,
                address,
                user_agent,
                ..
            } => mapped(
                3,
                3002,
                1,
                json!({
                    "user": { "uid": person },
                    "session": { "uid": session },
                    "is_mfa": *assurance > zt_types::Assurance::Password,
                    "auth_factors": factors.iter().map(|f| json!({ "factor_type": f.as_str() })).collect::<Vec<_>>(),
                    "src_endpoint": { "ip": address },
                    "http_request": { "user_agent": user_agent },
                    "unmapped": { "acr": assurance.acr() },
                }),
            ),
            Body::SignInFailed {
                person,
                factor,
                why,
                address,
                user_agent,
            } => mapped(
                3,
                3002,
                1,
                json!({
                    "user": { "uid": person },
                    "status_detail": why,
                    "auth_factors": [{ "factor_type": factor.as_str() }],
                    "src_endpoint": { "ip": address },
                    "http_request": { "user_agent": user_agent },
                }),
            ),
            Body::SteppedUp {
                person,
                session,
                factor,
                assurance,
            } => mapped(
                3,
                3002,
                99,
                json!({
                    "user": { "uid": person },
                    "session": { "uid": session },
                    "auth_factors": [{ "factor_type": factor.as_str() }],
                    "unmapped": { "acr": assurance.acr() },
                }),
            ),
            // A service provider is signed in to by its assertion.
            Body::ClientSignedIn { .. }
            | Body::AssertionIssued { .. }
            | Body::TokensIssued { .. }
            | Body::TokenExchanged { .. }
            | Body::ClientSignInRefused { .. }
            | Body::ProofKeyWaived { .. }
            | Body::ClientTokenIssued { .. }
            | Body::TokensRefused { .. }
            | Body::AssertionRefused { .. }
            | Body::DeviceSignInDenied { .. }
            | Body::GrantEnded { .. }
            | Body::ClientTold { .. }
            | Body::ClientNotTold { .. } => clients::class(&self.body),
            Body::SessionEnded {
                person,
                session,
                why,
            } => mapped(
                3,
                3002,
                2,
                json!({
                    "user": { "uid": person },
                    "session": { "uid": session },
                    "status_detail": why,
                }),
            ),
            Body::BreakGlassUsed { person, address } => mapped(
                3,
                3002,
                1,
                json!({ "user": { "uid": person }, "src_endpoint": { "ip": address } }),
            ),
            // Account Change (3001): 99 other, a factor enrolled or removed.
            Body::CredentialEnrolled {
                person,
                credential,
                factor,
            }
            | Body::CredentialRemoved {
                person,
                credential,
                factor,
            } => mapped(
                3,
                3001,
                99,
                json!({
                    "user": { "uid": person },
                    "unmapped": { "credential": credential, "factor": factor.as_str() },
                }),
            ),
            // Account Change (3001): 4 password reset; what leads to one is other.
            Body::PasswordReset {
                person,
                factor,
                address,
            } => mapped(
                3,
                3001,
                4,
                json!({
                    "user": { "uid": person },
                    "src_endpoint": { "ip": address },
                    "unmapped": { "factor": factor.as_str() },
                }),
            ),
            Body::PasswordResetDue { person, why } => mapped(
                3,
                3001,
                99,
                json!({ "user": { "uid": person }, "status_detail": why }),
            ),
            Body::ResetPassIssued {
                person,
                why,
                scope,
                expires_at,
            } => mapped(
                3,
                3001,
                99,
                json!({
                    "user": { "uid": person },
                    "status_detail": why,
                    "unmapped": { "scope": scope, "expires": expires_at.as_millis() },
                }),
            ),
            Body::ResetPassRevoked { person } => {
                mapped(3, 3001, 99, json!({ "user": { "uid": person } }))
            }
            Body::ResetPassUsed { person, address } => mapped(
                3,
                3001,
                99,
                json!({ "user": { "uid": person }, "src_endpoint": { "ip": address } }),
            ),
            Body::InitialTokenMade { .. }
            | Body::InitialTokenRevoked { .. }
            | Body::ClientRegistered { .. }
            | Body::ClientReregistered { .. }
            | Body::ClientDeregistered { .. }
            | Body::RegistrationRefused { .. } => registration::class(&self.body),
            // Entity Management (3004): 3 update.
            Body::MetadataRead {
                app,
                client,
                changed,
            } => mapped(
                3,
                3004,
                3,
                json!({
                    "entity": { "uid": client, "type": "service provider" },
                    "unmapped": { "app": app, "changed": changed },
                }),
            ),
            Body::MetadataNotRead { app, client, why } => mapped(
                3,
                3004,
                3,
                json!({
                    "entity": { "uid": client, "type": "service provider" },
                    "status_detail": why,
                    "unmapped": { "app": app },
                }),
            ),
            // Entity Management (3004): 99 other.
            Body::ConsentWithdrawn { person, client } => mapped(
                3,
                3004,
                4,
                json!({
                    "entity": { "uid": client, "type": "consent" },
                    "user": { "uid": person },
                }),
            ),
            Body::TermsAccepted {
                person,
                terms,
                version,
                session,
            }
            | Body::TermsDeclined {
                person,
                terms,
                version,
                session,
            } => mapped(
                3,
                3004,
                99,
                json!({
                    "entity": { "uid": terms, "type": "terms", "version": version },
                    "user": { "uid": person },
                    "session": { "uid": session },
                }),
            ),
            // HTTP Activity (4002).
            Body::Access {
                person,
                session,
                app,
                decision,
                method,
                host,
                path,
                status,
                address,
                reasons,
                ..
            } => mapped(
                4,
                4002,
                http::activity(method),
                json!({
                    "user": { "uid": person },
                    "session": { "uid": session },
                    "http_request": { "http_method": method, "url": { "hostname": host, "path": path } },
                    "http_response": { "code": status },
                    "src_endpoint": { "ip": address },
                    "status_detail": reasons.join(","),
                    "unmapped": { "application": app, "decision": decision },
                }),
            ),
            // Authorize Session (3003): 99 other.
            Body::Decided {
                decision,
                person,
                session,
                app,
                capabilities,
                reasons,
                inputs,
                policies,
                would_refuse,
                fingerprint,
                origin,
                ..
            } => mapped(
                3,
                3003,
                99,
                json!({
                    "user": { "uid": person },
                    "session": { "uid": session },
                    "privileges": capabilities.iter().map(zt_types::Capability::as_str).collect::<Vec<_>>(),
                    "status_detail": reasons.join(","),
                    "unmapped": {
                        "application": app, "decision": decision, "inputs": inputs, "policies": policies,
                        "would_refuse": would_refuse, "fingerprint": fingerprint, "origin": origin,
                    },
                }),
            ),
            // API Activity (6003): 2 read, 99 other.
            Body::Searched {
                what,
                person,
                app,
                capability,
                found,
            } => mapped(
                6,
                6003,
                2,
                json!({
                    "api": { "operation": format!("search-{what}") },
                    "unmapped": { "person": person, "application": app, "capability": capability, "found": found },
                }),
            ),
            Body::ClaimsShown {
                person,
                app,
                client,
            } => mapped(
                6,
                6003,
                2,
                json!({
                    "api": { "operation": "show-claims" },
                    "unmapped": { "person": person, "application": app, "client": client },
                }),
            ),
            Body::QuestionRefused { why, .. } => mapped(
                6,
                6003,
                99,
                json!({ "api": { "operation": "access" }, "status_detail": why }),
            ),
            // Detection Finding (2004): 1 create.
            Body::DecisionDisputed {
                app,
                granted,
                right,
                policies,
                ..
            } => mapped(
                2,
                2004,
                1,
                json!({
                    "finding_info": { "uid": self.id, "title": "A decision is not what Cedar says" },
                    "unmapped": { "application": app, "granted": granted, "right": right, "policies": policies },
                }),
            ),
            // Network Activity (4001): 2 close.
            Body::ConnectionCut {
                connection,
                person,
                session,
                app,
                why,
                ..
            } => mapped(
                4,
                4001,
                2,
                json!({
                    "user": { "uid": person },
                    "session": { "uid": session },
                    "connection_info": { "uid": connection, "direction_id": 1 },
                    "status_detail": why,
                    "unmapped": { "application": app },
                }),
            ),
            // Device Config State Change (5019) fits no enrolment; Entity Management (3004): 1 create, 4 delete.
            Body::DeviceEnrolled {
                device,
                person,
                name,
            } => mapped(
                3,
                3004,
                1,
                json!({ "entity": { "uid": device, "name": name, "type": "device" }, "user": { "uid": person } }),
            ),
            Body::DeviceRetired { device, person } => mapped(
                3,
                3004,
                4,
                json!({ "entity": { "uid": device, "type": "device" }, "user": { "uid": person } }),
            ),
            Body::CertificateIssued {
                person,
                serial,
                kind,
                ..
            } => mapped(
                3,
                3004,
                1,
                json!({ "entity": { "uid": serial, "type": "certificate", "name": kind }, "user": { "uid": person } }),
            ),
            Body::CertificateRevoked { person, serial, .. } => mapped(
                3,
                3004,
                4,
                json!({ "entity": { "uid": serial, "type": "certificate" }, "user": { "uid": person } }),
            ),
            Body::EnrolmentRefused { why, address } => mapped(
                3,
                3004,
                1,
                json!({ "status_detail": why, "src_endpoint": { "ip": address }, "entity": { "type": "device" } }),
            ),
            // Detection Finding (2004): 1 create, 3 close.
            Body::FactOpened {
                finding,
                kind,
                severity,
                title,
                source,
                ..
            } => mapped(
                2,
                2004,
                1,
                json!({
                    "finding_info": { "uid": finding, "title": title, "types": [kind] },
                    "unmapped": { "source": source, "severity": severity },
                }),
            ),
            Body::FactCleared {
                finding,
                kind,
                title,
                source,
                ..
            } => mapped(
                2,
                2004,
                3,
                json!({
                    "finding_info": { "uid": finding, "title": title, "types": [kind] },
                    "unmapped": { "source": source },
                }),
            ),
            // Device Config State (5002): 1 log.
            Body::DeviceStateReported {
                source,
                state,
                valid_until,
                ..
            } => mapped(
                5,
                5002,
                1,
                json!({ "unmapped": { "source": source, "state": state, "valid_until": valid_until.as_millis() } }),
            ),
            Body::SignalRefused { why, .. } => mapped(
                6,
                6003,
                1,
                json!({ "api": { "operation": "signal" }, "status_detail": why }),
            ),
            Body::TaskOpened { task } => mapped(
                3,
                3004,
                1,
                json!({ "entity": { "uid": task.id, "type": "task", "name": task.kind.as_str() } }),
            ),
            Body::TaskClosed { task } => mapped(
                3,
                3004,
                4,
                json!({ "entity": { "uid": task.id, "type": "task", "name": task.kind.as_str() } }),
            ),
            Body::OrganisationChanged { lines } => mapped(
                3,
                3004,
                3,
                json!({ "entity": { "type": "organisation" }, "unmapped": { "changes": lines } }),
            ),
            Body::PoliciesChanged {
                version,
                policies,
                why,
            } => mapped(
                3,
                3004,
                3,
                json!({ "entity": { "type": "policy", "version": version }, "unmapped": { "policies": policies, "why": why } }),
            ),
            // Event Log Activity (1008): 99 other, events dropped.
            Body::EventsLost { count } => mapped(
                1,
                1008,
                99,
                json!({ "log_name": "sekisho", "unmapped": { "events_lost": count } }),
            ),
            // Application Lifecycle (6002): 3 start.
            Body::Started { version } => mapped(
                6,
                6002,
                3,
                json!({ "app": { "name": "Sekisho", "version": version } }),
            ),
        }
    }
}
