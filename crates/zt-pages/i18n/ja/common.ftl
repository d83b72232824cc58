skip-to-content = 本文へ移動
navigation = メニュー
language = 言語
sign-out = サインアウト
close = 閉じる
newer = 新しい記録
older = 古い記録
pager = 前後の記録
reference = 照会番号

keys-title = キーボード操作
keys-search = 検索欄へ移動
keys-help = この一覧を表示

trust-high = 信頼度 高
trust-medium = 信頼度 中
trust-low = 信頼度 低
trust-other = 信頼度 不明
