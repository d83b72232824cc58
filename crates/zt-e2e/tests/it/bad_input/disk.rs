//! A disk that is really full: the server on a small one of its own, in a mount namespace of its own.

use super::{must, signed_in};
use http::StatusCode;
use std::path::Path;
use std::process::Command;
use zt_testkit::{Finding, Server};
use zt_types::Language;

/// Where the test finds the small disk when it is started anew on it.
const DISK: &str = "ZT_TEST_DISK";
const NAME: &str = "bad_input::disk::it_is_said_and_nothing_is_half_done";
/// In a chroot `/` is no mount, so nothing there can be made private: what was mounted is taken away again.
const MOUNT: &str = r#"
    mount --make-rprivate / 2>/dev/null
    mount -t tmpfs -o size=12m tmpfs "$1" || exit 1
    TMPDIR="$1" "$2" --exact "$3" --nocapture
    code=$?
    umount "$1"
    exit $code
"#;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that starts itself anew has no other way to be told so"
)]
fn it_is_said_and_nothing_is_half_done() {
    if let Some(disk) = std::env::var_os(DISK) {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        return runtime.block_on(on_a_small_disk(Path::new(&disk)));
    }
    let disk = tempfile::tempdir().unwrap();
    // Root needs no user namespace of its own, and in a chroot it gets none.
    let user: &[&str] = if nix::unistd::Uid::effective().is_root() {
        &[]
    } else {
        &["--map-root-user"]
    };
    let output = Command::new("unshare")
        .args(user)
        .args(["--mount", "--propagation", "unchanged"])
        .args(["sh", "-c", MOUNT, "sh"])
        .arg(disk.path())
        .arg(std::env::current_exe().unwrap())
        .arg(NAME)
        .env(DISK, disk.path())
        .output()
        .expect("`unshare` is missing: apt-get install util-linux");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "on a disk of 12 MiB: {said}");
    assert!(said.contains("1 passed"), "the test did not run: {said}");
}

async fn on_a_small_disk(disk: &Path) {
    let server = must(Server::start().await);
    let (mut aiko, _) = signed_in(&server, "aiko", "inside", Some("laptop")).await;
    let ballast = disk.join("ballast");
    // As much as there is room for; the write that finds none is the last one.
    std::io::copy(
        &mut std::io::repeat(0),
        &mut std::fs::File::create(&ballast).unwrap(),
    )
    .unwrap_err();

    let mut refused = 0;
    for nth in 0..200 {
        let signal = server.finding(&format!("full-{nth}"), "laptop", Finding::New);
        let answer = must(server.signal("edr", signal).await);
        let facts = server.live().read(|state| state.facts.len());
        if answer.status().is_success() {
            assert_eq!(facts, nth - refused + 1, "acknowledged and not believed");
        } else {
            let body = String::from_utf8_lossy(answer.body()).into_owned();
            assert_eq!(answer.status(), StatusCode::INSUFFICIENT_STORAGE, "{body}");
            assert!(body.contains("full") || body.contains("room"), "{body}");
            assert_eq!(facts, nth - refused, "refused and believed all the same");
            refused += 1;
            if refused == 3 {
                break;
            }
        }
    }
    assert_eq!(refused, 3, "the disk is not full");
    let mut ben = must(server.visitor(Language::En));
    let page = must(ben.open(&server.at("inside", "/")).await);
    assert!(
        page.status.is_server_error() && !page.heading().is_empty(),
        "{}: {}",
        page.status,
        page.html
    );

    std::fs::remove_file(&ballast).unwrap();
    let facts = server.live().read(|state| state.facts.len());
    let server = must(server.restart().await);
    assert_eq!(
        server.live().read(|state| state.facts.len()),
        facts,
        "half-written facts after a restart"
    );
    let answer = must(
        server
            .signal("edr", server.finding("room", "laptop", Finding::New))
            .await,
    );
    assert_eq!(answer.status(), StatusCode::OK, "there is room again");
    assert_eq!(
        must(aiko.look(&server.at("inside", "/")).await).status,
        StatusCode::FORBIDDEN
    );
}
