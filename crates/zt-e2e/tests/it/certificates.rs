//! Certificates made by openssl, some with the demo's own device authority.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use zt_crypto::ca::AuthorityRecord;
use zt_crypto::seal::{MasterKey, SealedKind};

/// A folder with an authority's key in it.
pub(crate) struct Certificates {
    folder: PathBuf,
}

/// Long ago, and in a long time, as openssl writes them.
pub(crate) const PAST: &str = "20240101000000Z";
pub(crate) const FUTURE: &str = "20990101000000Z";

impl Certificates {
    /// Takes the device authority's key out of the demo's state directory.
    pub(crate) fn new(state: &Path) -> Self {
        let folder = state.join("certificates");
        fs::create_dir(&folder).unwrap();
        let master = MasterKey::load_or_create(&state.join("server/master.key")).unwrap();
        let kept = fs::read(state.join("server/keys/device-authority.json")).unwrap();
        let record: AuthorityRecord = serde_json::from_slice(&kept).unwrap();
        let key = master.open(SealedKind::AuthorityKey, &record.name, &record.sealed);
        fs::write(folder.join("ca.key.der"), &*key.unwrap()).unwrap();
        fs::write(folder.join("ca.base64"), record.certificate).unwrap();
        let made = Self { folder };
        made.openssl("pkey -inform DER -in ca.key.der -out ca.key");
        made.openssl("base64 -d -A -in ca.base64 -out ca.der");
        made.openssl("x509 -inform DER -in ca.der -out ca.pem");
        made
    }

    /// By an authority of somebody's own, with all the right words in it.
    pub(crate) fn foreign(&self) -> PathBuf {
        self.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout foreign-ca.key -out foreign-ca.pem \
             -subj /CN=Else -days 30",
        );
        self.make("foreign", "foreign-ca", (PAST, FUTURE), "clientAuth")
    }

    /// By the demo's own authority, for a device that is in nobody's inventory.
    pub(crate) fn ours(&self, name: &str, until: &str, usage: &str) -> PathBuf {
        self.make(name, "ca", (PAST, until), usage)
    }

    fn make(
        &self,
        name: &str,
        authority: &str,
        (from, until): (&str, &str),
        usage: &str,
    ) -> PathBuf {
        let write = |suffix: &str, text: &str| {
            fs::write(self.folder.join(format!("{name}.{suffix}")), text).unwrap();
        };
        write(
            "ext",
            &format!(
                "keyUsage=critical,digitalSignature\nextendedKeyUsage={usage}\nbasicConstraints=critical,CA:FALSE\n\
                 subjectAltName=URI:urn:sekisho:device:00000000-0000-4000-8000-000000000001\n"
            ),
        );
        // `openssl ca` is the one that takes a beginning and an end.
        write(
            "cnf",
            &format!(
                "[ca]\ndefault_ca=d\n[d]\ndatabase={name}.db\nserial={name}.srl\nnew_certs_dir=.\n\
                 default_md=sha256\npolicy=p\nunique_subject=no\n[p]\norganizationalUnitName=supplied\n\
                 commonName=supplied\n"
            ),
        );
        write("db", "");
        write("srl", "40000000000000000000000000000001\n");
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /OU=agent/CN=laptop"
        ));
        self.openssl(&format!(
            "ca -batch -notext -config {name}.cnf -cert {authority}.pem -keyfile {authority}.key -in {name}.csr \
             -out {name}.crt -startdate {from} -enddate {until} -extfile {name}.ext"
        ));
        let read = |suffix: &str| fs::read(self.folder.join(format!("{name}.{suffix}"))).unwrap();
        let both = self.folder.join(format!("{name}.pem"));
        fs::write(&both, [read("crt"), read("key")].concat()).unwrap();
        both
    }

    fn openssl(&self, words: &str) {
        let mut command = Command::new("openssl");
        let output = command
            .current_dir(&self.folder)
            .args(words.split_whitespace())
            .output();
        let output = output.expect("no `openssl`: run `cargo xtask peers`");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {words}: {said}");
    }
}
