//! What this machine says about itself.

use std::fs;
use zt_crypto::hash::sha256;
use zt_device::Facts;

/// Reads host name, operating system and serial number. What cannot be read is left empty.
///
/// Without a readable hardware serial (it needs root), a hash of the machine id stands in, because the id itself must not
/// leave the machine (machine-id(5)).
#[must_use]
pub fn machine_facts() -> Facts {
    let line = |path: &str| {
        let text = fs::read_to_string(path).ok()?;
        let text = text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let hardware = line("/sys/class/dmi/id/product_serial").filter(|serial| is_real_serial(serial));
    let machine = || line("/etc/machine-id").map(|id| hashed_machine_id(&id));
    Facts {
        hostname: line("/proc/sys/kernel/hostname").unwrap_or_default(),
        os: line("/etc/os-release")
            .and_then(|text| read_os_release(&text))
            .unwrap_or_else(|| std::env::consts::OS.to_owned()),
        serial: hardware.or_else(machine),
    }
    .cleaned()
}

/// The operating system's name as os-release(5) gives it to people.
#[must_use]
pub fn read_os_release(text: &str) -> Option<String> {
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let value = line.trim().strip_prefix(name)?.strip_prefix('=')?.trim();
            let unquoted = ['"', '\'']
                .iter()
                .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            let value = unquoted.unwrap_or(value);
            (!value.is_empty()).then(|| value.to_owned())
        })
    };
    field("PRETTY_NAME").or_else(|| field("NAME"))
}

/// Boards without a serial number say so in many ways.
fn is_real_serial(serial: &str) -> bool {
    const FILLERS: [&str; 7] = [
        "not specified",
        "system serial number",
        "to be filled by o.e.m.",
        "default string",
        "none",
        "unknown",
        "n/a",
    ];
    let lower = serial.to_ascii_lowercase();
    serial.len() >= 4
        && !FILLERS.contains(&lower.as_str())
        && !lower.chars().all(|c| c == '0' || c == 'x')
}

fn hashed_machine_id(id: &str) -> String {
    let hash = sha256(format!("sekisho-machine-1\0{id}").as_bytes());
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("machine-{digits}")
}

#[cfg(test)]
mod tests;
