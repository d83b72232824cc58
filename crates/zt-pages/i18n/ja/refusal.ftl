refusal-not-opened = 「{ $application }」は開けませんでした。
refusal-signed-in-as = サインイン中の利用者：{ $person }
refusal-why = 理由
refusal-steps = 次にできること
refusal-retry = もう一度開く
refusal-portal = ポータルへ
refusal-reported-by = { $source }からの報告

refusal-title-fact-device = この端末で問題が検出されました
refusal-title-fact-person = アカウントに問題が検出されました
refusal-title-fact-session = このサインインに問題が検出されました
refusal-title-no-device-not-asked = 端末を確認できません
refusal-title-no-device-no-certificate = 登録済みの端末が必要です
refusal-title-no-device-expired = 端末の証明書の有効期限が切れています
refusal-title-no-device-foreign = この証明書は使えません
refusal-title-no-device-wrong-usage = この証明書は使えません
refusal-title-no-device-revoked = この端末の登録は取り消されています
refusal-title-no-device-unknown = この端末は登録されていません
refusal-title-no-device-of-another-person = ほかの人の端末です
refusal-title-no-device-mismatch = サインインした端末と異なります
refusal-title-missing-evidence = 端末の状態を確認できません
refusal-title-assurance = もう一段の本人確認が必要です
refusal-title-not-entitled = 利用できるアプリに含まれていません
refusal-title-unregistered = 登録されていないアプリです
refusal-title-session-ended = サインインの有効期間が終わりました
refusal-title-policy = 社内のルールにより開けません
refusal-title-person-disabled = アカウントが停止されています
refusal-title-person-locked = 一時的にロックされています
refusal-title-other = アクセスできません

refusal-fact-malware = この端末でマルウェアが検出されました。対処が終わるまで、この端末からはどのアプリも開けません。
refusal-fact-compromise = この端末が第三者に操作されている疑いがあります。対処が終わるまで、この端末からはどのアプリも開けません。
refusal-fact-credential-leak = パスワードまたはサインインの情報が外部に漏れています。悪用を防ぐため、利用を止めています。
refusal-fact-unusual-behaviour = 普段と異なる使われ方が検出されました。ご本人であることを確認するまで、利用を制限しています。
refusal-fact-other = セキュリティ製品が問題を報告しています。解消するまで利用を止めています。

refusal-no-device-not-asked = このアプリは登録済みの端末からのみ利用できますが、この接続では端末を確認していません。
refusal-no-device-no-certificate = このアプリは登録済みの端末からのみ利用できます。ブラウザーから端末の証明書が提示されませんでした。
refusal-no-device-expired = 端末の証明書が期限切れか、まだ有効期間に入っていません。端末の日付と時刻も確認してください。
refusal-no-device-foreign = 提示された証明書は、この組織が発行したものではありません。
refusal-no-device-wrong-usage = 提示された証明書は、端末の確認に使えるものではありません。
refusal-no-device-revoked = この端末の証明書は失効しています。紛失や返却などの理由で、ご本人または管理者が登録を取り消しました。
refusal-no-device-unknown = 証明書は有効ですが、端末が台帳にありません。
refusal-no-device-of-another-person = この端末はほかの人に割り当てられています。ご自分の端末を使ってください。
refusal-no-device-mismatch = サインインしたときの端末とは別の端末の証明書が提示されました。この端末で改めてサインインしてください。

refusal-evidence-other = 端末の状態に関する報告が届いていないか、古くなっています。

refusal-assurance-password = パスワードでの確認が必要です。
refusal-assurance-mfa = このアプリを開くには、2つ目の方法での確認が必要です。
refusal-assurance-phishing-resistant = このアプリを開くには、パスキーでの確認が必要です。
refusal-assurance-hardware = このアプリを開くには、組織が認めたセキュリティキーでの確認が必要です。

refusal-why-not-entitled = このアプリは特定の部署や役割の人だけが利用できます。業務で必要なときは、アプリの責任者に申請してください。
refusal-why-unregistered = このアドレスのアプリは台帳に登録されていないため、中継しません。
refusal-why-session-ended = 時間が経過したか、サインアウトされたため、もう一度サインインが必要です。
refusal-why-person-disabled = 管理者がこのアカウントを停止しています。心当たりがないときは管理者に連絡してください。
refusal-why-person-locked = 確認の失敗が続いたため、しばらくサインインできません。時間をおいてお試しください。
refusal-why-other = アクセスの条件を満たしていません。

remedy-step-up-passkey = パスキーで本人確認をすると開けます。
remedy-step-up-mfa = 認証アプリまたはパスキーで本人確認をすると開けます。
remedy-enrol-device = この端末を登録してください。ポータルで登録コードを発行し、端末で登録用のコマンドを実行します。
remedy-present-certificate = 登録済みの端末であれば、ブラウザーを再起動してからこのページを開き、端末の証明書を選んでください。
remedy-wait-for-device = 問題の対処が終わると、自動的に使えるようになります。社内の手順に従って対処してください。
remedy-ask-administrator = 管理者に照会番号を知らせてください。
remedy-ask-owner = アプリの責任者に利用を申請してください。
remedy-sign-in-again = もう一度サインインしてください。
remedy-use-another-device = ほかの登録済み端末は、これまでどおり使えます。
remedy-nothing = いまご自身でできる操作はありません。

remedy-action-step-up-passkey = パスキーで確認する
remedy-action-step-up-mfa = 本人確認をする
remedy-action-enrol-device = 端末を登録する
remedy-action-present-certificate = もう一度試す
remedy-action-wait-for-device = 状態を見る
remedy-action-ask-administrator = 連絡する
remedy-action-ask-owner = 連絡する
remedy-action-sign-in-again = サインインする
remedy-action-use-another-device = 端末の一覧を見る
remedy-action-nothing = ポータルへ

refusal-title-reauthentication = もう一度、本人確認が必要です
refusal-title-unspoken = 社内のルールにより開けません
refusal-title-fault = 可否を判定できませんでした
refusal-why-reauthentication = 最後の本人確認から時間がたっています。
refusal-why-unspoken = 社内のルールで、いまの条件からの利用が認められていません。
refusal-why-fault = ルールの判定中に問題が起きたため、安全のためアクセスを止めました。管理者に照会番号をお知らせください。
remedy-reauthenticate = もう一度本人確認をすると開けます。
remedy-action-reauthenticate = 本人確認をする
