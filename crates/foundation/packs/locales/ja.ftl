# 様式データの取り込み
pack-import-too-large = ファイルが大きすぎます({ $actual } バイト)。{ $limit } バイト以下にしてください。
pack-import-not-utf8 = UTF-8 として読めない文字があります。文字コードを UTF-8 にして保存し直してください。
pack-import-unknown-format = 何の形式のファイルか分かりません。TOML、YAML、OSCAL カタログ(JSON)、CISO Assistant のライブラリ(YAML)のいずれかを選んでください。
pack-import-syntax = { $format } の書き方に誤りがあります({ $detail })。その箇所を直してください。
pack-import-too-deep = 入れ子が { $limit } 段を超えています。構造を浅くしてください。
pack-import-too-many-values = 値の数が { $limit } を超えています。内容を分けてください。YAML の別名(*)で繰り返した分も数えます。
pack-import-too-much-text = 文字の合計が { $limit } バイトを超えています。内容を分けてください。
pack-import-text-too-long = { $limit } 文字を超える文があります。短くしてください。
pack-import-too-many-items = 項目が { $limit } を超えています。内容を分けてください。
pack-import-shape = 決まった形になっていません({ $detail })。その箇所を直してください。
pack-import-missing = 「{ $field }」がありません。書き足してください。
pack-import-no-header-row = 見出しの行が見つかりません。「チェック項目」と「確認結果」や「備考」が並ぶ行を含むシートを選んでください。
pack-import-no-items = 項目が見つかりません。「2-⑥」や「(1)」のような番号で始まる行があるか確認してください。
pack-import-duplicate-row = 番号 { $row } の行が同じ区分に二つあります。どちらかの番号を直してください。
pack-import-unknown-fiscal-year = 何年度の様式か分かりません。年度を指定してください。
pack-import-unknown-sheet = 医療機関確認用か事業者確認用かが分かりません。どちらかを指定してください。
pack-import-unsound = 内容に誤りが { $count } 件あります。最初の誤り: { $first }

# 取り込みの場所
pack-import-place-file = ファイル全体
pack-import-place-line = { $line } 行目 { $column } 文字目
pack-import-place-pointer = 項目の位置 { $pointer }
pack-import-place-cell = シート「{ $sheet }」の { $row } 行 { $column } 列

# 取り込みで気をつけること
pack-notice-row-without-id = 回答欄がありますが番号がないため、取り込みませんでした: { $text }
pack-notice-text-left-out = どの行のものか分からないため、取り込みませんでした: { $text }
pack-notice-assumed-date = 公表日が分からないため、仮の日付を入れました。正しい日付を指定してください。
pack-notice-guessed-language = 日本語か英語かを文字から判断しました。
pack-notice-not-carried = { $what } は取り込みの対象外です({ $count } 件)。

# 様式データの検査
pack-bad-id = 「{ $value }」は ID に使えません。英小文字、数字、ハイフンだけにしてください。
pack-duplicate-key = キー「{ $value }」が二つあります。別のキーにしてください。
pack-duplicate-row = 番号 { $value } の行が同じ区分に二つあります。
pack-empty = 項目がありません。
pack-missing-text = 文がありません。
pack-missing-translation = { $language } の文がありません。
pack-validity-reversed = 有効期間の終わりが始まりより前です。
pack-validity-outside-fiscal-year = 有効期間が年度の外にあります。
pack-missing-fiscal-year = 年度がありません。
pack-since-after-fiscal-year = 項目の初出の年度が、この様式の年度より後です。
pack-since-contradicts-lineage = 初出の年度と前年度の項目とのつながりが合っていません。
pack-lineage-to-self = 前年度の項目として、同じ様式の { $value } を指しています。
pack-broken-lineage = 前年度の項目 { $value } がありません。
pack-broken-counterpart = 対応する項目 { $value } がありません。
pack-unknown-probe = 自動確認「{ $value }」はこのプログラムにありません。
pack-unknown-topic = 解説「{ $value }」がありません。
pack-missing-guidance = 解説がありません。
pack-thin-guidance = 解説に、証拠の例か検査で聞かれることがありません。
pack-unverified-wording = { $total } 件のうち { $unverified } 件は、公式の文言と照合していません。
pack-bad-phone = 「{ $value }」は電話番号ではありません。数字とハイフンで書いてください。
pack-bad-url = 「{ $value }」は https:// で始まるアドレスではありません。

# 様式データの追加と書き出し
pack-library-conflict = { $id } の版 { $version } は、別の内容ですでに登録されています。版の番号を上げてください。
pack-export-not-a-checklist = この形式で書き出せるのはチェックリストだけです。
pack-export-failed = 書き出せませんでした。管理者に連絡してください。

# 目標日
pack-target-date-without-no = 目標日は、1回目の確認が「いいえ」の項目にだけ記入できます。
pack-target-date-outside-year = 目標日は { $first } から { $last } までの日付にしてください。

# 年度の間の違い
pack-change-new = 新しい項目
pack-change-reworded = 文言が変わりました
pack-change-merged = 複数の項目が一つになりました
pack-change-split = 一つの項目が分かれました
pack-change-became-required = 参考項目から正式な項目になりました
pack-change-device-class = 対象の機器が変わりました
pack-change-removed = なくなった項目

# 申請書
form-fault-no-fields = 質問がありません。項目を追加してください。
form-fault-no-steps = 決裁する人がいません。経路に段階を追加してください。
form-fault-nothing-decides = どんな場合にも決裁する段階がありません。条件のない決裁の段階を追加してください。
form-fault-too-many = { $value }件を超えています。申請書を分けてください。
form-fault-bad-id = 「{ $value }」は識別名に使えません。英小文字、数字、ハイフンだけにしてください。
form-fault-duplicate-id = 識別名「{ $value }」が2回あります。別の名前にしてください。
form-fault-missing-name = 名前がありません。
form-fault-no-choices = 選択肢がありません。追加してください。
form-fault-unknown-field = 項目「{ $value }」はこの申請書にありません。選び直してください。
form-fault-unknown-answer = 項目「{ $value }」に「{ $answer }」という答えはありません。選び直してください。
form-fault-condition-cycle = 「{ $value }」をたずねるかどうかが、自分自身で決まることになります。条件を1つ外してください。
form-fault-no-approver = この段階には決裁する人がいません。席を選んでください。
form-fault-seat-twice = 同じ席が2回あります。1つ外してください。
form-fault-unknown-step = 段階「{ $value }」はこの経路にありません。選び直してください。
form-fault-route-loop = 経路が「{ $value }」に戻るため終わりません。どの段階の後に始めるかを変えてください。
form-fault-bad-days = 期限は1日から{ $value }日の間で入力してください。
form-fault-carried-out-too-early = 「{ $value }」の決裁より先に実施することになります。その段階の後に置いてください。
form-fault-empty-seat = この席({ $value })に誰もいません。代わりに決裁する安全管理責任者も院長もいません。役割を付けるか、別の席を選んでください。
form-fault-unknown-ledger-field = 管理簿に「{ $value }」という欄はありません。
form-fault-ledger-field-twice = 管理簿の欄「{ $value }」に2つの項目が入ります。1つにしてください。
form-fault-missing-ledger-field = 管理簿には「{ $value }」が必要です。必須の項目から入るようにしてください。
form-fault-not-a-date = 「{ $value }」は日付の項目ではありません。日付の項目を選んでください。
