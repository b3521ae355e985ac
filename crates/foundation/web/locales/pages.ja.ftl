nav-home = ホーム
nav-group-to-do = やること
nav-group-members = 会員
nav-group-outreach = 働きかけ
nav-group-customers = お客さま
nav-group-registers = 台帳
nav-group-emergency = もしもの時
nav-group-settings = 設定

home-title = 今日すること
home-lede = { $count ->
    [0] 急ぎの用件はありません。
   *[other] 次の { $count } 件から始めると、確実に前へ進みます。
  }
home-nothing = 今日することはありません
home-nothing-why = 期限の近いもの、食い違い、未回答があれば、ここに3件まで表示します。
home-more = ほかに { $count } 件あります。上の用件を済ませると表示されます。

notices-title = お知らせ
notices-empty = お知らせはまだありません
notices-empty-why = 事務局からの督促や、期限の近づいた証拠があると、ここに表示します。
notices-new = 未読
notices-open = 開く
notices-mark-read = 読みました
notices-older = 以前のお知らせ

api-docs-title = API の説明
api-docs-lede = 画面でできることは、すべて API でもできます。機械で読む説明書は次のとおりです。
api-docs-parameters = 引数
api-docs-body = 本文の形
api-docs-responses = 応答 ({ $count })

error-title = 処理できませんでした
error-to-home = ホームへ戻る
error-fields = 入力に直すところがあります。
error-second-factor = この操作には二要素認証が必要です。
error-too-many = 操作が続いています。{ $seconds } 秒ほど待ってから、もう一度お試しください。
error-not-signed-in = サインインしてください。
error-forbidden = あなたの役割では、この操作はできません。必要な場合は、施設の安全管理責任者にご相談ください。
error-not-found = ページが見つかりません。アドレスをご確認ください。移動したか、見る権限がない可能性があります。
error-conflict = ほかの人が先に変更しました。最新の内容を開いて、もう一度お試しください。
error-too-large = 送られた内容が大きすぎます。{ $megabytes } MB までにしてください。
error-disk-full = サーバのディスクがいっぱいで、保存できませんでした。入力した内容は保存されていません。システム管理者にお知らせください。
error-unavailable = データベースに接続できません。少し待ってから、もう一度お試しください。
error-internal = サーバで問題が起きました。操作は完了していません。続くようなら、システム管理者に時刻を添えてお知らせください。
error-cross-origin = 別のサイトから送られた操作のため、受け付けませんでした。この画面を開き直して、もう一度お試しください。
error-method = この操作は受け付けていません。
error-not-a-form = 送られた内容を読み取れませんでした。画面を開き直して、もう一度お試しください。
error-json = JSON を読み取れませんでした: { $reason }
error-query = 引数を読み取れませんでした: { $reason }

error-idempotency-key = Idempotency-Key は、空白を含まない半角1〜255文字のものを1つだけ指定してください。
error-idempotency-reused = この Idempotency-Key は別の内容の要求に使われています。新しい値で送ってください。
error-in-flight = 同じ要求を処理しています。{ $seconds } 秒ほど待ってから、同じ Idempotency-Key でもう一度お送りください。
error-answer-lost = この要求はすでに行われました。応答は残っていません。対象を読み直してください。
error-outcome-unknown = 同じ要求が以前に途中で切れました。行われたかどうかを対象を読んで確かめ、まだのときは新しい Idempotency-Key で送ってください。
