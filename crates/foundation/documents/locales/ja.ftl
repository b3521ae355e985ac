# 取り込みファイルの読み取り
tabular-empty-file = ファイルの中身がありません。正しいファイルを選んでください。
tabular-no-rows = ファイルに値の入った行がありません。1枚目の表示されているシートに表があるか確認してください。
tabular-file-too-large = ファイルが大きすぎます({ $actual } MB)。{ $limit } MB以下にしてください。
tabular-unpacks-too-large = ファイルを展開すると{ $limit } MBを超えるため、読み取りを中止しました。表だけを新しいブックに写して保存し直してください。
tabular-too-many-parts = ブックの中の部品が{ $limit }個を超えています。表だけを新しいブックに写して保存し直してください。
tabular-too-many-rows = シート「{ $sheet }」の{ $limit }行より下に値があります。{ $limit }行以内に収めるか、ファイルを分けてください。
tabular-too-many-columns = シート「{ $sheet }」の{ $row }行{ $column }列に値があります。{ $limit }列以内に収めてください。
tabular-cell-too-long = シート「{ $sheet }」の{ $row }行{ $column }列の文字数が{ $limit }文字を超えています。短くしてください。
tabular-too-much-text = 表の文字の合計が{ $limit } MBを超えています。ファイルを分けてください。
tabular-encrypted = パスワードで保護されたファイルは読み取れません。保護を外して保存し直してください。
tabular-damaged = ファイルが壊れているか、途中で切れています。表計算ソフトで開けるか確認し、保存し直してください。
tabular-misencoded = { $line }行目({ $byte }バイト目)に{ $encoding }として読めない文字があります。表計算ソフトで開き、「CSV UTF-8」または Excel ブック(.xlsx)で保存し直してください。
tabular-unterminated-quote = { $line }行目の引用符(")が閉じられていません。{ $row }行目の値を確認してください。
tabular-kind-legacy-workbook = 古い形式の Excel ファイル(.xls)です。Excel ブック(.xlsx)で保存し直してください。
tabular-kind-binary-workbook = バイナリ形式の Excel ファイル(.xlsb)です。Excel ブック(.xlsx)で保存し直してください。
tabular-kind-open-document = OpenDocument 形式のファイルです。Excel ブック(.xlsx)または CSV で保存し直してください。
tabular-kind-office-document = 表計算のファイルではありません(Word や PowerPoint の文書です)。Excel ブック(.xlsx)または CSV を選んでください。
tabular-kind-archive = 圧縮ファイルです。展開して、中の Excel ブック(.xlsx)または CSV を選んでください。
tabular-kind-pdf = PDF からは表を読み取れません。元の Excel ブック(.xlsx)または CSV を選んでください。
tabular-kind-picture = 画像からは表を読み取れません。Excel ブック(.xlsx)または CSV を選んでください。
tabular-kind-web-page = 中身が Web ページ(HTML)のファイルです。表計算ソフトで開き、Excel ブック(.xlsx)で保存し直してください。
tabular-kind-binary = 表として読めないファイルです。Excel ブック(.xlsx)または CSV を選んでください。

# 表計算ファイルの作成
spreadsheet-failed = 表計算ファイルを作成できませんでした。時間をおいてもう一度お試しください。

# PDF の作成
document-template = 帳票を組版できませんでした。管理者に連絡してください。
document-export = PDF を作成できませんでした。管理者に連絡してください。
document-data = 帳票のデータを用意できませんでした。管理者に連絡してください。
document-too-large = 帳票が大きすぎるため作成できません({ $actual }件)。{ $limit }件以内に絞ってください。
document-too-much-text = 帳票の文字数が多すぎるため作成できません({ $actual }文字)。{ $limit }文字以内に減らしてください。

# 一括ファイル(zip)の作成
archive-unsafe-name = 「{ $name }」は一括ファイルの中の名前に使えません。
archive-duplicate-name = 「{ $name }」という名前が二つあります。
archive-failed = 一括ファイルを作成できませんでした。ディスクの空きを確認してください。
