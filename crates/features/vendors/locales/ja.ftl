vendors-nav = 事業者
vendors-nav-customers = お客さまの回答
vendors-title = 事業者
vendors-lede = { $year }の事業者確認用チェックリストの回答状況です。事業者ごとに1枚ずつ回答してもらいます。
vendors-lede-counts = { $count } 社のうち { $done } 社が1回目の回答を終えています。
vendors-invite = 事業者に回答を依頼する
vendors-name = 事業者
vendors-state = 回答の状況
vendors-sheet = 回答
vendors-act = 操作
vendors-see-sheet = 回答を見る
vendors-end = 契約の終了を記録
vendors-end-confirm = この事業者との契約が終わったことを記録します。過去の回答は残ります。よろしいですか。
vendors-ended = { $name } との契約の終了を記録しました。
vendors-empty = 事業者はまだ登録されていません
vendors-empty-why = 電子カルテやレセコンの保守をしている事業者に、回答を依頼してください。契約している事業者がなければ、チェックリストの先頭で「契約なし」と記入してください。
vendors-not-begun = 未着手
vendors-under-way = 回答中
vendors-done = 1回目を回答済み
vendors-progress = { $answered } / { $applicable } 項目
vendors-no = 「いいえ」{ $count } 項目
vendors-invited = 依頼中
vendors-invited-until = { $until } まで有効
vendors-revoke = 取り消す
vendors-revoked = 依頼を取り消しました。
vendors-invite-known = 登録済みの事業者
vendors-invite-known-hint = 一覧にあれば選んでください。なければ「新しい事業者」のまま、下に名称を記入してください。
vendors-invite-new = 新しい事業者
vendors-invite-known-wrong = 選んだ事業者が見つかりません。一覧から選び直してください。
vendors-invite-namesake = 「{ $name }」は登録済みです。上の「登録済みの事業者」から選んでください。同じ名称の別会社のときは、支店名や所在地を付けて区別してください。
vendors-invite-name = 事業者の名称
vendors-invite-name-hint = 新しい事業者のときだけ記入してください。例: 架空システム株式会社
vendors-invite-email = 担当者のメールアドレス
vendors-invite-email-hint = 一度だけ使えるリンクを送ります。30日で期限が切れます。
vendors-invite-email-wrong = メールアドレスの形になっていません。例: tantou@example.jp
vendors-invite-one-of = vendor か name のどちらか一方を指定してください。
vendors-invite-send = 依頼を送る
vendors-invite-done = 依頼を送りました
vendors-invite-done-words = { $email } に回答用のリンクを送りました。
vendors-invite-people-words = すでに Yagura をお使いの事業者では、登録済みの担当者がサインインしてからリンクを開くと、回答先に追加されます。
vendors-invite-link-words = メールが届かないときは、次のリンクを担当者に直接お渡しください。この画面を離れると、もう一度は表示できません。
vendors-back = 事業者の一覧へ
vendors-mail-subject = 【{ $organization }】サイバーセキュリティ対策チェックリスト(事業者確認用)へのご回答のお願い
vendors-mail-body = { $organization } の { $person } と申します。
    厚生労働省の「サイバーセキュリティ対策チェックリスト(事業者確認用)」について、ご回答をお願いいたします。

    次のリンクから登録のうえ、ご回答ください。リンクは一度だけ、{ $until } まで使えます。
    { $link }

    すでに Yagura をお使いの場合は、サインインしてからリンクを開いてください。
    ほかの医療機関への回答がある場合は、下書きとして引き継げます。

vendors-customer = お客さま
vendors-worklist-title = お客さまごとの回答
vendors-worklist-lede = { $count } 件のうち { $done } 件の1回目の回答が終わっています。急ぐものから並べています。
vendors-worklist-empty = 回答するお客さまはありません
vendors-worklist-empty-why = 医療機関から回答の依頼を受け、リンクから承諾すると、ここに表示します。
vendors-answer = 回答する
vendors-go-on = 回答を続ける
vendors-unit = 件
vendors-filter-name = お客さまの名称
vendors-filter-all = すべて({ $count } 件)
vendors-filter-not-begun = 未着手({ $count } 件)
vendors-filter-in-work = 回答中({ $count } 件)
vendors-filter-done = 1回目を回答済み({ $count } 件)
vendors-filter-clear = 絞り込みを解除する
vendors-worklist-none-found = 条件に合うお客さまはありません
vendors-error-filter = 絞り込みの条件を読み取れません。一覧を開き直して、もう一度お試しください。
vendors-no-edition = 今年度の事業者確認用チェックリストがまだありません。システム管理者にお知らせください。
vendors-drafts-link = ほかの回答を下書きにする
vendors-drafts-title = { $name } への回答の下書き
vendors-drafts-lede = 選んだ項目だけを、今日の確認としてこのお客さまの回答に写します。実際の状況と合っているか、1つずつ確かめてから選んでください。
vendors-drafts-other = 別のお客さまの回答を使う
vendors-drafts-from = { $name } への回答
vendors-drafts-item = 項目
vendors-drafts-answer = 回答
vendors-drafts-remark = 備考
vendors-drafts-take-one = 写す
vendors-drafts-take = 選んだ項目を写す
vendors-drafts-taken = { $count } 項目を写しました。内容をもう一度ご確認ください。
vendors-drafts-none = 写す項目が選ばれていません。
vendors-drafts-conflict = すでに回答のある項目が含まれていたため、何も写していません。未回答の項目だけを選んでください。
vendors-drafts-refused = 記入の規則に合わない項目があったため、何も写していません。項目ごとの画面で回答してください。
vendors-drafts-empty = 下書きにできる回答がありません
vendors-drafts-empty-why = ほかのお客さまに1件でも回答すると、ここから写せます。
vendors-drafts-nothing-left = 写せる項目はありません。この回答にある項目は、すべて回答済みです。
vendors-yes = はい
vendors-answer-no = いいえ

vendors-to-do-customers = { $count } 件のお客さまに回答する
vendors-to-do-customers-why = 回答がそろわないと、お客さまの立入検査の書類が完成しません。
vendors-to-do-open = 一覧を開く
vendors-to-do-waiting = 事業者 { $count } 社の回答がまだです
vendors-to-do-waiting-why = 立入検査では、すべての事業者の回答が確認されます。
vendors-to-do-see = 状況を見る
vendors-card-title = お客さまごとの回答
vendors-card-progress = 1回目の回答が終わったお客さま
