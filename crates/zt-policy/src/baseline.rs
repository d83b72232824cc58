//! What every installation has: Sekisho's own pages as applications, and the policies that nobody edits.

use crate::{Application, CertificateDemand, ManagedBy, PolicyDocument, PolicyState, Written};
use zt_types::{AppId, IdError, PolicyId, Sensitivity, Text, Timestamp};

/// The id of the console as an application.
pub const CONSOLE: &str = "console";
/// The id of the portal as an application.
pub const PORTAL: &str = "portal";
/// Ids that no application may take: our own pages and the host they are on.
pub(crate) const RESERVED: [&str; 3] = [CONSOLE, PORTAL, "id"];

/// The baseline policies. [`crate::PolicySet::compile`] puts them in by itself; this is for showing them.
///
/// # Errors
/// Never: held by a test.
pub fn baseline() -> Result<Vec<PolicyDocument>, IdError> {
    [
        (
            "baseline-entitlement",
            include_str!("../policies/baseline-entitlement.cedar"),
            ("アプリケーションの利用対象者", "Whom an application is for"),
            None,
        ),
        (
            "baseline-distrusted-person",
            include_str!("../policies/baseline-distrusted-person.cedar"),
            ("信頼できないアカウントの遮断", "Distrusted accounts"),
            Some((
                "このアカウントには不正利用の疑いがあるため、利用を止めています。",
                "This account may be in the wrong hands, so it is blocked.",
            )),
        ),
        (
            "baseline-distrusted-device",
            include_str!("../policies/baseline-distrusted-device.cedar"),
            ("信頼できない端末の遮断", "Distrusted devices"),
            Some((
                "この端末に問題が見つかったため、この端末からの利用を止めています。",
                "Something is wrong with this device, so it is blocked.",
            )),
        ),
        (
            "baseline-console",
            include_str!("../policies/baseline-console.cedar"),
            ("管理コンソールの利用条件", "Who may use the console"),
            Some((
                "管理コンソールは管理者だけが使えます。",
                "The console is for administrators only.",
            )),
        ),
    ]
    .into_iter()
    .map(|(id, cedar, title, message)| document(id, cedar, title, message, ManagedBy::System))
    .collect()
}

/// The policies of the demo organisation, as an example to start from: two factors for everything but public
/// applications, and a trusted device for the wiki. They name the application `wiki`.
///
/// # Errors
/// Never: held by a test.
pub fn examples() -> Result<Vec<PolicyDocument>, IdError> {
    [
        (
            "internal-mfa",
            include_str!("../policies/example-internal-mfa.cedar"),
            (
                "社内アプリの二要素認証",
                "Two factors for internal applications",
            ),
            Some((
                "このアプリケーションには二要素認証が必要です。",
                "This application needs two factors.",
            )),
        ),
        (
            "wiki-trusted-device",
            include_str!("../policies/example-wiki-trusted-device.cedar"),
            (
                "社内 Wiki は信頼できる端末のみ",
                "Trusted devices for the wiki",
            ),
            Some((
                "社内 Wiki は、登録済みで問題のない端末からのみ使えます。",
                "The wiki can be used only from an enrolled device that nothing speaks against.",
            )),
        ),
    ]
    .into_iter()
    .map(|(id, cedar, title, message)| document(id, cedar, title, message, ManagedBy::Files))
    .collect()
}

/// Console and portal, which every register holds.
pub(crate) fn own_pages() -> Result<[Application; 2], IdError> {
    let page = |id: &str, name: (&str, &str), sensitivity| {
        Ok(Application {
            id: AppId::new(id)?,
            name: text(name),
            description: text(name),
            owner: String::new(),
            sensitivity,
            upstream: None,
            groups: Vec::new(),
            app_groups: Vec::new(),
            certificate: CertificateDemand::Ask,
            review_by: None,
            managed_by: ManagedBy::System,
        })
    };
    Ok([
        page(
            CONSOLE,
            ("管理コンソール", "Console"),
            Sensitivity::Confidential,
        )?,
        page(PORTAL, ("ポータル", "Portal"), Sensitivity::Public)?,
    ])
}

fn document(
    id: &str,
    cedar: &str,
    title: (&str, &str),
    message: Option<(&str, &str)>,
    managed_by: ManagedBy,
) -> Result<PolicyDocument, IdError> {
    Ok(PolicyDocument {
        id: PolicyId::new(id)?,
        title: text(title),
        cedar: cedar.to_owned(),
        source: Written::ByHand,
        state: PolicyState::On,
        message: message.map(text),
        managed_by,
        changed_at: Timestamp::from_seconds(0),
    })
}

fn text((ja, en): (&str, &str)) -> Text {
    Text {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}
