//! Writes every page this crate draws, in both languages, as static files for looking at:
//! `cargo run -p zt-pages --example gallery -- <directory>`.

use std::path::{Path, PathBuf};
use zt_pages::error::{ErrorKind, ErrorView};
use zt_pages::refusal::{About, Reason, RefusalView, RemedyKind, RemedyView, Short, Withheld};
use zt_pages::{Base, File, Page, assets};
use zt_types::{Assurance, Language, NoDevice, Text, Timestamp};

fn main() -> std::io::Result<()> {
    let target = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("gallery"), PathBuf::from);
    write_assets(&target)?;
    for language in Language::ALL {
        for kind in ErrorKind::ALL {
            let page = Page::in_language(language, Base::Id, "/nowhere");
            let view = ErrorView {
                page,
                kind,
                reference: Some("0b6cd7a2-6c1e-4a0f-9f6b-2f1f6f1f9c11".into()),
                onward: Some("/".into()),
            };
            write(
                &target,
                language,
                &format!("error-{}", kind.slug()),
                view.response().body(),
            )?;
        }
        for (name, reasons, remedies) in refusals() {
            let view = RefusalView {
                page: Page::in_language(language, Base::Application, "/wiki/start?x=1"),
                application: match language {
                    Language::Ja => "社内ウィキ".into(),
                    Language::En => "Company wiki".into(),
                },
                person: Some("佐藤 花子".into()),
                reasons,
                remedies,
                alternative: Vec::new(),
                reference: "0b6cd7a2-6c1e-4a0f-9f6b-2f1f6f1f9c11".into(),
                at: Timestamp::from_seconds(1_775_003_400),
                retry: Some("/wiki/start?x=1".into()),
                portal: Some("https://id.sekisho.localhost/".into()),
                leave: None,
            };
            write(&target, language, name, view.response().body())?;
        }
    }
    Ok(())
}

fn refusals() -> Vec<(&'static str, Vec<Reason>, Vec<RemedyView>)> {
    vec![
        (
            "refusal-infected",
            vec![Reason::Fact {
                about: About::Device,
                kind: "malware".into(),
                source: "Kibana EDR".into(),
                title: "Trojan:Win32/Emotet.PA!MTB <b>".into(),
                since: Timestamp::from_seconds(1_775_003_100),
            }],
            vec![
                RemedyView::new(RemedyKind::WaitForDevice),
                RemedyView::at(RemedyKind::UseAnotherDevice, "https://id.sekisho.localhost/devices".into()),
                RemedyView::asking(RemedyKind::AskAdministrator, "helpdesk@example.co.jp".into()),
            ],
        ),
        (
            "refusal-device",
            vec![Reason::NoDevice(NoDevice::NoCertificate), Reason::Assurance(Assurance::Mfa)],
            vec![
                RemedyView::at(RemedyKind::EnrolDevice, "https://id.sekisho.localhost/devices".into()),
                RemedyView::new(RemedyKind::PresentCertificate),
                RemedyView::at(RemedyKind::StepUpMfa, "https://id.sekisho.localhost/signin".into()),
            ],
        ),
        (
            "refusal-view-only",
            vec![
                Reason::Withheld(Withheld::Upload),
                Reason::Short(Short::Device),
            ],
            vec![RemedyView::new(RemedyKind::PresentCertificate)],
        ),
        (
            "refusal-policy",
            vec![
                Reason::Policy(Text {
                    ja: "社外からの利用は、営業本部の許可を受けた端末に限ります。".into(),
                    en: "From outside the office, only devices approved by the sales division may be used.".into(),
                }),
                Reason::NotEntitled,
            ],
            vec![RemedyView::asking(RemedyKind::AskOwner, "鈴木 一郎".into()), RemedyView::new(RemedyKind::Nothing)],
        ),
    ]
}

fn write_assets(target: &Path) -> std::io::Result<()> {
    for base in [Base::Id, Base::Application] {
        for file in File::ALL {
            let path = file.href(base);
            let Some(asset) = assets::find(&path) else {
                continue;
            };
            let path = target.join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap_or(target))?;
            std::fs::write(path, asset.bytes())?;
        }
    }
    Ok(())
}

fn write(target: &Path, language: Language, name: &str, body: &str) -> std::io::Result<()> {
    std::fs::write(target.join(format!("{name}.{}.html", language.tag())), body)
}
