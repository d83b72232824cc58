use super::*;

#[test]
fn os_release_as_distributions_write_it() {
    for (text, expected) in [
        (
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n",
            Some("Debian GNU/Linux 12 (bookworm)"),
        ),
        ("NAME=Fedora\nPRETTY_NAME=\n", Some("Fedora")),
        ("  PRETTY_NAME = 'x'\n", None),
        ("PRETTY_NAME='Arch Linux'", Some("Arch Linux")),
        ("PRETTY_NAMES=no\n# PRETTY_NAME=no\n", None),
        ("", None),
        ("\"", None),
        ("PRETTY_NAME=\"", Some("\"")),
    ] {
        assert_eq!(read_os_release(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn fillers_are_no_serial_numbers() {
    for serial in [
        "",
        "0",
        "None",
        "Default string",
        "To Be Filled By O.E.M.",
        "00000000",
        "XXXXXXXX",
    ] {
        assert!(!is_real_serial(serial), "{serial}");
    }
    for serial in ["PF2ABCDE", "VMware-56 4d", "5CG0123XYZ"] {
        assert!(is_real_serial(serial), "{serial}");
    }
}

#[test]
fn the_machine_id_does_not_leave_the_machine() {
    let id = "0123456789abcdef0123456789abcdef";
    let hashed = hashed_machine_id(id);
    assert!(hashed.starts_with("machine-") && hashed.len() == 40 && !hashed.contains(&id[..8]));
    assert_ne!(
        hashed,
        hashed_machine_id("0123456789abcdef0123456789abcdee")
    );
}

#[test]
fn this_machine_has_facts() {
    let facts = machine_facts();
    assert_eq!(facts, facts.cleaned());
    assert!(!facts.os.is_empty());
}
