//! What the demo prints.

use super::company::Demo;
use std::fmt::Write as _;
use std::io::Write as _;
use zt_types::Language;

/// Says where everything is and how to sign in.
pub(crate) fn welcome(demo: &Demo, language: Language) {
    let text = match language {
        Language::Ja => japanese(demo),
        Language::En => english(demo),
    };
    let mut out = std::io::stdout().lock();
    // A closed pipe is no reason to stop serving.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

fn english(demo: &Demo) -> String {
    let mut text = format!(
        "Sekisho demo: Yamato Seiko, a maker of precision parts\n\n\
         \x20 Portal   {portal}\n\
         \x20 Console  {portal}console   (sign in as ken)\n\
         \x20 Wiki     {wiki}   confidential: only from a trusted device\n\
         \x20 Chat     {chat}   internal: two factors\n\
         \x20 Status   {status}   public: anybody of the company\n\n\
         Sign in with a name and its first password; a second factor is set up on the spot:\n\n",
        portal = demo.address("id"),
        wiki = demo.address("wiki"),
        chat = demo.address("chat"),
        status = demo.address("status"),
    );
    people(demo, &mut text);
    let _ = write!(
        text,
        "\nYour browser does not know the demo's certificate authority. Either open a browser that does,\n\
         leaving yours alone:\n\n\
         \x20 sekisho demo browser\n\n\
         or import `{ca}` into yours as an authority for websites\n\
         (it can vouch for *.sekisho.localhost only) and remove it afterwards.\n\n\
         Then, in another terminal:\n\n\
         \x20 sekisho agent enroll …                 the portal's page \"Devices\" shows the whole command\n\
         \x20 sekisho demo --story infected-device   an infected device loses everything, and gets it back\n\
         \x20 sekisho apply -f {organisation} --plan\n\n\
         Everything is kept in {directory}; `sekisho demo reset` removes it.\n\n\
         ready (Ctrl-C stops)",
        ca = demo.running.server_authority_file().display(),
        organisation = demo.directory.join("organisation").display(),
        directory = demo.directory.display(),
    );
    text
}

fn japanese(demo: &Demo) -> String {
    let mut text = format!(
        "Sekisho デモ: 株式会社やまと精工（精密部品メーカー）\n\n\
         \x20 ポータル    {portal}\n\
         \x20 管理画面    {portal}console   （ken でサインイン）\n\
         \x20 Wiki        {wiki}   秘: 信頼できる端末のみ\n\
         \x20 チャット    {chat}   社内: 二要素認証\n\
         \x20 稼働状況    {status}   公開: 社員ならだれでも\n\n\
         次の名前と初期パスワードでサインインできます。二つ目の認証方法はその場で登録します。\n\n",
        portal = demo.address("id"),
        wiki = demo.address("wiki"),
        chat = demo.address("chat"),
        status = demo.address("status"),
    );
    people(demo, &mut text);
    let _ = write!(
        text,
        "\nお使いのブラウザーは、デモの認証局をまだ知りません。普段のブラウザーに手を加えずに\n\
         試すには、専用のブラウザーを開きます。\n\n\
         \x20 sekisho demo browser\n\n\
         または `{ca}` を\n\
         「Web サイトの認証局」として取り込み、試し終えたら削除してください\n\
         （この認証局が保証できるのは *.sekisho.localhost だけです）。\n\n\
         続きは別の端末画面で:\n\n\
         \x20 sekisho agent enroll …                 ポータルの「端末」にコマンド全体が表示されます\n\
         \x20 sekisho demo --story infected-device   感染した端末がすべてを失い、取り戻すまで\n\
         \x20 sekisho apply -f {organisation} --plan\n\n\
         データはすべて {directory} にあります。`sekisho demo reset` で消えます。\n\n\
         ready （Ctrl-C で停止）",
        ca = demo.running.server_authority_file().display(),
        organisation = demo.directory.join("organisation").display(),
        directory = demo.directory.display(),
    );
    text
}

fn people(demo: &Demo, text: &mut String) {
    for (login, password) in &demo.state.passwords {
        let _ = writeln!(text, "  {login:<8}  {password}");
    }
}
