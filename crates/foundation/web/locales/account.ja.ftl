# サインインの画面に加わる言葉
sign-in-passkey = パスキーでサインインする
sign-in-passkey-refused = このパスキーではサインインできませんでした。もう一度試すか、ほかの方法でサインインしてください。
sign-in-forgotten = パスワードを忘れたとき
sign-in-factor-passkey = パスキーで確認する
sign-in-enrol-either = パスキーか認証アプリの、どちらか一方で始められます。あとから両方にできます。
sign-in-codes-left = 回復コードを1つ使いました。残りは { $left } 個です。少なくなったら、アカウントの「二要素認証」で作り直してください。

forgotten-title = パスワードを忘れたとき
forgotten-lede = サインインに使っているメールアドレスへ、新しいパスワードを決めるためのリンクを送ります。
forgotten-address = メールアドレス
forgotten-address-hint = 利用者IDでサインインしている方には送れません。施設の安全管理責任者にご相談ください。
forgotten-no-address = メールアドレスを記入してください(例: hanako@example.jp)。
forgotten-send = リンクを送る
forgotten-back = サインインへ戻る
forgotten-sent-title = メールをお確かめください
forgotten-sent = { $address } のアカウントがあれば、リンクを記したメールが届きます。
forgotten-sent-hour = リンクは1時間以内に、一度だけ使えます。
forgotten-sent-spam = 数分待っても届かないときは、迷惑メールの入れ物と、アドレスの誤りをお確かめください。
forgotten-sent-factor = 二要素認証を設定している方は、新しいパスワードのあとに、これまでどおり確認があります。
forgotten-mail-subject = [Yagura] パスワードの再設定
forgotten-mail-body =
    Yagura のパスワードを決め直すための依頼を受け取りました。
    次のリンクを開き、新しいパスワードを決めてください。

    { $link }

    リンクは { $until } まで、一度だけ使えます。
    決め直すと、サインイン中の端末はすべてサインアウトします。

    心当たりがなければ、何もせずにこのメールを削除してください。パスワードは変わりません。
reset-lede = 新しいパスワードを決めると、サインイン中の端末はすべてサインアウトします。
reset-done = パスワードを変更しました。新しいパスワードでサインインしてください。

# 自分のアカウント
account-lede = { $login } としてサインインしています。
account-tab-sign-in = パスワードと端末
account-tab-factors = 二要素認証
account-tab-tokens = APIトークン
account-session-method = 方法
account-end-others = ほかの端末をすべてサインアウトさせる
account-sessions-ended = { $count } 台の端末をサインアウトさせました。

account-confirm-title = ご本人の確認
account-confirm-why = サインインから時間が経っています。大切な設定を変える前に、ご本人であることを確かめます。
account-confirm-begin = 確認する
account-confirm-password = パスワードで確認する
account-confirm-code = 認証アプリで確認する
account-confirm-do = 確認する
account-confirm-again = サインインし直す
account-confirm-sign-out = サインアウトする
account-confirmed = 確認しました。15分のあいだ、設定を変えられます。

account-factors-title = 二要素認証
account-factors-compulsory = 設定済みです。あなたの役割には二要素認証が必要です。
account-factors-voluntary = 設定済みです。パスワードが漏れても、なりすましを防げます。
account-factors-back = 二要素認証の一覧へ戻る
account-factor-confined = ほかの組織でも Yagura を使っているため、この組織のアカウントでのサインインでは二要素認証を変えられません。パスワードでサインインし直して設定してください。パスワードがまだない場合は、システム管理者に、最初のパスワードを決めるリンクを依頼してください。
account-factor-last = あなたの役割には二要素認証が必要なため、最後の1つは外せません。先に別のものを加えてください。
account-app-title = 認証アプリ
account-app-none = スマートフォンの認証アプリに出る6桁の数字で確認する方法です。
account-app-set-up = 認証アプリを設定する
account-app-since = 設定した日時:
account-app-replace = 別の端末のアプリに替える
account-app-remove = 認証アプリを外す
account-app-remove-confirm = 認証アプリによる確認を外します。よろしいですか。
account-app-removed = 認証アプリを外しました。
account-passkeys-title = パスキー
account-passkeys-words = 登録すると、パスワードの代わりにも、二要素認証としても使えます。
account-passkeys-none = まだ登録していません。
account-passkeys-unavailable = この Yagura のアドレスでは、パスキーを使えません。システム管理者がアドレスをホスト名に替えると使えます。
account-passkeys-scripts = このブラウザーではスクリプトが止まっているため、パスキーを登録できません。認証アプリは使えます。
account-passkey-name = 名前
account-passkey-name-hint = どの端末か分かる名前(例: 医院のスマートフォン)。
account-passkey-new = この端末にパスキーを作ります。端末の指紋・顔・暗証番号で確認します。
account-passkey-new-name = このパスキーの名前
account-passkeys-elsewhere = パスキーは、Yagura を「{ $host }」という名前で開いたときに使えます。
account-passkey-nameless = 名前のないパスキー
account-passkey-since = 登録
account-passkey-used = 最後の使用
account-passkey-register = この端末のパスキーを登録する
account-passkey-registered = パスキーを登録しました。
account-passkey-remove = 外す
account-passkey-remove-confirm = このパスキーではサインインできなくなります。よろしいですか。
account-passkey-removed = パスキーを外しました。端末に残ったパスキーは、端末の設定から削除してください。
account-never-used = まだ使っていません
account-codes-left = 残り { $left } 個です。1つにつき一度だけ、認証アプリやパスキーの代わりに使えます。
account-codes-few = 残りが少なくなっています。作り直して、保管してください。
account-codes-renew = 回復コードを作り直す
account-codes-renew-hint = 作り直すと、これまでの回復コードは使えなくなります。
account-codes-renew-confirm = これまでの回復コードは使えなくなります。作り直しますか。

# APIトークン
account-tokens-title = APIトークン
account-tokens-lede = ほかのプログラムが、{ $organization } の記録をあなたの代わりに扱うための鍵です。
account-tokens-docs = APIの説明
account-tokens-list = 作ったトークン
account-tokens-none = トークンはありません。
account-tokens-none-do = ほかのプログラムとつなぐときだけ作ります。
account-tokens-of-all = 組織の全員のトークンを見る
account-token-new = 新しいトークン
account-token-name = 名前
account-token-name-hint = 何に使うか分かる名前(例: 電子カルテとの連携)。
account-token-name-wrong = 名前を100文字以内で記入してください。
account-token-state = 状態
account-token-alive = 使えます
account-token-revoked = 取り消し済み
account-token-expired = 期限切れ
account-token-scopes = できること
account-token-scopes-hint = 必要なものだけを選びます。あなたの役割でできることを超えては使えません。
account-token-scopes-count = { $count } 件
account-token-no-scope = できることを1つ以上選んでください。
account-token-used = 最後の使用
account-token-last-day = 使える最後の日
account-token-last-day-hint = 長くても1年先まで。
account-token-past = 今日か、それより後の日を記入してください。
account-token-too-long = { $days } 日より先の日にはできません。
account-token-make = トークンを作る
account-token-made-title = トークンを作りました
account-token-made = 「{ $name }」を作りました。
account-token-once = この文字列は、この画面でしか表示しません。いま写して、使うプログラムの設定に入れてください。
account-token-how = 使い方
account-token-kept = 写しました。一覧へ
account-token-revoke = 取り消す
account-token-revoke-confirm = このトークンを使うプログラムは、すぐに使えなくなります。取り消しますか。
account-token-revoked-done = トークンを取り消しました。
account-token-owner = 持ち主
account-organization-tokens-title = 組織のAPIトークン
account-organization-tokens-lede = { $organization } の記録を扱えるトークンです。いま使えるものは { $count } 件です。心当たりのないものは取り消してください。
account-organization-tokens-none-do = この組織では、だれもトークンを作っていません。

# トークンでできること(方針の行為)
scope-status-read = チェックリストの回答の有無と進み具合を見る
scope-sheet-read = チェックリストの回答を読む
scope-sheet-answer = チェックリストに答える
scope-history-read = 回答の変更履歴と備考を読む
scope-evidence-read = 証拠の一覧を読む
scope-evidence-download = 証拠のファイルを開く
scope-evidence-manage = 証拠を加える・結び付ける・取り下げる
scope-vendor-sheet-read = 事業者確認用チェックリストを読む
scope-vendor-sheet-answer = 事業者確認用チェックリストに答える
scope-vendors-manage = 事業者を招く・契約の終わりを記録する
scope-vendors-read = 契約している事業者を見る
scope-pack-print = 立入検査の一式を印刷・保存する
scope-inspection-link-share = 立入検査の一式の閲覧リンクを発行する
scope-contacts-read = 連絡体制図を読む
scope-contacts-edit = 連絡体制図を直す・確かめる
scope-inventory-read = 台帳を読む
scope-inventory-edit = 台帳を直す
scope-inventory-confirm = 台帳を今年度の実物と確かめる
scope-vulnerabilities-read = 脆弱性を読む
scope-vulnerabilities-assess = 製品を確かめ、脆弱性の状態を決める
scope-vulnerabilities-accept = 脆弱性を期限つきで受け入れる
scope-customer-connections-read = 担当する顧客の外部接続を見る
scope-customer-connections-confirm = 担当する顧客の外部接続を確認・訂正する
scope-customer-vulnerabilities-read = 担当する顧客の機器の脆弱性を見る
scope-customer-vulnerabilities-answer = 担当する顧客の機器の脆弱性に回答する
scope-requests-file = 窓口に申請し、自分の申請を見る
scope-requests-read = すべての申請を見る
scope-requests-decide = 自分に回ってきた申請を決裁する
scope-request-forms-edit = 申請の様式と経路を変える
scope-ledgers-read = 管理簿（権限・持ち出し・借用・媒体・例外）を見る
scope-ledgers-keep = 管理簿に記録する
scope-permissions-recertify = 権限が今も必要かを確認する
scope-accounts-read = 職員とアカウントを見る
scope-accounts-edit = 職員とアカウントを取り込み、指摘に対応する
scope-accounts-accept = アカウントの指摘を期限つきで受け入れる
scope-feeds-read = 脆弱性情報の取込み状況を読む
scope-feeds-manage = 脆弱性情報と共通の製品辞書を管理する
scope-self-check-answer = 9つの心得の自己点検に答える
scope-people-read = 組織の人と役割を見る
scope-people-manage = 組織に人を招く・役割を与える
scope-sharing-manage = 共有の範囲を決める
scope-members-read = 会員名簿を読む
scope-members-manage = 会員名簿を直す・取り込む
scope-comparison-read = 比較と推移を見る
scope-reminders-send = 会員にお知らせを送る
scope-packs-read = チェックリストの様式を読む
scope-packs-manage = チェックリストの様式を取り込む
scope-audit-read = 組織の監査記録を読む
scope-tokens-manage = 自分のAPIトークンを見る・取り消す
scope-installation-manage = システム全体を管理する
