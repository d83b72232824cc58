//! Forms of addresses, and what is at them.

use super::{NotPublic, Reach, Security};
use rustls::pki_types::ServerName;
use std::net::IpAddr;

fn tls() -> Security {
    Security::Tls(ServerName::try_from("rp.example").unwrap())
}

fn check(address: &str) -> Result<(), NotPublic> {
    let address: IpAddr = address.parse().unwrap();
    Reach::default().check(address.to_canonical(), &tls())
}

#[test]
fn what_is_not_public_is_not_called_however_it_is_written() {
    let cases = [
        ("0.0.0.0", NotPublic::ThisMachine),
        ("0.1.2.3", NotPublic::ThisMachine),
        ("127.0.0.1", NotPublic::ThisMachine),
        ("127.255.255.254", NotPublic::ThisMachine),
        ("10.0.0.1", NotPublic::Private),
        ("172.16.0.1", NotPublic::Private),
        ("172.31.255.255", NotPublic::Private),
        ("192.168.1.1", NotPublic::Private),
        ("100.64.0.1", NotPublic::Private),
        ("100.100.100.200", NotPublic::Private),
        ("100.127.255.255", NotPublic::Private),
        ("169.254.169.254", NotPublic::LinkLocal),
        ("168.63.129.16", NotPublic::CloudService),
        ("192.0.0.192", NotPublic::Reserved),
        ("192.0.2.1", NotPublic::Reserved),
        ("192.88.99.1", NotPublic::Reserved),
        ("198.18.0.1", NotPublic::Reserved),
        ("198.19.255.255", NotPublic::Reserved),
        ("198.51.100.7", NotPublic::Reserved),
        ("203.0.113.7", NotPublic::Reserved),
        ("224.0.0.1", NotPublic::Multicast),
        ("239.255.255.250", NotPublic::Multicast),
        ("240.0.0.1", NotPublic::Reserved),
        ("255.255.255.255", NotPublic::Reserved),
        ("::", NotPublic::ThisMachine),
        ("::1", NotPublic::ThisMachine),
        ("fe80::1", NotPublic::LinkLocal),
        ("febf::1", NotPublic::LinkLocal),
        ("fec0::1", NotPublic::Private),
        ("fc00::1", NotPublic::Private),
        ("fd00:ec2::254", NotPublic::Private),
        ("ff02::1", NotPublic::Multicast),
        ("2001:db8::1", NotPublic::Reserved),
        ("3fff::1", NotPublic::Reserved),
        ("2001:2::1", NotPublic::Reserved),
        ("100::1", NotPublic::Reserved),
        ("4000::1", NotPublic::Reserved),
        ("5f00::1", NotPublic::Reserved),
        // IPv4 in IPv6: mapped, compatible, NAT64, 6to4, Teredo, ISATAP.
        ("::ffff:127.0.0.1", NotPublic::ThisMachine),
        ("::ffff:169.254.169.254", NotPublic::LinkLocal),
        ("::ffff:a00:1", NotPublic::Private),
        ("::127.0.0.1", NotPublic::Embedded),
        ("::7f00:1", NotPublic::Embedded),
        ("64:ff9b::127.0.0.1", NotPublic::Embedded),
        ("64:ff9b::a9fe:a9fe", NotPublic::Embedded),
        ("64:ff9b::10.0.0.1", NotPublic::Embedded),
        ("64:ff9b:1::8.8.8.8", NotPublic::Embedded),
        ("2002:7f00:1::", NotPublic::Embedded),
        ("2002:a9fe:a9fe::1", NotPublic::Embedded),
        ("2001:0:7f00:1::", NotPublic::Embedded),
        ("2600::5efe:10.0.0.1", NotPublic::Embedded),
        ("2600::200:5efe:7f00:1", NotPublic::Embedded),
    ];
    for (address, why) in cases {
        assert_eq!(check(address), Err(why), "{address}");
    }
}

#[test]
fn what_is_public_is_called() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "168.63.129.17",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700:4700::1111",
        "2400:4000::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ] {
        assert_eq!(check(address), Ok(()), "{address}");
    }
}

#[test]
fn what_the_operator_lists_is_called_and_nothing_beside_it() {
    let listed = |address: IpAddr| match address {
        IpAddr::V4(v4) => v4.octets()[..2] == [10, 1],
        IpAddr::V6(v6) => v6.segments()[0] == 0xfd12,
    };
    let reach = Reach::also(listed);
    let check = |address: &str| {
        let address: IpAddr = address.parse().unwrap();
        reach.check(address.to_canonical(), &tls())
    };
    for address in ["10.1.2.3", "::ffff:10.1.2.3", "fd12::5", "8.8.8.8"] {
        assert_eq!(check(address), Ok(()), "{address}");
    }
    assert_eq!(check("10.2.0.1"), Err(NotPublic::Private));
    assert_eq!(check("127.0.0.1"), Err(NotPublic::ThisMachine));
    // The IPv6 address was not listed, whatever is in it.
    assert_eq!(check("64:ff9b::10.1.2.3"), Err(NotPublic::Embedded));
}

#[test]
fn without_tls_only_this_machine_is_called_and_only_if_listed() {
    let check = |reach: Reach, address: &str| {
        let address: IpAddr = address.parse().unwrap();
        reach.check(address, &Security::Clear)
    };
    let this_machine = Reach::also(|address| address.is_loopback());
    assert_eq!(check(this_machine.clone(), "127.0.0.1"), Ok(()));
    assert_eq!(check(this_machine, "8.8.8.8"), Err(NotPublic::InTheClear));
    let everything = Reach::also(|_| true);
    assert_eq!(
        check(everything, "10.0.0.1"),
        Err(NotPublic::InTheClear),
        "listed, but in the clear"
    );
    let nothing = Reach::default();
    assert_eq!(check(nothing, "127.0.0.1"), Err(NotPublic::ThisMachine));
}
