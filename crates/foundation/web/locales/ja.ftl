# 画面の枠
frame-skip = 本文へ移動
frame-navigation = 主な画面
frame-crumbs = 現在の位置
frame-acting-for = 対象の組織
frame-notices = お知らせ
frame-emergency = 攻撃かもしれない
frame-menu = メニュー
frame-switch = 組織を切り替える
frame-account = アカウント
frame-sign-out = サインアウト
frame-visitor = 閲覧リンク
frame-visitor-leave = 閲覧を終える
frame-waiting = 件
frame-demo = 見本データ
frame-demo-words = この画面の施設・人物はすべて架空です。
page-print = 印刷する

# 証明の段階
state-verified = 実証
state-documented = 書類
state-declared = 申告
state-no = いいえ
state-contradiction = 食い違い
state-unanswered = 未回答
state-not_applicable = 対象外
state-letter-verified = 実
state-letter-documented = 書
state-letter-declared = 申
state-letter-no = ×
state-letter-contradiction = !
state-letter-unanswered = –
state-letter-not_applicable = ／

# 役割
role-director = 管理者(院長)
role-safety_manager = 医療情報システム安全管理責任者
role-department_head = 部門の責任者
role-staff = 職員
role-planning_manager = 企画管理者
role-system_operator = システム運用担当者
role-contract_desk = 契約担当
role-procurement_desk = 調達担当
role-personnel_desk = 人事担当
role-clinical_records_desk = 診療情報担当
role-vendor_manager = 事業者の管理責任者
role-vendor_staff = 事業者の担当者
role-regional_manager = 地域事務局の責任者
role-regional_staff = 地域事務局の職員
role-inspector = 立入検査の検査員
role-administrator = システム管理者

# 組織の種別
organization-kind-hospital = 病院
organization-kind-clinic = 診療所
organization-kind-dental_clinic = 歯科診療所
organization-kind-pharmacy = 薬局
organization-kind-network = 地域医療ネットワーク
organization-kind-association = 職能団体
organization-kind-municipality = 市区町村・保健所
organization-kind-prefecture = 都道府県
organization-kind-nation = 国
organization-kind-vendor = 事業者
organization-kind-department = 部門
organization-kind-operator = 運営者

# 比較の区分
size-group-hospital_large = 病院(400床以上)
size-group-hospital_medium = 病院(200〜399床)
size-group-hospital_small = 病院(199床以下)
size-group-clinic_with_beds = 有床診療所
size-group-clinic_without_beds = 無床診療所
size-group-dental = 歯科診療所
size-group-pharmacy = 薬局

# 共有の範囲
sharing-level-status = 回答の有無だけ
sharing-level-answers = 回答と証明の段階まで
sharing-level-evidence = 証拠の一覧まで
sharing-level-detail = 証拠の中身・備考・履歴まで

# 日時
time-just-now = たった今
time-today = 今日
time-minutes-ago = { $count }分前
time-hours-ago = { $count }時間前
time-days-ago = { $count }日前
time-days-ahead = { $count }日後
time-months-ago = { $count }か月前
time-months-ahead = { $count }か月後
time-years-ago = { $count }年前
time-years-ahead = { $count }年後
due-overdue = 期限超過 { $days }日
due-today = 今日まで
due-left = あと{ $days }日

# 部品
note-info = お知らせ:
note-success = 完了:
note-caution = ご注意:
note-late = 期限:
note-danger = 重要:
progress-words = { $total }件のうち{ $done }件({ $percent }%)
chart-what = 項目
chart-bar = 図
chart-value = 値
chart-against = 比較
chart-as-table = 表で見る

# 一覧
list-pages = ページ
list-all = 全 { $total }{ $unit }
list-range = { $total }{ $unit }のうち { $first }〜{ $last } を表示
list-part = { $total }{ $unit }のうち { $shown }{ $unit }を表示
list-previous = 前へ
list-next = 次へ
list-filter = 絞り込み
list-filter-apply = 絞り込む
list-filter-clear = 条件を消す

# 入力
form-required = 必須
form-errors = 入力を確かめてください({ $count }か所)
form-date-hint = 2026-11-21、令和8年11月21日、R8.11.21 のどの書き方でも入力できます。
form-error-required = 「{ $label }」を入力してください。
form-error-choose = 「{ $label }」を選んでください。
form-error-too-long = 「{ $label }」は{ $longest }文字以内で入力してください(今は{ $length }文字)。
form-error-number = 「{ $label }」は{ $least }〜{ $most }の整数で入力してください。
form-error-date = 「{ $label }」の「{ $given }」を日付として読み取れません。2026-11-21 や 令和8年11月21日 のように入力してください。
form-error-date-ambiguous = 「{ $label }」の年「{ $given }」がどの年か分かりません。西暦4桁か元号で入力してください。
form-error-date-era-zero = 「{ $label }」: { $era }に0年はありません。最初の年は1年(元年)です。
form-error-date-era = 「{ $label }」: { $given }はその元号の期間にありません。{ $right }ではありませんか。
form-error-date-month = 「{ $label }」: { $month }月はありません。
form-error-date-day = 「{ $label }」: { $year }年{ $month }月に{ $day }日はありません。{ $last }日までです。
form-error-date-year = 「{ $label }」の{ $year }年は入力できる範囲(1868〜2200年)にありません。
form-draft-restored = 前に入力した内容を戻しました。まだ保存されていません。
form-draft-older = 前に入力して保存していない内容が残っています。その後、ほかの人が保存しています。
form-draft-restore = 入力した内容を戻す
form-draft-discard = 入力した内容を捨てる

# ファイルの送信
upload-label = 送信の進み具合
upload-limit = 1つ{ $megabytes } MBまで。
upload-words = {"{total}"} MB のうち {"{done}"} MB({"{percent}"}%)
upload-failed = 送信できませんでした。通信を確かめて、もう一度送ってください。
upload-cancel = 送信をやめる
upload-too-large = 「{"{name}"}」は{"{megabytes}"} MBあり、送れる大きさを超えています。

# スクリプトの働く部品
passkey-cancelled = パスキーの操作が取り消されました。もう一度お試しください。
passkey-known = この端末のパスキーは、すでに登録されています。
passkey-failed = パスキーを始められませんでした。ページを読み込み直してから、もう一度お試しください。
copy-do = 写す
copy-done = 写しました
select-all = すべて選ぶ
select-count = 選んだ数:
