# パスワードが推測されやすい理由
identity-password-common = よく使われるパスワードか、それに近いものです。ほかの人が思いつかない言葉を並べてください。
identity-password-personal = 氏名、利用者ID、施設名、医療の言葉など、知られている言葉でできています。関係のない言葉に替えてください。
identity-password-keyboard = キーボードで隣り合うキーの並びです。並びに関係のない言葉に替えてください。
identity-password-repeats = 同じ文字や言葉の繰り返しです。違う言葉を並べてください。
identity-password-sequence = abcd や 6543 のような順番の並びです。並びに関係のない言葉に替えてください。
identity-password-date = 日付や年でできています。日付を除き、言葉を足してください。
identity-password-word = 辞書にある言葉や名前が1つだけです。関係のない言葉をあと2つか3つ足してください。
identity-password-mixture = 推測されやすい部分が続いています。関係のない言葉をあと2つか3つ足してください。

# サインインの名前
identity-login-empty = メールアドレスか利用者IDを記入してください。
identity-login-too-long = 長すぎます。{ $most } 文字以内にしてください。
identity-login-too-short = 利用者IDは { $need } 文字以上にしてください。
identity-login-not-an-address = メールアドレスの形になっていません。「名前@example.jp」の形で記入してください。
identity-login-not-a-user-id = 利用者IDには、半角の英字・数字と「.」「_」「-」だけが使えます。
identity-login-taken = この名前は使えません。別のものにしてください。
identity-login-not-the-invited-address = 招待は別のメールアドレスに送られています。招待を受けたアドレスか、利用者IDを記入してください。

# リンクが使えない理由
identity-link-unknown = このリンクは見つかりません。途中で切れていないか、送られた文面と見比べてください。
identity-link-expired = このリンクは期限が切れています。送り主に新しいリンクを依頼してください。
identity-link-used = このリンクはすでに使われています。登録を終えた方はサインインしてください。心当たりがないときは、送り主に知らせてください。
identity-link-revoked = このリンクは送り主が取り消しました。必要なときは、送り主に確かめてください。
identity-link-other-purpose = このリンクは別の用途のものです。送られた文面のとおりに開いてください。

# 施設の認証システム(OpenID Connect)
identity-provider-unknown = この認証システムは登録されていないか、使用が止められています。パスワードなど、別の方法でサインインしてください。
identity-provider-configuration = 認証システムの設定が正しくありません。発行者のURLが https で始まること、名称とクライアントIDが空でないことを確かめてください。
identity-provider-unreachable = 認証システムから応答がありません。しばらくしてもう一度お試しになり、続くときは施設の担当者に知らせてください。
identity-provider-answer = 認証システムの応答を受け入れられませんでした。もう一度お試しになり、続くときは施設の担当者に知らせてください。
identity-provider-no-address = 認証システムが、施設のメールアドレスを知らせてきませんでした。施設の担当者に、確認済みのメールアドレスを渡す設定を依頼してください。

# サインインの方法
identity-method-password = パスワード
identity-method-passkey = パスキー
identity-method-identity-provider = 施設の認証システム
identity-method-invitation = 招待のリンク
identity-method-demonstration = 見本データの人物の選択

# 監査記録の出来事
identity-event-sign-in-succeeded = サインインした
identity-event-sign-in-second-factor-needed = パスワードが通り、二要素目を求めた
identity-event-sign-in-refused = サインインを断った
identity-event-sign-in-confirmed = パスワードを改めて確かめた
identity-event-session-ended = サインアウトした
identity-event-session-revoked = ほかの端末をサインアウトさせた
identity-event-session-organization-chosen = 操作する組織を切り替えた
identity-event-second-factor-passed = 二要素目が通った
identity-event-second-factor-refused = 二要素目を断った
identity-event-second-factor-enrolled = 二要素目を設定した
identity-event-second-factor-removed = 二要素目を外した
identity-event-second-factor-recovery-codes-made = 回復コードを作り直した
identity-event-account-created = アカウントを作った
identity-event-account-status-changed = アカウントの状態を変えた
identity-event-password-changed = パスワードを変えた
identity-event-password-reset = リンクでパスワードを設定し直した
identity-event-password-reset-asked = パスワード再設定のリンクを作った
identity-event-invitation-created = リンクを渡した
identity-event-invitation-used = リンクが使われた
identity-event-invitation-revoked = リンクを取り消した
identity-event-assignment-given = 役割を付けた
identity-event-inspection-link-opened = 立入検査の一式がリンクで開かれた
identity-event-token-created = APIトークンを作った
identity-event-token-revoked = APIトークンを取り消した
identity-event-setup-begun = 初期設定のリンクを作った
identity-event-setup-finished = 初期設定を終えた
identity-event-identity-provider-saved = 認証システムの設定を保存した
identity-event-identity-provider-removed = 認証システムの設定を削除した
identity-event-identity-provider-linked = アカウントを認証システムと結び付けた
