evidence-library = 証拠
evidence-library-lede = 回答の裏づけとなる文書や写真です。期限の近いものから並びます。
evidence-add = 証拠を加える
evidence-add-first = はじめの1件を加える
evidence-save-xlsx = xlsx で保存
evidence-states = 状態
evidence-unit = 件
evidence-any = すべて
evidence-search = 名前で探す
evidence-sheet = シート
evidence-order = 並び順
evidence-order-urgency = 期限の近い順
evidence-order-newest = 新しい順
evidence-only-item = この項目の証拠だけを表示しています
evidence-show-all = すべて表示する

evidence-state-active = すべて
evidence-state-current = 有効
evidence-state-expiring = まもなく期限
evidence-state-expired = 期限切れ
evidence-state-unlinked = 未使用
evidence-state-withdrawn = 取り下げ

evidence-none = 証拠はまだありません
evidence-none-why = 契約書、手順書、設定画面の写しなどを加えると、チェックリストの「はい」が「申告」から「書類」に上がります。
evidence-none-found = 条件に合う証拠はありません
evidence-none-expired = 期限切れの証拠はありません
evidence-none-expiring = 30日以内に期限を迎える証拠はありません
evidence-none-unlinked = どの項目にも使われていない証拠はありません
evidence-none-withdrawn = 取り下げた証拠はありません

evidence-kind-document = 文書(規程・手順書・台帳など)
evidence-kind-contract = 契約書
evidence-kind-photo = 写真
evidence-kind-screenshot = 画面の写し
evidence-kind-certificate = 証明書・開示書
evidence-kind-log = ログ・設定の書き出し
evidence-kind-other = その他

evidence-media-pdf = PDF
evidence-media-png = PNG画像
evidence-media-jpeg = JPEG画像
evidence-media-webp = WebP画像
evidence-media-heic = HEIC画像
evidence-media-text = テキスト
evidence-media-csv = CSV
evidence-media-docx = Word
evidence-media-xlsx = Excel
evidence-media-pptx = PowerPoint

evidence-title = 名称
evidence-title-hint = 「電子カルテ保守契約書」のように、検査員が見て分かる名前にします。
evidence-kind = 種類
evidence-issued-on = 発行日・撮影日
evidence-expires-on = 有効期限
evidence-expires-on-hint = この日まで有効です。30日前、7日前、前日と、期限が過ぎた日にお知らせします。期限がなければ空欄にします。
evidence-note = 備考
evidence-note-hint = 「第8条に更新の責任分担」のように、見るべき場所を書きます。
evidence-file = ファイル
evidence-file-name = ファイル名
evidence-file-received = 「{ $name }」({ $size })は受け取りました。もう一度送る必要はありません。
evidence-accepted = PDF、画像(PNG、JPEG、WebP、HEIC)、テキスト、CSV、Word・Excel・PowerPoint(マクロなし)を送れます。
evidence-items = 裏づける項目
evidence-items-hint = あとから加えることもできます。1つの証拠を、いくつもの項目に使えます。
evidence-item-none = この項目の証拠はまだありません。
evidence-item-unknown = 表示できない項目
evidence-size = 大きさ
evidence-hash = 内容のハッシュ値(SHA-256)
evidence-validity = 有効期限
evidence-currency = 状態
evidence-until = 期限
evidence-no-end = 期限なし
evidence-added = 追加日
evidence-added-by = 追加した人
evidence-linked-on = 付けた日
evidence-actions = 操作
evidence-facts = この証拠について
evidence-of-item = この項目の証拠
evidence-version = 版
evidence-versions = これまでの版
evidence-version-number = 第{ $number }版
evidence-history = 変更の記録
evidence-when = 日時
evidence-who = 誰が
evidence-what = 何を
evidence-detail = 内容
evidence-by-program = プログラム

evidence-current = 有効
evidence-expired = 期限切れ
evidence-expiring = まもなく期限
evidence-ends-today = 今日まで
evidence-days-left = あと{ $days }日
evidence-days-over = 期限切れ { $days }日
evidence-withdrawn = 取り下げ
evidence-unlinked = 未使用
evidence-unlinked-why = どの項目にもまだ使われていません。

evidence-event-added = 追加
evidence-event-version = 新しい版
evidence-event-changed = 修正
evidence-event-attached = 項目に付けた
evidence-event-detached = 項目から外した
evidence-event-withdrawn = 取り下げ
evidence-event-restored = 取り下げの取り消し

evidence-save = 保存する
evidence-cancel = やめる
evidence-edit = 名称や期限を直す
evidence-open = 開いて見る
evidence-save-file = ファイルを保存
evidence-to-details = 詳細へ
evidence-new-version = 新しい版に差し替える
evidence-new-version-lede = 「{ $title }」の新しい版を送ります。今の版は記録に残り、付いている項目({ $links }件)はそのまま引き継ぎます。
evidence-save-version = この版にする
evidence-attach = この項目に付ける
evidence-attach-more = 項目に付ける
evidence-from-library = 登録済みの証拠から選ぶ
evidence-detach = 外す
evidence-withdraw = 取り下げる
evidence-withdraw-means = 「{ $title }」を取り下げると、付いている項目({ $links }件)の裏づけに数えなくなります。ファイルと記録は残り、あとで元に戻せます。
evidence-reason = 取り下げる理由
evidence-restore = 取り下げを取り消す
evidence-theirs = 先に保存された内容
evidence-yours = あなたの入力

evidence-withdrawn-why = { $date } に取り下げました。理由: { $reason }
evidence-expired-why = 有効期限から{ $days }日過ぎました。付いている項目({ $links }件)の裏づけには数えません。
evidence-expiring-why = { $days ->
    [0] 有効期限は今日までです。
   *[other] 有効期限まであと{ $days }日です。
  }

evidence-no-viewer = このブラウザではPDFをここに表示できません。
evidence-no-preview = この形式は画面に表示できません。保存して、対応するソフトで開いてください。
evidence-encoding = 文字コード: { $encoding }
evidence-text-cut = 先頭の{ $size }だけを表示しています。

evidence-saved = 「{ $title }」を保存しました。
evidence-version-saved = 第{ $number }版を保存しました。
evidence-changed = 修正を保存しました。
evidence-attached = { $count ->
    [0] すでに付いています。
   *[other] { $count }件の項目に付けました。
  }
evidence-detached = 項目から外しました。証拠そのものは残っています。
evidence-withdrawn-now = 取り下げました。記録は残っています。
evidence-restored = 取り下げを取り消しました。

evidence-refused-empty = ファイルが空です。中身のあるファイルを選んでください。
evidence-refused-program = プログラムや、開くと何かを実行するファイルは受け付けません。画面の写しやPDFにして送ってください。
evidence-refused-markup = HTML、SVG、XML は受け付けません。印刷の機能でPDFにして送ってください。
evidence-refused-macros = マクロを含む Office ファイルは受け付けません。マクロなしの形式(docx、xlsx、pptx)かPDFで保存し直して送ってください。
evidence-refused-old_office = 古い形式(doc、xls、ppt)か、パスワードの付いた Office ファイルです。パスワードを外し、docx、xlsx、pptx かPDFで保存し直して送ってください。
evidence-refused-archive = 圧縮ファイルは受け付けません。中のファイルを取り出して、1つずつ送ってください。
evidence-refused-bomb = 開くと極端に大きくなるファイルのため、受け付けません。PDFで保存し直して送ってください。
evidence-refused-damaged = ファイルが壊れているか、途中で切れています。元のファイルを開けるか確かめて、もう一度送ってください。
evidence-refused-private_key = 秘密鍵が含まれています。秘密鍵は証拠に加えず、証明書だけを送ってください。この鍵を人に渡したことがあれば、作り直してください。
evidence-refused-unknown = ファイルの種類が分かりません。PDF、画像、テキスト(UTF-8 か Shift_JIS)で送ってください。
evidence-error-too-large = ファイルが大きすぎます。{ $megabytes } MB までにしてください。写真は縮小、文書は必要なページだけにすると小さくなります。
evidence-error-interrupted = 送信が途中で切れました。何も保存していません。通信を確かめて、もう一度送ってください。
evidence-error-field-too-large = 入力が長すぎます。短くして、もう一度送ってください。
evidence-error-no-file = ファイルがありません。
evidence-error-item = 選んだ項目は、この施設のチェックリストにありません。画面を開き直して、もう一度選んでください。
evidence-error-no-item = 項目が選ばれていません。
evidence-error-withdrawn = この証拠は取り下げられています。先に取り下げを取り消してください。
evidence-error-issued-in-future = 「発行日・撮影日」が今日より先です。年をお確かめください。
evidence-error-expires-before-issue = 「有効期限」が発行日より前です。どちらかの日付をお確かめください。
evidence-error-expires-too-far = 「有効期限」が30年より先です。年をお確かめください。期限がなければ空欄にしてください。
evidence-error-changed-meanwhile = 入力している間に、ほかの人が保存しました。下の2つを見比べて、必要なら直してから、もう一度保存してください。
evidence-error-unknown-value = この値は使えません。

evidence-probe-none = 項目に付いた証拠はありません。
evidence-probe-current = 項目に付いた証拠 { $linked } 件は、すべて有効です。
evidence-probe-expiring = 項目に付いた証拠 { $linked } 件はすべて有効です。うち { $expiring } 件が30日以内に期限を迎えます。
evidence-probe-expired = 項目に付いた証拠 { $linked } 件のうち、{ $expired } 件が期限切れです。

evidence-todo-expired = 期限の切れた証拠を差し替える
evidence-todo-expired-why = チェックリストに付けた証拠のうち { $count } 件が期限切れで、「はい」の裏づけに数えられていません。
evidence-todo-expiring = 期限の近い証拠を確かめる
evidence-todo-expiring-why = チェックリストに付けた証拠のうち { $count } 件が、30日以内に期限を迎えます。
evidence-todo-button = 証拠を見る

evidence-notice-expiring = 証拠「{ $title }」の有効期限まで、あと{ $days }日です。
evidence-notice-today = 証拠「{ $title }」の有効期限は今日までです。
evidence-notice-expired = 証拠「{ $title }」の有効期限が切れました。新しいものに差し替えてください。
evidence-notice-several = { $count }件の証拠が、有効期限を迎えるか、期限切れです。
evidence-mail-subject = [Yagura] 証拠の有効期限のお知らせ({ $count }件)
evidence-mail-body =
    チェックリストの証拠の有効期限をお知らせします。

    { $list }

    新しいものがあれば、差し替えてください。
    { $link }
evidence-mail-expiring = ・{ $title } 期限 { $date }(あと{ $days }日)
evidence-mail-expired = ・{ $title } 期限 { $date }(期限切れ)
evidence-mail-more = ほか{ $count }件
