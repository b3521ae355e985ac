organization-nav-people = 利用者と役割
organization-nav-sharing = 共有の範囲
organization-nav-audit-log = 操作の記録
organization-nav-installation = システム管理

organization-people-title = 利用者と役割
organization-people-lede = この組織で Yagura を使える人です({ $count } 件)。退職した人や担当を外れた人は、その日のうちに役割を終えてください。
organization-people-name = 氏名
organization-people-role = 役割
organization-people-email = メールアドレス
organization-people-since = 開始
organization-people-until = 終了
organization-people-act = 操作
organization-people-end = 役割を終える
organization-people-end-confirm = この人の役割を今日で終えます。よろしいですか。
organization-people-ended = { $name } さんの役割を終えました。
organization-people-own-role = 自分の役割は終えられません。ほかの管理者に依頼してください。
organization-people-empty = 利用者はまだいません
organization-people-empty-why = 「人を招待する」から、院長や安全管理責任者を招待してください。

organization-invite = 人を招待する
organization-invite-email = メールアドレス
organization-invite-email-hint = このアドレスに、一度だけ使える登録用のリンクを送ります。
organization-invite-email-wrong = メールアドレスの形になっていません。例: taro@example.jp
organization-invite-role = 役割
organization-invite-role-missing = 役割を選んでください。
organization-invite-until = 役割の終了日
organization-invite-until-hint = 委託や応援など、期限のある人だけ記入してください。
organization-invite-until-past = 終了日は今日以降の日付にしてください。
organization-invite-send = 招待を送る
organization-invite-done = 招待を送りました
organization-invite-done-words = { $email } に登録用のリンクを送りました。
organization-invite-link-words = メールが届かないときは、次のリンクを本人に直接お渡しください。この画面を離れると、もう一度は表示できません。
organization-invite-back = 利用者の一覧へ
organization-invite-mail-subject = Yagura への招待: { $organization }
organization-invite-mail-body = { $organization } の { $person } さんから、サイバーセキュリティ対策の記録に使う Yagura へ招待がありました。
    役割: { $role }

    次のリンクから登録してください。リンクは一度だけ、{ $until } まで使えます。
    { $link }

    心当たりのない場合は、このメールを破棄してください。

organization-sharing-title = 共有の範囲
organization-sharing-lede = 県や協議会などが、この施設の何をどこまで見られるかを決めます。いつでも変えられます。
organization-sharing-level = 見せる範囲
organization-sharing-level-missing = 共有の範囲を選んでください。
organization-sharing-save = 保存する
organization-sharing-saved = 共有の範囲を保存しました。
organization-sharing-empty = 共有先はありません
organization-sharing-empty-why = 県や協議会の会員として登録されると、ここに表示します。

organization-audit-title = 操作の記録
organization-audit-lede = この組織の記録に対する閲覧と変更です。改ざんや削除があれば検出できる形で保存しています。
organization-audit-at = 日時
organization-audit-who = 操作した人
organization-audit-action = 操作
organization-audit-what = 対象
organization-audit-outcome = 結果
organization-audit-older = 以前の記録
organization-audit-empty = 記録はまだありません
organization-audit-empty-why = 回答の保存や証拠の閲覧をすると、ここに残ります。
organization-cursor-wrong = cursor の値が正しくありません。前の応答の next をそのまま指定してください。

organization-installation-title = システム管理
organization-installation-new = 組織を登録する
organization-installation-version = 版
organization-installation-engine = データベース
organization-installation-organizations = 登録された組織
organization-installation-jobs-waiting = 待っている処理
organization-installation-jobs-failed = 失敗した処理
organization-installation-audit = 操作の記録の件数
organization-installation-doctor = 設定、ディスク、時計、メールの点検は、サーバで yagura doctor を実行してください。
organization-new-kind = 種別
organization-new-kind-missing = 種別を選んでください。
organization-new-name = 名称
organization-new-beds = 許可病床数
organization-new-beds-hint = 病院は20床以上、有床診療所は19床以下です。病床がなければ空欄にしてください。
organization-new-beds-wrong = 種別と病床数が合いません。病院は20床以上、診療所は19床以下、薬局は空欄です。
organization-new-email = 最初の担当者のメールアドレス
organization-new-email-hint = 医療機関は安全管理責任者、地域の組織と事業者は責任者として招待します。
organization-new-create = 登録して招待する
organization-new-done = 登録しました
organization-new-done-words = { $name } を登録しました。次のリンクを最初の担当者にお渡しください。一度だけ使えます。
