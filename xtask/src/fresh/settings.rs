//! How this machine reaches package registries, taken over at run time: nothing of it is written down here.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::outside;

/// Variables that say how to reach the network, by their beginning.
const PREFIXES: [&str; 4] = ["PIP_", "NPM_CONFIG_", "npm_config_", "CARGO_REGISTRIES_"];

/// Variables that say how to reach the network, by name.
const NAMES: [&str; 12] = [
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
];

/// The network variables of this process.
#[must_use]
pub(super) fn environment() -> Vec<(String, String)> {
    std::env::vars()
        .filter(|(name, _)| {
            NAMES.contains(&name.as_str()) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        })
        .collect()
}

/// Copies configuration files of apt, cargo, pip and npm, and the certificate authorities, to their places in `root`.
pub(super) fn copy(root: &Path) -> Result<()> {
    let home = outside::variable("HOME").unwrap_or_else(|| "/root".into());
    let home = Path::new(&home);
    for file in ["config.toml", "config"] {
        copy_file(
            &home.join(".cargo").join(file),
            &root.join("root/.cargo").join(file),
        )?;
    }
    for file in [".npmrc", ".config/pip/pip.conf"] {
        copy_file(&home.join(file), &root.join("root").join(file))?;
    }
    for file in [
        "etc/npmrc",
        "usr/local/etc/npmrc",
        "etc/pip.conf",
        "etc/resolv.conf",
        "etc/hosts",
        "etc/ssl/certs/ca-certificates.crt",
        "etc/apt/sources.list",
        "etc/apt/sources.list.d/debian.sources",
    ] {
        copy_file(&Path::new("/").join(file), &root.join(file))?;
    }
    copy_files_of("etc/apt/apt.conf.d", root, |text| text.contains("Acquire"))?;
    copy_files_of("usr/local/share/ca-certificates", root, |_| true)
}

/// Debian's main archive as this machine's apt knows it.
pub(super) fn debian_mirror() -> Option<String> {
    let format = "$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)";
    let out = Command::new("apt-get")
        .args(["indextargets", "--format", format, "Created-By: Packages"])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    text.lines()
        .find_map(|line| line.strip_prefix("Debian|bookworm|main|"))
        .map(str::to_owned)
}

fn copy_files_of(folder: &str, root: &Path, wanted: fn(&str) -> bool) -> Result<()> {
    for entry in fs::read_dir(Path::new("/").join(folder))
        .into_iter()
        .flatten()
        .flatten()
    {
        if fs::read_to_string(entry.path()).is_ok_and(|text| wanted(&text)) {
            copy_file(&entry.path(), &root.join(folder).join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from, to)?;
    }
    Ok(())
}
