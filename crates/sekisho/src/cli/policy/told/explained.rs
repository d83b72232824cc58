//! A decision taken apart, for administrators: in her language, but for what stands in the policies themselves.

use std::fmt::Write;
use zt_endpoints::management::wire::change::{ConditionView, ExplainAnswer, StatementView};
use zt_types::{Language, Text};

pub(crate) fn explained(answer: &ExplainAnswer, language: Language) -> String {
    let both = |ja: &'static str, en: &'static str| match language {
        Language::Ja => ja,
        Language::En => en,
    };
    let mut text = format!(
        "{}  {} ({}) → {}\n{}",
        answer.at,
        answer.name.of(language),
        answer.login,
        answer.app,
        answer.decision
    );
    if answer.sample {
        text.push_str(both("（生成した見本）", "  (a generated sample)"));
    }
    if !answer.present {
        text.push('\n');
        text.push_str(both(
            "当時は別のポリシーが有効でした。以下は現在のポリシーによる判定です。",
            "other policies were in force then: this is what the present ones say",
        ));
    }
    text.push_str("\n\n");
    text.push_str(match answer.outcome.as_str() {
        "allowed" => both("許可", "allowed"),
        "prompted" => both(
            "拒否（本人の操作で開ける）",
            "refused, with a way out of her own",
        ),
        _ => both("拒否", "refused"),
    });
    if !answer.capabilities.is_empty() {
        let _ = write!(text, ": {}", answer.capabilities.join(", "));
    }
    if !answer.obligations.is_empty() {
        let obliged = both("義務", "obliged to");
        let _ = write!(text, "\n{obliged}: {}", answer.obligations.join(", "));
    }
    said(&mut text, both("理由", "why"), &answer.said, language);
    let steps: Vec<Text> = answer.steps.iter().map(|step| step.said.clone()).collect();
    said(&mut text, both("開くには", "way out"), &steps, language);
    for (applies, heading) in [
        (true, both("当てはまるポリシー", "policies that apply")),
        (
            false,
            both("当てはまらないポリシー", "policies that do not apply"),
        ),
    ] {
        let all = answer.statements.iter();
        let of: Vec<&StatementView> = all.filter(|s| s.applies == applies).collect();
        if of.is_empty() {
            continue;
        }
        let _ = write!(text, "\n\n{heading}");
        for statement in of {
            put(&mut text, statement, language);
        }
    }
    text
}

fn said(text: &mut String, heading: &str, texts: &[Text], language: Language) {
    if texts.is_empty() {
        return;
    }
    let _ = write!(text, "\n\n{heading}");
    for one in texts {
        let _ = write!(text, "\n  {}", one.of(language));
    }
}

fn put(text: &mut String, statement: &StatementView, language: Language) {
    let _ = write!(text, "\n  {} {}", statement.says, statement.policy);
    if statement.state != "on" {
        let _ = write!(text, " ({})", statement.state);
    }
    // The way that applies, or the one that comes nearest.
    match statement.ways.first() {
        Some(way) => {
            for condition in way {
                let _ = write!(text, "\n      {}", line(condition));
            }
        }
        None => text.push_str(match language {
            Language::Ja => "\n      （条件ごとの内訳なし）",
            Language::En => "\n      (its conditions are not told apart)",
        }),
    }
}

fn line(condition: &ConditionView) -> String {
    let mark = if condition.met { "✓" } else { "✗" };
    format!("{mark} {}   [{}]", condition.condition, condition.seen)
}
