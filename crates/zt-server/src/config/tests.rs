use super::*;
use zt_identity::form::{example, reference};

const EXAMPLE: &str = include_str!("../../../../docs/sekisho.example.toml");
const MANUAL: &str = include_str!("../../../../docs/configuration.md");

fn parse(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::parse("sekisho.toml", text, environment, Path::new("/etc/sekisho"))
}

fn refused(text: &str, environment: &[(&str, &str)]) -> String {
    match parse(text, environment) {
        Ok(config) => format!("{config:?}"),
        Err(error) => error.to_string(),
    }
}

const LEAST: &str = "domain = \"sekisho.example.jp\"\n";

#[test]
fn defaults_hold() {
    let config = parse(LEAST, &[]).unwrap();
    assert_eq!(config.https.port(), 443);
    assert_eq!(config.state_dir, Path::new("/var/lib/sekisho"));
    assert_eq!(
        config.master_key_file,
        Path::new("/var/lib/sekisho/master.key")
    );
    assert_eq!(config.public_port, None);
    let ours = format!("{:?}", config.limits);
    assert_eq!(
        ours,
        format!("{:?}", Limits::default()),
        "the listener's own defaults"
    );
    insta::assert_snapshot!(config.to_toml());
}

#[test]
fn what_is_printed_is_read_again() {
    let text = format!("{LEAST}state_dir = \"s t\"\n[listen]\npublic_port = 8443\n");
    let config = parse(&text, &[("SEKISHO_LOG_FORMAT", "json")]).unwrap();
    assert_eq!(config.state_dir, Path::new("/etc/sekisho/s t"));
    let again = parse(&config.to_toml(), &[]).unwrap();
    assert_eq!(again.to_toml(), config.to_toml());
    assert_eq!(again.log_format, LogFormat::Json);
    assert_eq!(again.public_port, Some(8443));
}

#[test]
fn the_environment_lies_over_the_file() {
    let text = format!("{LEAST}[listen]\nhttps = \"127.0.0.1:1\"\n");
    let environment = [
        ("SEKISHO_LISTEN_HTTPS", "127.0.0.1:8443"),
        ("SEKISHO_DOMAIN", "other.example"),
        ("SEKISHO_PASSWORDS_AT_ONCE", "7"),
        ("PATH", "/bin"),
    ];
    let config = parse(&text, &environment).unwrap();
    assert_eq!(config.https.port(), 8443);
    assert_eq!(config.domain, "other.example");
    assert_eq!(config.password_hashing.at_once, 7);
    assert_eq!(parse("", &environment).unwrap().domain, "other.example");
}

#[test]
fn what_is_wrong_is_said() {
    let cases = [
        ("", &[][..]),
        ("domian = \"a.example\"\n", &[]),
        ("domain = \"localhost\"\n[listn]\nhttps = \"x\"\n", &[]),
        (
            "domain = \"a.example\"\n[listen]\nhttps = \"443\"\nadmin_port = 70000\n",
            &[],
        ),
        (
            "domain = \"a.example\"\n[listen]\nadmin = \"0.0.0.0:9443\"\n",
            &[],
        ),
        (
            "domain = \"a.example\"\n[listen]\ntrusted_proxies = [\"10.0.0.5\", \"10.0.0.1/8\", \"proxy\"]\n",
            &[],
        ),
        (
            "domain = \"a.example\"\n[places]\nfile = \"\"\nfiles = \"x\"\n",
            &[],
        ),
        ("domain = \"a.example\"\n[limits]\nmax_streams = 0\n", &[]),
        (
            "domain = \"a.example\"\n[limits]\nmax_streams = \"many\"\n",
            &[],
        ),
        ("domain = a.example\n", &[]),
        (
            LEAST,
            &[
                ("SEKISHO_LISTEN_HTTP", "x"),
                ("SEKISHO_LISTEN_ADMIN_PORT", "y"),
            ],
        ),
        (LEAST, &[("SEKISHO_LISTEN_ADMIN", "10.0.0.1:1")]),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(text, environment)| format!("{}\n", refused(text, environment)))
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_example_file_is_the_forms_and_is_read() {
    let config = parse(EXAMPLE, &[]).unwrap();
    assert_eq!(config.to_toml(), parse(LEAST, &[]).unwrap().to_toml());
    assert!(
        EXAMPLE.ends_with(&example(&FORM)),
        "docs/sekisho.example.toml is not what the program says: run `cargo run -p zt-server --example configuration_docs`"
    );
    // What stands there commented out can be put in force by taking the `# ` away.
    let opened: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") && !rest.contains("`") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(parse(&opened, &[]).unwrap().certificates_dir.is_some());
}

#[test]
fn the_manual_lists_every_key() {
    assert!(
        MANUAL.contains(&reference(&FORM)),
        "docs/configuration.md does not hold the program's keys: run `cargo run -p zt-server --example configuration_docs`"
    );
}
