//! What the demo prints.

use super::company::Demo;
use crate::cli::Output;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use zt_types::Language;

/// Says where everything is and how to sign in.
pub(crate) fn welcome(demo: &Demo, language: Language, output: Output) {
    let text = match (output, language) {
        (Output::Json, _) => json(demo),
        (Output::Text, Language::Ja) => japanese(demo),
        (Output::Text, Language::En) => english(demo),
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
         \x20 Status   {status}   public: anybody of the company\n\
         \x20 Expenses {expenses}   elsewhere: signs people in here, with OpenID Connect\n\n\
         Sign in with a name and its first password; a second factor is set up on the spot:\n\n",
        portal = demo.address("id"),
        wiki = demo.address("wiki"),
        chat = demo.address("chat"),
        status = demo.address("status"),
        expenses = demo.state.expenses,
    );
    people(demo, &mut text);
    let commands = Commands::of(demo);
    let _ = write!(
        text,
        "\nYour browser does not know the demo's certificate authority. Either open one that does, in\n\
         another terminal; it leaves yours alone:\n\n\
         \x20 {browser}\n\n\
         or import {ca} into yours\n\
         as an authority for websites (it can vouch for *.sekisho.localhost only), and remove it afterwards.\n\n\
         The wiki wants a device it knows. Take a code from the portal, Devices, and put it in place of CODE;\n\
         then restart the demo's browser:\n\n\
         {enroll}\n\n\
         An infected device loses everything, and gets it back, by itself (no browser needed):\n\n\
         \x20 {story}\n\n\
         The company is written in files. Change one, see what would change, and leave out `--plan` to do it:\n\n\
         \x20 {apply}\n\n\
         Whom a change of policies would hit, by name, over four weeks of generated sample accesses:\n\n\
         \x20 {plan}\n\n\
         Everything is kept in {directory}. After Ctrl-C, this removes it:\n\n\
         \x20 {reset}\n\n\
         ready (Ctrl-C stops)",
        browser = commands.browser,
        ca = demo.running.server_authority_file().display(),
        enroll = commands.enroll,
        story = commands.story,
        apply = commands.apply,
        plan = commands.plan,
        directory = demo.directory.display(),
        reset = commands.reset,
    );
    text
}

fn japanese(demo: &Demo) -> String {
    let mut text = format!(
        "Sekisho デモ: 株式会社やまと精工（精密部品メーカー）\n\n\
         \x20 ポータル        {portal}\n\
         \x20 管理コンソール  {portal}console   （ken でサインイン）\n\
         \x20 Wiki            {wiki}   秘: 信頼できる端末のみ\n\
         \x20 チャット        {chat}   社内: 二要素認証\n\
         \x20 稼働状況        {status}   公開: 社員ならだれでも\n\
         \x20 経費精算        {expenses}   外部のアプリ: OpenID Connect でここにサインイン\n\n\
         次の名前と初期パスワードでサインインできます。二つ目の認証方法はその場で登録します。\n\n",
        portal = demo.address("id"),
        wiki = demo.address("wiki"),
        chat = demo.address("chat"),
        status = demo.address("status"),
        expenses = demo.state.expenses,
    );
    people(demo, &mut text);
    let commands = Commands::of(demo);
    let _ = write!(
        text,
        "\nお使いのブラウザーは、デモの認証局をまだ知りません。普段のブラウザーに手を加えずに試すには、\n\
         もう一つターミナルを開いて、デモ専用のブラウザーを起動します。\n\n\
         \x20 {browser}\n\n\
         または {ca} を\n\
         「Web サイトの認証局」として取り込み、試し終えたら削除してください\n\
         （この認証局が保証できるのは *.sekisho.localhost だけです）。\n\n\
         Wiki は登録済みの端末でしか開きません。ポータルの「端末」で登録コードを発行し、CODE の位置に入れて\n\
         実行したら、デモ専用のブラウザーを再起動します。\n\n\
         {enroll}\n\n\
         感染した端末がすべてを失い、取り戻すまでを自動で再現します（ブラウザーは不要です）。\n\n\
         \x20 {story}\n\n\
         会社の設定はファイルにあります。書き換えて差分を確かめ、`--plan` を外すと反映されます。\n\n\
         \x20 {apply}\n\n\
         ポリシーを変えるとだれの利用が変わるかを、生成した見本の 4 週間分のアクセスで確かめます。\n\n\
         \x20 {plan}\n\n\
         データはすべて {directory} にあります。Ctrl-C で停止したあと、次のコマンドで消えます。\n\n\
         \x20 {reset}\n\n\
         ready （Ctrl-C で停止）",
        browser = commands.browser,
        ca = demo.running.server_authority_file().display(),
        enroll = commands.enroll,
        story = commands.story,
        apply = commands.apply,
        plan = commands.plan,
        directory = demo.directory.display(),
        reset = commands.reset,
    );
    text
}

fn people(demo: &Demo, text: &mut String) {
    for (login, password) in &demo.state.passwords {
        let _ = writeln!(text, "  {login:<8}  {password}");
    }
}

fn json(demo: &Demo) -> String {
    let value = serde_json::json!({
        "portal": demo.address("id"),
        "console": format!("{}console", demo.address("id")),
        "wiki": demo.address("wiki"),
        "chat": demo.address("chat"),
        "status": demo.address("status"),
        "expenses": demo.state.expenses,
        "passwords": demo.state.passwords,
        "authority": demo.running.server_authority_file(),
        "admin_socket": demo.state.admin_socket,
        "organisation": demo.directory.join("organisation"),
        "state": demo.directory,
    });
    format!("{value:#}")
}

/// What to type next, such that it works as it stands: with the program as it was called here, and with the directory
/// of this demo where it is not the usual one.
struct Commands {
    browser: String,
    enroll: String,
    story: String,
    apply: String,
    plan: String,
    reset: String,
}

impl Commands {
    fn of(demo: &Demo) -> Self {
        let program = program();
        let directory = demo.directory.as_path();
        let state = match super::usual_directory() {
            Ok(usual) if usual == directory => String::new(),
            _ => format!(" --state {}", quoted(directory)),
        };
        Self {
            browser: format!("{program} demo browser{state}"),
            enroll: format!(
                "  {program} agent enroll --server {server} --code CODE \\\n    --ca {ca} \\\n    --state {agent} \\\n    --nss {nss}",
                server = demo.address("id").trim_end_matches('/'),
                ca = quoted(&demo.running.server_authority_file()),
                agent = quoted(&directory.join("agent")),
                nss = quoted(&super::browser::certificates_of(
                    directory,
                    super::USUAL_BROWSER
                )),
            ),
            story: format!("{program} demo --story infected-device{state}"),
            apply: format!(
                "{program} apply --plan -f {} \\\n    --socket {}",
                quoted(&directory.join("organisation")),
                quoted(&demo.state.admin_socket),
            ),
            plan: format!(
                "{program} policy plan -f {} \\\n    --socket {}",
                quoted(&directory.join("organisation")),
                quoted(&demo.state.admin_socket),
            ),
            reset: format!("{program} demo reset{state}"),
        }
    }
}

/// The program as it was called: under `cargo run` that is a path, and `sekisho` alone would not be found.
fn program() -> String {
    std::env::args_os()
        .next()
        .map_or_else(|| "sekisho".to_owned(), |name| quoted(Path::new(&name)))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '/' | '.' | '-' | '_' | '+');
    if text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
