//! What a person does with a browser's certificate: the one step that nobody can do for her, and how to undo it.

use crate::BrowserCertificate;
use zt_types::Language;

/// How to bring the certificate into a browser, with its password: for the terminal, not for logs.
#[must_use]
pub fn import_instructions(certificate: &BrowserCertificate, language: Language) -> String {
    let file = certificate.file.display();
    let password = certificate.password.expose();
    let until = certificate.not_after.to_rfc3339();
    let until = until.split('T').next().unwrap_or_default();
    let name = &certificate.store_name;
    match language {
        Language::En => format!(
            "\
Browser certificate: {file}
Password:            {password}  (shown only now)
Valid until:         {until}

Import it once:
  Chrome, Edge (Linux)    Settings > Privacy and security > Security > Manage certificates > Your certificates > Import
  Chrome, Edge (Windows)  open the file and follow the wizard
  Safari, Chrome (macOS)  open the file; it goes into the login keychain
  Firefox                 Settings > Privacy & Security > Certificates > View Certificates > Your Certificates > Import

Then restart the browser and delete the file. To undo it, delete `{name}` in the same place.
"
        ),
        Language::Ja => format!(
            "\
ブラウザー用証明書: {file}
パスワード:         {password}  （表示は今回だけ）
有効期限:           {until}

ブラウザーに一度だけ取り込んでください。
  Chrome・Edge（Linux）    設定 > プライバシーとセキュリティ > セキュリティ > 証明書の管理 > 個人の証明書 > インポート
  Chrome・Edge（Windows）  ファイルを開き、ウィザードの指示に従う
  Safari・Chrome（macOS）  ファイルを開き、「ログイン」キーチェーンに追加する
  Firefox                  設定 > プライバシーとセキュリティ > 証明書 > 証明書を表示 > あなたの証明書 > インポート

取り込んだらブラウザーを再起動し、ファイルを削除してください。元に戻すには、同じ画面で「{name}」を削除します。
"
        ),
    }
}

#[cfg(test)]
mod tests;
