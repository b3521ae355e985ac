# 共通
region-number = { $number }
region-unit = 施設
region-beds-unit = 床
region-days-unit = 日
region-none = なし
region-cancel = やめる
region-list-comma = 、
region-save-xlsx = xlsx で保存
region-save-pdf = PDF で保存
region-as-of = { $when } 現在
region-kind-beds = { $kind } { $beds }床
region-clinic-without-beds = 無床診療所
region-group-all = 全会員
region-statistics-pending = 集計しています。少し待ってから、もう一度開いてください。
region-error-filter = 絞り込みの指定を読み取れません。絞り込みをやり直してください。
region-error-export-large = { $limit } 施設を超えるため、この場では作成できません。「会員の状況」の画面から保存してください。
region-error-workbook-large = { $limit } 施設を超えるため、1つのファイルにできません。種別などで絞り込んでください。
region-error-document-large = { $limit } 施設を超えるため、PDF にはできません。絞り込むか、xlsx で保存してください。

# 項目の名前
region-field-name = 名称
region-field-kind = 種別
region-field-code = 医療機関コード
region-field-beds = 許可病床数
region-field-postal_code = 郵便番号
region-field-address = 住所
region-field-phone = 電話
region-field-email = メール
region-field-representative = 代表者
region-field-region_code = 地域コード
region-field-member_number = 会員番号
region-field-joined_on = 加入日
region-field-remark = 備考
region-field-closed_on = 廃止日

# 一覧の列
region-column-standing = 状況
region-column-sharing = 共有の範囲
region-column-answered = 回答済みの項目
region-column-applicable = 対象の項目
region-column-target = 最も早い目標日
region-column-item = 項目
region-column-label = 内容
region-column-text = 文面
region-column-group = 区分
region-column-members = 施設数
region-column-opened = 開いた割合
region-column-round1 = 1回目を終えた割合
region-column-answered-lower = 回答率 第1四分位
region-column-answered-median = 回答率 中央値
region-column-answered-upper = 回答率 第3四分位
region-column-proven-lower = 裏付け率 第1四分位
region-column-proven-median = 裏付け率 中央値
region-column-proven-upper = 裏付け率 第3四分位
region-column-contradicted = 食い違いのある割合
region-column-severity = 区別
region-column-sheet = シート
region-column-row = 行
region-column-column = 列
region-column-field = 項目
region-column-remedy = 内容と直し方
region-column-since-day = いつから
region-column-value = 値
region-column-recorded = 記録
region-column-when = 日時
region-column-state = 状態
region-column-reminded = 前回の督促
region-column-sent-on = 送った日時
region-column-delivery = 届け方
region-column-since = その後

# 絞り込み
region-filter-any = すべて
region-filter-name = 名称の一部
region-filter-size = 種別と規模
region-filter-year = 年度
region-filter-item = 項目
region-filter-cell = 項目の状態
region-filter-clear = 絞り込みを外す

# 会員の状況
region-standing-contradictions = 食い違い { $count }件
region-standing-not-opened = 未開封
region-standing-incomplete = 回答中 { $answered }/{ $applicable }
region-standing-overdue = 目標日を過ぎた項目あり
region-standing-done = 1回目 回答済み
region-progress-not_opened = 未開封
region-progress-incomplete = 回答の途中
region-progress-done = 1回目 回答済み
region-progress-contradictions = 食い違いあり
region-progress-overdue = 目標日超過

# 会員名簿
region-roll-title = 会員名簿
region-roll-lede = { $count } 施設　状況は{ $year }のチェックリスト　急ぐ順
region-roll-add = 会員を加える
region-roll-import = 名簿を取り込む
region-roll-empty = 会員がまだ登録されていません
region-roll-empty-ask = 名簿の取り込みは、事務局の責任者が行えます。
region-roll-none-found = 条件に合う会員はいません
region-member-facts = 登録内容
region-member-history = 変更の履歴
region-member-no-history = 名称・種別・病床数などの変更はありません。
region-member-reminders = 送った督促
region-member-no-reminders = まだ督促を送っていません。
region-member-standing = { $year }の状況
region-member-states = 項目の状態
region-member-open-sheet = チェックリストを見る
region-member-sharing-why = 共有の範囲は会員が決めます。
region-member-edit = 変更する
region-member-end = 会員から外す
region-member-remind = 督促を送る

# 会員の登録と変更
region-form-new-title = 会員を加える
region-form-edit-title = 会員の登録内容を変更する
region-form-identity = 施設
region-form-contact = 連絡先
region-form-own = 事務局の記録
region-form-date = 変更の日付
region-form-beds-hint = 病院は20床以上、診療所は19床まで。無い場合は空欄にします。
region-form-code-hint = 同じ医療機関コードの施設がすでに登録されている場合は、その施設が会員になります。
region-form-email-hint = 督促のメールはここに届きます。空欄の場合は、院長と安全管理責任者に届きます。
region-form-joined-hint = 空欄の場合は今日になります。
region-form-remark-hint = ほかの団体や会員からは見えません。
region-form-sharing-note = 加わった会員から見えるのは、回答したかどうかだけです。回答の中身は、会員が共有を許した範囲で見えます。
region-form-valid-from = いつからの内容か
region-form-valid-from-hint = 名称・種別・病床数・コード・地域の変更は、この日付とともに履歴に残ります。
region-form-add = 名簿に加える
region-form-save = 保存する
region-form-conflict = 編集している間に、ほかの人が保存しました。両方の違いを確かめて、必要な内容に直してから保存してください。
region-form-conflict-saved = 先に保存された内容
region-form-conflict-mine = あなたが入力した内容
region-problem-is-member = このコードの施設はすでに会員です。名簿で名称を検索して確かめてください。
region-end-what = 会員から外すと、こうなります
region-end-explained = 「{ $name }」は、最終日の翌日から会員ではなくなります。
region-end-lists = 会員の状況、比較、督促の対象から外れます。過去の年度の集計には残ります。
region-end-records = 施設の記録、回答、証拠は消えません。
region-end-back = 名簿に同じ医療機関コードで加えると、元に戻せます。
region-end-last-day = 会員である最終日
region-end-button = 会員から外す
region-end-not-future = 最終日は今日までの日付にしてください。
region-end-before-joined = 最終日が加入日({ $joined })より前です。加入日以降の日付にしてください。
region-flash-added = 会員を名簿に加えました。
region-flash-joined = 登録済みの施設が会員になりました。施設にお知らせを送りました。
region-flash-saved = 変更を保存しました。
region-flash-ended = 「{ $name }」を会員から外しました。

# 名簿の取り込み
region-import-title = 名簿を取り込む
region-import-file = ファイルを選ぶ
region-import-file-label = 名簿のファイル
region-import-accepted = Excel ブック(.xlsx)または CSV。
region-import-read = 読み取って確認へ進む
region-import-template = ひな形をダウンロード
region-import-choose = ファイルを選んでください。
region-import-how = 取り込みの流れ
region-import-step-1 = 読み取り
region-import-step-1-why = 見出しから列を判断します。手元の名簿のままで構いません。
region-import-step-2 = 確認
region-import-step-2-why = 新しい会員、変わる内容、直すところを、行と列で示します。この時点では何も変わりません。
region-import-step-3 = 取り込み
region-import-step-3-why = 確認したとおりに、まとめて一度に取り込みます。
region-import-never-removes = ファイルにない会員はそのまま残ります。空欄の項目は、登録済みの内容をそのまま使います。
region-import-columns = 使える列
region-import-columns-open = 見出しの一覧を見る
region-import-headings = 見出しの例
region-import-needed = 必要
region-import-headings-name = 名称、施設名、医療機関名、会員名
region-import-headings-kind = 種別、施設種別、区分(病院、診療所、歯科診療所、薬局)。シートの名前が種別でも構いません
region-import-headings-code = 医療機関コード、薬局コード、施設コード
region-import-headings-beds = 許可病床数、病床数、ベッド数
region-import-headings-postal_code = 郵便番号、〒
region-import-headings-address = 住所、所在地(都道府県、市区町村などに分かれていても構いません)
region-import-headings-phone = 電話、電話番号、TEL
region-import-headings-email = メール、メールアドレス、E-mail
region-import-headings-representative = 代表者、管理者、院長、施設長
region-import-headings-region_code = 地域コード、地区、医療圏
region-import-headings-member_number = 会員番号、整理番号
region-import-headings-joined_on = 加入日、入会日
region-import-headings-remark = 備考、メモ
region-import-earlier = これまでの取り込み
region-import-none = 取り込みはまだありません
region-import-none-why = ファイルを選ぶと、ここに結果が残ります。
region-import-result = 結果
region-import-counts = 新規 { $new }、変更 { $changed }、変更なし { $unchanged }、誤り { $errors }
region-import-state-pending = 確認待ち
region-import-state-applied = 取り込み済み
region-import-state-cancelled = 取りやめ
region-import-state-expired = 期限切れ
region-import-preview-title = 取り込む前の確認
region-import-done-title = 取り込みの結果
region-import-to-roll = 会員名簿を開く
region-import-confirm = { $count } 施設を取り込む
region-import-drop = 取り込みをやめる
region-import-no-headings = 見出しの行が見つかりません(調べたシート: { $sheets })。「名称」と「種別」の見出しを含む行を、上から30行以内に置いてください。
region-import-missing-column = シート「{ $sheet }」の{ $row }行目の見出しに「種別」がありません。「種別」の列を加えるか、シートの名前を「病院」などの種別にしてください。
region-import-no-members = 見出しの下に会員の行がありません。2枚目以降のシートや記入例に入力していないか確認してください。
region-import-too-many = 一度に取り込めるのは { $limit } 行までです。ファイルを分けてください。
region-import-has-errors = 直すところが { $errors } 件あるため、取り込めません。ファイルを直してから、もう一度読み取ってください。
region-import-roll-changed = 確認の後で名簿が変わりました。新しい内容で確認し直してください。
region-flash-imported = 取り込みました(新規 { $new } 施設、変更 { $changed } 施設)。
region-flash-import-gone = この取り込みは期限が切れたか、取りやめられています。ファイルをもう一度選んでください。
region-flash-import-dropped = 取り込みをやめました。名簿は変わっていません。
region-joined-notice = { $overseer }が、貴施設を会員として登録しました(団体番号 { $id })。伝わるのは回答したかどうかだけです。心当たりがない場合は、この団体にお問い合わせください。

# 取り込みの確認
region-preview-title = 内容
region-preview-errors = 誤り
region-preview-new = 新しい会員
region-preview-changed = 変わる会員
region-preview-unchanged = 変わらない会員
region-preview-notices = 確認が要るもの
region-preview-not-in-file = ファイルにない会員
region-preview-changes = 変わる内容
region-preview-joins = 登録済みの施設
region-preview-joining = うち登録済みの施設 { $count }
region-preview-they-stay = 名簿にそのまま残ります。
region-preview-none = 該当はありません。
region-preview-has-errors = 直すところが { $count } 件あります。ファイルを直して、もう一度読み取ってください。直すまでは何も取り込みません。
region-preview-issues-xlsx = 直すところの一覧(xlsx)
region-preview-again = 直したファイルを選ぶ
region-preview-will = 新しい会員 { $new } 施設と、登録済みの施設 { $joining } 施設を加え、{ $changed } 施設の内容を変えます。ファイルにない { $stay } 施設はそのまま残ります。
region-preview-nothing = 名簿とファイルの内容は同じです。取り込むものはありません。
region-preview-until = 確認の期限:
region-preview-columns = 読み取った列
region-preview-header-row = 見出しは { $row } 行目
region-preview-ignored = 取り込みません
region-preview-page = { $pages } ページのうち { $page }
region-severity-error = 誤り
region-severity-notice = 確認

# 値の誤りと直し方
region-problem-kind = 「{ $given }」は種別として読めません。病院、診療所、歯科診療所、薬局のいずれかにしてください。
region-problem-beds = 「{ $given }」は病床数として読めません。120 のように数字で書いてください。
region-problem-beds-hospital = 病院の許可病床数は20床から5,000床です。病床数か種別を直してください。
region-problem-beds-clinic = 診療所の病床は19床までです({ $beds }床)。病床数か種別を直してください。
region-problem-beds-pharmacy = 薬局に病床はありません({ $beds }床)。病床数を 0 にするか、種別を直してください。
region-problem-code = 「{ $given }」は医療機関コードとして読めません。数字、英字、ハイフンで書いてください。
region-problem-postal-code = 「{ $given }」は郵便番号として読めません。760-0017 のように7桁で書いてください。
region-problem-phone = 「{ $given }」は電話番号として読めません。087-811-0000 のように市外局番から書いてください。
region-problem-email = 「{ $given }」はメールアドレスとして読めません。info@example.jp のように1つだけ書いてください。
region-problem-date-future = { $given } は今日より後の日付です。今日までの日付にしてください。
region-problem-formula = 数式が入っています。計算結果の値に置き換えてください。
region-problem-cell-error = セルがエラー({ $given })になっています。値に直してください。
region-problem-code-twice = 同じ医療機関コードが、シート「{ $sheet }」の{ $row }行にもあります。どちらかを直すか、行を削除してください。
region-problem-member-twice = 同じ名称・種別の会員が、シート「{ $sheet }」の{ $row }行にもあります。別の施設なら医療機関コードか住所を書き、同じ施設なら行を削除してください。
region-problem-ambiguous = 名簿に同じ名称・種別の会員が { $number } 施設あり、どれか決められません。医療機関コードを書いてください。
region-problem-code-taken = この医療機関コードは、名称か種別の異なる別の組織で登録されています。コードを確かめてください。
region-notice-zero = 先頭の 0 を補って「{ $value }」としました。
region-notice-code-short = コード「{ $given }」は桁が足りないようです。先頭の 0 が消えていないか確かめてください。
region-notice-beds-missing = 有床診療所ですが病床数がありません。無床として扱います。
region-notice-same-name-file = 同じ名称・種別の会員が、シート「{ $sheet }」の{ $row }行にもあります。別の施設ならそのままで構いません。
region-notice-same-name-roll = 名簿に同じ名称・種別の会員(コード { $code })がいます。別の施設として加えます。
region-notice-identity = 名簿では「{ $from }」です。名称か種別を変えます。
region-notice-joins = 登録済みの施設です。会員に加え、施設の登録内容は変えません。

# ひな形
region-template-title = 会員名簿のひな形
region-template-sheet = 会員名簿
region-template-example-sheet = 記入例
region-template-example-title = 記入例(このシートは取り込まれません)
region-template-example-note = 架空の施設です。実際の名簿は「会員名簿」のシートに書いてください。
region-template-rules = 名称と種別は必ず書きます。空欄の項目は、登録済みの内容をそのまま使います。日付は 2026-04-01、令和8年4月1日、R8.4.1 のいずれでも構いません。
region-template-name-1 = (例)架空みなと病院
region-template-name-2 = (例)架空さくら医院
region-template-name-3 = (例)架空ひばり歯科
region-template-name-4 = (例)架空かえで薬局
region-template-address = 架空県架空市みなと町1-1
region-template-person-1 = 架空 太郎
region-template-person-2 = 架空 花子
region-template-person-3 = 架空 次郎
region-template-person-4 = 架空 良子

# 会員の状況(行列)
region-matrix-nav = 会員の状況
region-matrix-title = 会員 { $count } 施設の状況
region-matrix-lede = { $year }チェックリスト
region-matrix-heading = 会員 × 項目
region-matrix-views = 表示のしかた
region-matrix-as-table = 表
region-matrix-as-text = 文章
region-matrix-status-only = 回答状況のみ共有
region-matrix-no-sheet = チェックリスト未開封
region-tile-done = 1回目の回答を終えた会員
region-tile-done-detail = { $members } 施設の { $percent }%　今月 +{ $month }
region-tile-incomplete-link = 終えていない会員
region-tile-proof = 実証された「はい」の割合
region-tile-proof-detail = 書類あり { $documented }%　申告のみ { $declared }%
region-tile-proof-none = まだ「はい」の回答がありません
region-tile-contradictions = 食い違いのある会員
region-tile-worst = 最も多い項目: { $item }({ $count })
region-tile-unopened = まだ一度も開いていない会員
region-tile-call = 電話をかける名簿
region-tile-show = 見る

# 電話をかける名簿
region-call-nav = 未回答の会員
region-call-title = 連絡が要る会員
region-call-lede = { $list } { $count } 施設　急ぐ順
region-call-lists = 状態
region-call-no-phone = 電話なし
region-call-note = かけた日・メモ
region-call-choose = 督促の対象に選ぶ
region-call-choose-one = { $name } を督促の対象に選ぶ
region-call-remind-chosen = 選んだ会員に督促を送る
region-call-remind-all = この一覧の全員({ $count } 施設)に督促を送る
region-call-empty = この一覧に当てはまる会員はいません
region-call-empty-why = ほかの状態の一覧を見るか、絞り込みを外してください。

# 比較
region-comparison-nav = 比較と推移
region-comparison-title = 種別・規模ごとの比較
region-comparison-empty = 比較できる集計がまだありません
region-comparison-groups = 区分ごとの状況
region-comparison-answered = 回答率
region-comparison-proven = 裏付け率
region-comparison-items = 項目ごとの状況
region-comparison-of = { $group } { $count } 施設
region-comparison-rule = 5施設に満たない区分は表示しません。ほかの区分との差し引きで分かってしまう区分も表示しません。項目の状態は、回答を共有している会員だけの集計です。
region-suppressed = 5施設に満たないか、差し引きで分かってしまうため、表示しません。
region-suppressed-short = 非表示
region-chart-answered = 回答済みの項目の割合(施設の中央値)
region-chart-proven = 書類または実証のある項目の割合(施設の中央値)
region-quartile-range = 中央の半数 { $lower }〜{ $upper }
region-own-nav = 同じ規模の中での位置
region-own-title = 同じ種別・規模の中での位置
region-own-among = { $overseer }の会員の中で
region-own-bar = 自施設
region-own-more = 項目ごとに見る
region-own-items = 項目ごとの「はい」の割合
region-own-yes = 「はい」の割合
region-own-not-sharing = 回答を共有していないため、裏付け率は比べていません。
region-own-none = 比べられる集計がありません
region-own-none-why = 団体の会員で、同じ種別・規模の施設が5以上あると、ここに表示します。
region-own-rule = 5施設に満たない区分は、より広い区分と比べます。1割以下と9割以上の割合は、施設が特定されないように幅で示します。
region-quarter-highest = 上位4分の1
region-quarter-above = 中央より上
region-quarter-below = 中央より下
region-quarter-lowest = 下位4分の1
region-band-few = 1割以下
region-band-nearly-all = 9割以上
region-trend-title = 年度の推移
region-trend-lede = { $count } 年度分
region-trend-done = 1回目の回答を終えた会員の割合
region-trend-proven = 書類または実証のある項目の割合(施設の中央値)
region-trend-states = 項目の状態(全会員)
region-trend-by-group = 1回目の回答を終えた割合(区分ごと)
region-trend-empty = 推移を描ける年度がまだありません
region-trend-empty-why = 2つの年度の集計がそろうと、線で表示します。

# 督促
region-reminders-title = 督促
region-reminders-lede = メールとプログラム内のお知らせで送ります。
region-reminders-new = 督促を送る
region-reminders-empty = 督促はまだ送っていません
region-reminder-audience = 送る相手
region-audience-not_opened = 一度も開いていない会員
region-audience-incomplete = 1回目の回答を終えていない会員(未開封を含む)
region-audience-contradictions = 食い違いのある会員
region-audience-overdue = 目標日を過ぎた項目のある会員
region-audience-selected = 選んだ会員
region-reminder-chosen = 選んだ会員 { $count } 施設
region-reminder-choose = 督促を送る会員を一覧で選んでください。
region-reminder-deadline = 回答をお願いする期限
region-reminder-deadline-past = 期限は今日以降の日付にしてください。
region-reminder-pause = 続けて送らない期間
region-reminder-pause-hint = この日数の間に督促を受けた会員には送りません。3日から90日まで。
region-reminder-subject = 件名
region-reminder-body = 本文
region-reminder-places = 次の言葉は会員ごとに置き換わります: { $places }
region-reminder-unknown-place = 置き換えられない言葉があります: { $words }。綴りを確かめるか、かっこを外してください。
region-reminder-selected-limit = 会員を選んでください。一度に選べるのは { $most } 施設までです。
region-reminder-to-preview = 文面と送り先を確認する
region-reminder-preview-title = 送る前の確認
region-reminder-letter = 文面
region-reminder-nobody = 送る相手がいません。
region-reminder-recipients = 送り先
region-reminder-count = { $count } 施設に送ります。
region-reminder-resting = ほかに { $count } 施設が当てはまりますが、{ $days }日以内に送ったため、今回は送りません。
region-reminder-more = ほか { $count } 施設
region-reminder-both-ways = メールアドレスのない会員には、プログラム内のお知らせだけを送ります。送るまでの間に回答した会員には送りません。
region-reminder-send = { $count } 施設に送る
region-reminder-change = 内容を変える
region-reminder-sending = 送信中
region-reminder-sending-note = 送信しています。この画面を離れても続きます。
region-reminder-sent = 送った会員
region-reminder-reached = { $sent } 施設に送信(うちメール { $mailed })
region-reminder-facts = 送り方
region-reminder-outcome = 送った会員とその後
region-reminder-nobody-yet = まだ誰にも届いていません
region-reminder-nobody-yet-why = 送信が始まると、ここに会員ごとの結果を表示します。
region-reminder-notice = { $overseer }から: { $subject }
region-delivery-mail = メールとお知らせ
region-delivery-notice = お知らせのみ
region-since-finished = 回答を終えた
region-since-moved = 進んだ
region-since-nothing = 変化なし
region-flash-reminder = 督促の送信を始めました。
region-flash-reminder-before = この督促はすでに送っています。
region-letter-not-opened = チェックリストがまだ一度も開かれていません。
region-letter-incomplete = { $applicable }項目のうち{ $answered }項目まで回答されています。
region-letter-contradictions = 「はい」の回答と記録の食い違いが{ $count }件あります。
region-letter-overdue = 目標日を過ぎた項目があります。
region-letter-done = 1回目の回答は終わっています。
region-letter-no-deadline = お早め
region-template-subject = { "{" }年度{ "}" }サイバーセキュリティ対策チェックリストへの回答のお願い
region-template-subject-contradictions = { "{" }年度{ "}" }チェックリストの食い違いの確認のお願い
region-template-subject-overdue = { "{" }年度{ "}" }チェックリストの目標日の見直しのお願い
region-template-not-opened =
    { "{" }施設名{ "}" } 御中

    { "{" }差出人{ "}" }です。
    { "{" }年度{ "}" }のサイバーセキュリティ対策チェックリストについて、{ "{" }状況{ "}" }
    { "{" }締切{ "}" }までに、次のページから回答をお願いいたします。分からない項目は空欄のままで、途中で保存できます。

    { "{" }リンク{ "}" }

    ご不明な点は、事務局までお知らせください。行き違いでご回答済みの場合は、ご容赦ください。
region-template-incomplete =
    { "{" }施設名{ "}" } 御中

    { "{" }差出人{ "}" }です。
    { "{" }年度{ "}" }のサイバーセキュリティ対策チェックリストについて、{ "{" }状況{ "}" }
    { "{" }締切{ "}" }までに、残りの項目の回答をお願いいたします。

    { "{" }リンク{ "}" }

    ご不明な点は、事務局までお知らせください。行き違いでご回答済みの場合は、ご容赦ください。
region-template-contradictions =
    { "{" }施設名{ "}" } 御中

    { "{" }差出人{ "}" }です。
    { "{" }年度{ "}" }のチェックリストについて、{ "{" }状況{ "}" }
    { "{" }締切{ "}" }までに、次のページで内容をご確認のうえ、回答か記録のいずれかを直してください。

    { "{" }リンク{ "}" }

    ご不明な点は、事務局までお知らせください。
region-template-overdue =
    { "{" }施設名{ "}" } 御中

    { "{" }差出人{ "}" }です。
    { "{" }年度{ "}" }のチェックリストについて、{ "{" }状況{ "}" }
    { "{" }締切{ "}" }までに、2回目の回答を入れるか、目標日の見直しをお願いいたします。

    { "{" }リンク{ "}" }

    ご不明な点は、事務局までお知らせください。

# 保存するファイル
region-export-title = ファイルの作成
region-export-ready = ファイルができました。
region-export-fetch = ダウンロード
region-export-until = { $until } まで取り出せます。
region-export-failed = ファイルを作成できませんでした。もう一度お試しください。
region-export-making = 作成中の会員
region-export-leave = この画面を離れても作成は続きます。
region-export-refresh = 進み具合を見る
region-flash-export = ファイルの作成を始めました。
region-export-matrix = { $year } 会員の状況
region-export-matrix-sheet = 会員×項目
region-export-items-sheet = 項目
region-export-groups-sheet = 区分
region-export-day = 作成日
region-export-filter = 絞り込み
region-export-states = 実証=測定で確認、書類=証拠あり、申告=回答のみ、食い違い=「はい」に反する記録あり
region-export-roll = 会員名簿
region-export-issues = 直すところ
region-export-comparison = { $year } 種別・規模ごとの比較
region-export-trend = 年度の推移
region-export-reminders = 督促の一覧
region-export-recipients = 督促を送った会員

# ホーム
region-home-title = 会員 { $count } 施設
region-todo-contradictions = { $count } 施設の食い違いを確かめる
region-todo-contradictions-why = 「はい」の回答に反する記録があります。思い違いのまま検査を迎えないように、声をかけてください。
region-todo-overdue = { $count } 施設に目標日の見直しを促す
region-todo-overdue-why = 「いいえ」の項目の目標日が過ぎています。
region-todo-unopened = まだ開いていない { $count } 施設に電話をかける
region-todo-unopened-why = 一度も開いていない会員は、お知らせに気づいていない可能性があります。
region-todo-incomplete = 回答の途中の { $count } 施設を助ける
region-todo-incomplete-why = 始めたまま止まっている会員は、分からない項目で困っていることがあります。
region-todo-import = 名簿の取り込みを確認する
region-todo-import-why = 「{ $file }」が確認を待っています。期限を過ぎると取り込まれません。
region-todo-look = 見る
region-todo-call = 名簿を開く
