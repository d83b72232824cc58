//! Every route of every router, each asked without what it demands, with what somebody else has, and across sites. The
//! table is committed: a change of who may call what is a readable difference.

use crate::world::World;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use std::fmt::Write;
use zt_pages::{Access, Route};

const ID: &str = "00000000-0000-4000-8000-000000000000";

fn concrete(path: &str) -> String {
    path.replace("{file}", "none.css")
        .replace("{name}", "none.css")
        .replace("{tag}", "en")
        .replace("{action}", "password")
        .replace("{serial}", &"40".repeat(16))
        .split('/')
        .map(|part| if part.starts_with('{') { ID } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// How a route is asked.
#[derive(Clone, Copy)]
enum As<'a> {
    Nobody,
    /// Somebody signed in who is no administrator.
    Member(&'a str),
    /// A page of another site, in an administrator's browser.
    CrossSite(&'a str),
    /// A form instead of JSON.
    Form,
}

async fn ask(world: &World, label: &str, route: &Route, who: As<'_>) -> StatusCode {
    let mut request = Request::builder()
        .method(&route.method)
        .uri(world.address(label, &concrete(route.path)));
    let form = "application/x-www-form-urlencoded";
    let (kind, body) = match (route.method == Method::POST, who, route.access.class()) {
        (false, ..) => (None, ""),
        (true, As::Form, _) | (true, _, zt_pages::RouteClass::Browser) => {
            (Some(form), "token=forged")
        }
        (true, ..) => (Some("application/json"), "{}"),
    };
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    match who {
        As::Nobody | As::Form => {}
        As::Member(cookie) => {
            request = request
                .header("cookie", cookie)
                .header("sec-fetch-site", "same-origin");
        }
        As::CrossSite(cookie) => {
            request = request
                .header("cookie", cookie)
                .header("sec-fetch-site", "cross-site")
                .header("origin", "https://evil.example");
        }
    }
    let request = request.body(Bytes::from(body)).unwrap();
    match world.client.stream(request).await {
        Ok(response) => response.status(),
        Err(error) => panic!("{} {}: {error}", route.method, route.path),
    }
}

fn lets_in(status: StatusCode) -> bool {
    status.is_success()
}

#[tokio::test]
async fn every_route_refuses_who_does_not_bring_what_it_demands() {
    let world = World::new().await;
    let (_, member) = world.session("suzuki.ichiro", 1).await;
    let (_, admin) = world.session("takahashi.ken", 2).await;
    let before = world.running.live().read(|state| {
        (
            state.devices.len(),
            state.facts.len(),
            state.credentials.len(),
            state.sessions.len(),
        )
    });
    let id: Vec<Route> = zt_console::routes()
        .into_iter()
        .chain(zt_console::signin::ROUTES)
        .chain(zt_endpoints::PUBLIC.iter().cloned())
        .collect();
    let elsewhere: Vec<Route> = zt_endpoints::ADMIN
        .iter()
        .chain(zt_endpoints::HEALTH)
        .cloned()
        .collect();
    let gateway: Vec<Route> = zt_gateway::ROUTES.to_vec();
    let mut table = format!(
        "{:<72} {:<18} nobody · a member · another site in an administrator's browser · a form\n",
        "route", "demands"
    );
    for (label, routes) in [("id", id), ("id", elsewhere), ("wiki", gateway)] {
        for route in routes {
            let nobody = ask(&world, label, &route, As::Nobody).await;
            let as_member = ask(&world, label, &route, As::Member(&member)).await;
            let across = ask(&world, label, &route, As::CrossSite(&admin)).await;
            let form = ask(&world, label, &route, As::Form).await;
            let name = format!("{} {label} {}", route.method, route.path);
            let _ = writeln!(
                table,
                "{name:<72} {:<18} {} {} {} {}",
                route.access.as_str(),
                nobody.as_u16(),
                as_member.as_u16(),
                across.as_u16(),
                form.as_u16()
            );
            match route.access {
                Access::Open => assert!(!nobody.is_server_error(), "{name}"),
                Access::Flow => assert!(
                    route.method == Method::GET || !lets_in(nobody),
                    "{name} takes a form without its flow"
                ),
                Access::Session => {
                    assert!(!lets_in(nobody), "{name} lets nobody in");
                    if route.method == Method::POST {
                        assert!(
                            across.is_client_error(),
                            "{name} takes forms of other sites"
                        );
                        assert!(!lets_in(as_member), "{name} takes a forged token");
                    }
                }
                Access::Administrator => {
                    assert!(!lets_in(nobody), "{name} lets nobody in");
                    assert!(as_member.is_client_error(), "{name} lets members in");
                    if route.method == Method::POST {
                        assert!(
                            across.is_client_error(),
                            "{name} takes forms of other sites"
                        );
                    }
                }
                Access::Source
                | Access::EnforcementPoint
                | Access::Client
                | Access::EnrolmentCode
                | Access::AgentCertificate => {
                    for status in [nobody, as_member, across, form] {
                        assert!(status.is_client_error(), "{name} answers {status}");
                    }
                }
                Access::AdminSocket | Access::Loopback => {
                    for status in [nobody, as_member, across, form] {
                        assert!(
                            status.is_client_error(),
                            "{name} is on the network: {status}"
                        );
                    }
                }
            }
        }
    }
    let after = world.running.live().read(|state| {
        (
            state.devices.len(),
            state.facts.len(),
            state.credentials.len(),
            state.sessions.len(),
        )
    });
    assert_eq!(before, after, "nothing was changed by any of it");
    insta::assert_snapshot!(table);
}
