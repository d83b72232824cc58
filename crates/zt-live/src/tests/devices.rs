//! Devices that wait for somebody, and how many of them.

use super::grants::client;
use super::world::World;
use crate::{DeviceStanding, NewDevice};
use std::net::IpAddr;
use std::time::Duration;
use zt_federation::Client;
use zt_types::{GrantId, TokenHash};

impl World {
    fn device(&self, client: &Client, from: &str) -> Option<GrantId> {
        let id = GrantId::from_random(self.live.entropy().bytes());
        let address: IpAddr = from.parse().unwrap();
        let device = NewDevice {
            client,
            asked: String::new(),
            address,
            code: TokenHash([1; 32]),
        };
        let began = self.live.device_begins(id, device);
        began.ok().map(|request| request.id)
    }
}

#[tokio::test]
async fn so_many_wait_from_one_network_and_one_site() {
    let world = World::new().await;
    let television = client("television", "chat");
    let count = |from: fn(u32) -> String| {
        let began = |n: &u32| world.device(&television, &from(*n)).is_some();
        (1..1_000).filter(began).count()
    };
    assert_eq!(count(|host| format!("2001:db8:1::{host:x}")), 100);
    assert_eq!(count(|network| format!("2001:db8:1:{network:x}::1")), 300);
    assert!(world.device(&television, "2001:db8:2::1").is_some());
}

/// The waiting room is for those that wait: what is over takes no place from them, and no client all of it.
#[tokio::test]
async fn whoever_fills_the_waiting_room_does_not_keep_it_full() {
    let world = World::new().await;
    let clients = ["a", "b", "c"].map(|id| client(id, "chat"));
    let fill = || {
        clients.each_ref().map(|client| {
            let began = |n: &u32| {
                let id = client.id.as_str().bytes().next().unwrap();
                let from = format!("10.{id}.{}.{}", n / 90 / 256, n / 90 % 256);
                world.device(client, &from).is_some()
            };
            (0..4_100).filter(began).count()
        })
    };
    let first = world.device(&clients[0], "192.0.2.1").unwrap();
    world.live.clock().advance(Duration::from_secs(1));
    assert_eq!(fill(), [3_999, 4_000, 2_000]);
    let asks = || {
        let code = TokenHash([1; 32]);
        world.live.device_asks(first, &clients[0].id, code).unwrap()
    };
    world.live.clock().advance(Duration::from_secs(599));
    assert_eq!(asks(), DeviceStanding::Over);
    world.live.clock().advance(Duration::from_secs(1));
    assert_eq!(fill(), [4_000, 4_000, 2_000]);
    // What is over is remembered as long as there is place for it.
    assert_eq!(asks(), DeviceStanding::Over);
    world.live.clock().advance(Duration::from_secs(600));
    assert!(world.device(&clients[0], "192.0.2.1").is_some());
    assert_eq!(asks(), DeviceStanding::Elsewhere);
}
