//! Scenarios from practice: who comes when, from where and with what, what sources say, and what the gateway answers.
//!
//! The wall clock is Tokyo's on a working day; `Says` is a source's report over its own door, `Gets` a request to an
//! application's host. What `Gets` reads: `all`, `look` (nothing may be sent), each with `warned`; or the reasons of a refusal
//! and the ways out.

mod stage;

use Step::{At, Browser, Finds, Gets, Has, Leak, SignIn};
use stage::{Stage, Step};

/// An address in Tokyo, one in Osaka, one in Berlin; and one of a service that hides where people are.
const TOKYO: &str = "192.0.2.10";
const OSAKA: &str = "203.0.113.10";
const BERLIN: &str = "198.51.100.10";
const HIDDEN: &str = "203.0.113.66";

async fn play(files: &str, steps: &[Step]) {
    let mut stage = Stage::set(files).await;
    for (number, step) in steps.iter().enumerate() {
        stage.play(step, &format!("step {}", number + 1)).await;
    }
    assert!(stage.otherwise.is_empty(), "{:#?}", stage.otherwise);
}

#[tokio::test]
async fn a_far_sign_in_ten_minutes_later() {
    play(
        "[[pack]]\nid = \"unusual-sign-ins\"\nstate = \"on\"\n",
        &[
            Browser("at home", "aiko", TOKYO, None),
            Browser("far away", "aiko", BERLIN, None),
            Browser("colleague", "ben", BERLIN, None),
            At(0, "10:00"),
            SignIn("at home", "inside"),
            Gets("at home", "inside", "all"),
            At(0, "10:09"),
            SignIn("far away", "inside"),
            Gets("far away", "inside", "policy → step-up"),
            // It may be she herself who is far away: both sessions are asked for what cannot be relayed.
            Gets("at home", "inside", "policy → step-up"),
            // One sign-in from there is nothing unusual for somebody of whom nothing else is known.
            At(0, "10:20"),
            SignIn("colleague", "inside"),
            Gets("colleague", "inside", "all"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_journey_that_takes_its_time() {
    play(
        "[[pack]]\nid = \"unusual-sign-ins\"\nstate = \"on\"\n",
        &[
            Browser("at home", "aiko", TOKYO, None),
            Browser("down the line", "aiko", OSAKA, None),
            Browser("next day", "aiko", BERLIN, None),
            At(0, "10:00"),
            SignIn("at home", "inside"),
            At(0, "10:10"),
            SignIn("down the line", "inside"),
            Gets("down the line", "inside", "all"),
            At(1, "10:00"),
            SignIn("next day", "inside"),
            Gets("next day", "inside", "all"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_sudden_sign_in_at_midnight_warns() {
    let mut steps = vec![
        Browser("as ever", "aiko", TOKYO, None),
        Browser("at night", "aiko", TOKYO, None),
    ];
    for day in 0..5 {
        for time in ["09:00", "13:00"] {
            steps.extend([At(day, time), SignIn("as ever", "inside")]);
        }
    }
    steps.extend([
        Gets("as ever", "inside", "all"),
        At(5, "00:10"),
        SignIn("at night", "inside"),
        Gets("at night", "inside", "all, warned"),
        // A proof made later answers it.
        At(5, "09:00"),
        SignIn("as ever", "inside"),
        Gets("as ever", "inside", "all"),
    ]);
    play(
        "[[pack]]\nid = \"unusual-sign-ins\"\nstate = \"on\"\n",
        &steps,
    )
    .await;
}

#[tokio::test]
async fn an_operating_system_behind_its_version_is_let_in_again_after_a_report() {
    let files = r#"
[[policy]]
id = "os-version"
title = { ja = "OSの版", en = "Version of the system" }
state = "on"
[policy.rule]
effect = "restrict"
who = ["everyone"]
what = { sensitivity = "confidential" }
require = { all = [{ os-version = { os = "windows", version = { at-least = "10.0.22631" } } }] }
"#;
    play(
        files,
        &[
            Browser("pc", "aiko", TOKYO, Some("pc-aiko")),
            At(0, "10:00"),
            Has("pc-aiko", r#"{"os": ["windows", "10.0.19045"]}"#),
            SignIn("pc", "secret"),
            Gets("pc", "secret", "version-too-old → update"),
            Gets("pc", "inside", "all"),
            At(0, "11:00"),
            Has("pc-aiko", r#"{"os": ["windows", "10.0.22631.4317"]}"#),
            Gets("pc", "secret", "all"),
            // The source falls silent: from then on the version is not known.
            At(1, "10:59"),
            SignIn("pc", "secret"),
            Gets("pc", "secret", "all"),
            At(1, "11:30"),
            Gets("pc", "secret", "version-too-old → update"),
            Has("pc-aiko", r#"{"os": ["windows", "10.0.22631.4317"]}"#),
            Gets("pc", "secret", "all"),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_infected_device_and_a_healthy_one_of_one_person() {
    play(
        "",
        &[
            Browser("ill", "aiko", TOKYO, Some("pc-aiko")),
            Browser("well", "aiko", TOKYO, Some("note-aiko")),
            At(0, "10:00"),
            SignIn("ill", "secret"),
            SignIn("well", "secret"),
            Gets("ill", "secret", "all"),
            Finds("pc-aiko", "new"),
            Gets(
                "ill",
                "secret",
                "device-trust-too-low → wait-for-device-clean",
            ),
            Gets(
                "ill",
                "open",
                "device-trust-too-low → wait-for-device-clean",
            ),
            Gets("well", "secret", "all"),
            Gets("well", "open", "all"),
            Finds("pc-aiko", "resolved"),
            Gets("ill", "secret", "all"),
        ],
    )
    .await;
}

/// Person by device by sensitivity, with two factors: high, medium (a doubt; no device) and low (a leak; malware).
#[tokio::test]
async fn trust_by_sensitivity() {
    const MFA: &str = "assurance-too-low, policy → step-up";
    const STRONG: &str = "policy → step-up";
    const NO_DEVICE: &str = "device-required, assurance-too-low, policy → step-up, enrol-device";
    let reset = "person-trust-too-low → reset-password";
    let reset_too = "person-trust-too-low, policy → reset-password";
    let all_of_it =
        "person-trust-too-low, assurance-too-low, policy, policy → step-up, reset-password";
    let neither =
        "device-trust-too-low, assurance-too-low, policy → step-up, wait-for-device-clean";
    let no_trusted_device = "device-trust-too-low → wait-for-device-clean";
    let rows = [
        // person, device: public, internal, confidential, restricted
        (None, true, ["all", "all", "all", MFA]),
        (None, false, ["all", "all", "look", NO_DEVICE]),
        (Some(3), true, ["all", STRONG, STRONG, all_of_it]),
        (Some(5), true, [reset, reset_too, reset_too, all_of_it]),
    ];
    let files = r#"
[[pack]]
id = "matrix"
state = "on"
[[application]]
id = "vault"
name = { ja = "金庫", en = "Vault" }
description = { ja = "試験用", en = "For tests" }
owner = "aiko"
sensitivity = "restricted"
upstream = "http://UPSTREAM"
groups = ["staff"]
certificate = "ask"
review_by = 2099-03-31
"#;
    for (leak, has_device, expected) in rows {
        let device = has_device.then_some("pc-aiko");
        let mut steps = vec![
            Browser("her", "aiko", TOKYO, device),
            At(0, "10:00"),
            SignIn("her", "open"),
        ];
        steps.extend(leak.map(|severity| Leak("aiko", severity)));
        let apps = ["open", "inside", "secret", "vault"];
        steps.extend(
            apps.into_iter()
                .zip(expected)
                .map(|(app, gets)| Gets("her", app, gets)),
        );
        if has_device && leak.is_none() {
            steps.push(Finds("pc-aiko", "new"));
            steps.extend(
                ["open", "inside", "secret"].map(|app| Gets("her", app, no_trusted_device)),
            );
            steps.push(Gets("her", "vault", neither));
        }
        play(files, &steps).await;
    }
}

#[tokio::test]
async fn a_session_through_an_anonymiser_is_limited() {
    let files = r#"
[[policy]]
id = "hidden"
title = { ja = "経路の秘匿", en = "Hidden" }
state = "on"
[policy.rule]
effect = "restrict"
who = ["everyone"]
when = ["through-anonymiser"]
limits = [{ withhold = ["download", "upload", "print", "clipboard_in", "clipboard_out", "persist"] }, "watermark"]

[[policy]]
id = "from-japan"
title = { ja = "国内のみ", en = "From Japan" }
state = "on"
[policy.rule]
effect = "restrict"
who = ["everyone"]
what = { sensitivity = "confidential" }
require = { all = [{ from-countries = ["JP"] }] }
"#;
    play(
        files,
        &[
            Browser("her", "aiko", TOKYO, Some("pc-aiko")),
            At(0, "10:00"),
            SignIn("her", "secret"),
            Gets("her", "secret", "all"),
            // The same session moves: each address is decided for itself.
            Step::Moves("her", HIDDEN),
            Gets("her", "secret", "look"),
            Step::Moves("her", BERLIN),
            Gets("her", "secret", "wrong-country → nothing-helps"),
            Gets("her", "inside", "all"),
            Step::Moves("her", OSAKA),
            Gets("her", "secret", "all"),
        ],
    )
    .await;
}

#[tokio::test]
async fn contractors_in_their_hours_from_a_company_device_with_recent_anti_virus() {
    let files = r#"
[[group]]
id = "contractors"
name = { ja = "業務委託", en = "Contractors" }
[[person]]
login = "carol"
name = { ja = "キャロル", en = "Carol" }
language = "en"
groups = ["contractors"]
affiliation = "guest"
[[calendar]]
id = "office-hours"
name = { ja = "勤務時間", en = "Working hours" }
time_zone = "Asia/Tokyo"
hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], from = "09:00", to = "17:30" }]
[[application]]
id = "drawings"
name = { ja = "図面", en = "Drawings" }
description = { ja = "試験用", en = "For tests" }
owner = "aiko"
sensitivity = "internal"
upstream = "http://UPSTREAM"
groups = ["staff", "contractors"]
app_groups = ["for-contractors"]
certificate = "ask"
review_by = 2099-03-31
[[pack]]
id = "contractors"
state = "on"
"#;
    play(
        files,
        &[
            Browser("pc", "carol", TOKYO, Some("pc-carol")),
            Browser("own", "carol", TOKYO, None),
            At(0, "08:50"),
            SignIn("pc", "drawings"),
            Has("pc-carol", r#"{"antivirus": "24.3"}"#),
            Gets("pc", "drawings", "outside-hours, policy → come-back"),
            At(0, "09:00"),
            Gets("pc", "drawings", "look"),
            Gets("pc", "open", "policy → nothing-helps"),
            Gets("pc", "inside", "not-entitled, policy → nothing-helps"),
            At(0, "12:00"),
            Has("pc-carol", r#"{"antivirus": "23.9"}"#),
            Gets("pc", "drawings", "version-too-old, policy → update"),
            Has("pc-carol", r#"{"antivirus": "24.1"}"#),
            Gets("pc", "drawings", "look"),
            SignIn("own", "drawings"),
            Gets(
                "own",
                "drawings",
                "company-device-required, device-required, version-too-old, policy → use-company-device",
            ),
            Has("pc-carol", r#"{"antivirus": "24.1", "personal": true}"#),
            Gets(
                "pc",
                "drawings",
                "company-device-required, policy → use-company-device",
            ),
            Has("pc-carol", r#"{"antivirus": "24.1", "personal": false}"#),
            Gets("pc", "drawings", "look"),
            At(0, "17:29"),
            Gets("pc", "drawings", "look"),
            At(0, "17:30"),
            Gets("pc", "drawings", "outside-hours, policy → come-back"),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_unmanaged_device_gets_the_virtual_desktop_and_nothing_else() {
    let files = r#"
[[application]]
id = "desktop"
name = { ja = "仮想デスクトップ", en = "Virtual desktop" }
description = { ja = "試験用", en = "For tests" }
owner = "aiko"
sensitivity = "public"
upstream = "http://UPSTREAM"
groups = ["staff"]
certificate = "ask"
review_by = 2099-03-31
[[policy]]
id = "unmanaged"
title = { ja = "管理外の端末", en = "Unmanaged devices" }
state = "on"
[policy.rule]
effect = "restrict"
who = ["everyone"]
what = { except-applications = ["desktop", "portal", "console"] }
require = { any = ["company-device", { client = ["virtual-desktop"] }] }
[[policy]]
id = "always-two"
title = { ja = "常に二要素", en = "Two factors always" }
state = "on"
[policy.rule]
effect = "restrict"
who = ["everyone"]
what = { applications = ["desktop"] }
require = { all = [{ assurance = { at-least = "mfa" } }, { proven-within = 3600 }] }
"#;
    play(
        files,
        &[
            Browser("own", "aiko", TOKYO, None),
            Browser("pc", "aiko", TOKYO, Some("pc-aiko")),
            Browser("vm", "ben", TOKYO, Some("vm-7")),
            At(0, "10:00"),
            SignIn("own", "desktop"),
            Gets("own", "desktop", "all"),
            Gets(
                "own",
                "secret",
                "company-device-required, device-required → use-company-device",
            ),
            SignIn("pc", "secret"),
            Gets("pc", "secret", "all"),
            // A machine that is somebody's own, but shows elsewhere what runs in the house.
            Has("vm-7", r#"{"personal": true}"#),
            SignIn("vm", "secret"),
            Gets(
                "vm",
                "secret",
                "company-device-required → use-company-device",
            ),
            Has("vm-7", r#"{"personal": true, "virtual": true}"#),
            Gets("vm", "secret", "all"),
            At(0, "11:30"),
            Gets("own", "desktop", "reauthentication-needed → reauthenticate"),
        ],
    )
    .await;
}
