evidence-library = Evidence
evidence-library-lede = Documents and photos behind your answers. What ends first comes first.
evidence-add = Add evidence
evidence-add-first = Add the first piece
evidence-save-xlsx = Save as xlsx
evidence-states = State
evidence-unit = pieces
evidence-any = All
evidence-search = Search by name
evidence-sheet = Sheet
evidence-order = Order
evidence-order-urgency = First to end
evidence-order-newest = Newest
evidence-only-item = Only the evidence of this item is shown
evidence-show-all = Show all

evidence-state-active = All
evidence-state-current = Current
evidence-state-expiring = Ending soon
evidence-state-expired = Expired
evidence-state-unlinked = Unused
evidence-state-withdrawn = Withdrawn

evidence-none = There is no evidence yet
evidence-none-why = Add contracts, procedures or pictures of settings, and a "yes" on the checklist rises from declared to documented.
evidence-none-found = No evidence fits the filter
evidence-none-expired = No evidence has expired
evidence-none-expiring = No evidence ends within 30 days
evidence-none-unlinked = All evidence stands behind an item
evidence-none-withdrawn = No evidence was withdrawn

evidence-kind-document = Document (rules, procedures, ledgers)
evidence-kind-contract = Contract
evidence-kind-photo = Photo
evidence-kind-screenshot = Picture of a screen
evidence-kind-certificate = Certificate or disclosure
evidence-kind-log = Log or exported settings
evidence-kind-other = Other

evidence-media-pdf = PDF
evidence-media-png = PNG picture
evidence-media-jpeg = JPEG picture
evidence-media-webp = WebP picture
evidence-media-heic = HEIC picture
evidence-media-text = Text
evidence-media-csv = CSV
evidence-media-docx = Word
evidence-media-xlsx = Excel
evidence-media-pptx = PowerPoint

evidence-title = Title
evidence-title-hint = A name that an inspector understands, such as "Maintenance contract of the medical records system".
evidence-kind = Kind
evidence-issued-on = Issued or taken on
evidence-expires-on = Valid until
evidence-expires-on-hint = The last day on which it counts. You are reminded 30 days, 7 days and 1 day before, and when it has ended. Leave empty where there is no end.
evidence-note = Note
evidence-note-hint = Where to look, such as "section 8: who applies updates".
evidence-file = File
evidence-file-name = File name
evidence-file-received = "{ $name }" ({ $size }) was received. You need not send it again.
evidence-accepted = PDF, pictures (PNG, JPEG, WebP, HEIC), text, CSV, and Word, Excel or PowerPoint without macros.
evidence-items = Items it stands behind
evidence-items-hint = You can add items later. One piece can stand behind several.
evidence-item-none = There is no evidence for this item yet.
evidence-item-unknown = An item that cannot be shown
evidence-size = Size
evidence-hash = Hash of the content (SHA-256)
evidence-validity = Validity
evidence-currency = State
evidence-until = until
evidence-no-end = No end
evidence-added = Added
evidence-added-by = Added by
evidence-linked-on = Attached
evidence-actions = Actions
evidence-facts = About this piece
evidence-of-item = Evidence of this item
evidence-version = Version
evidence-versions = Versions
evidence-version-number = version { $number }
evidence-history = What happened
evidence-when = When
evidence-who = Who
evidence-what = What
evidence-detail = Detail
evidence-by-program = The program

evidence-current = Current
evidence-expired = Expired
evidence-expiring = Ending soon
evidence-ends-today = Ends today
evidence-days-left = { $days ->
    [one] 1 day left
   *[other] { $days } days left
  }
evidence-days-over = { $days ->
    [one] Expired 1 day ago
   *[other] Expired { $days } days ago
  }
evidence-withdrawn = Withdrawn
evidence-unlinked = Unused
evidence-unlinked-why = It stands behind no item yet.

evidence-event-added = Added
evidence-event-version = New version
evidence-event-changed = Corrected
evidence-event-attached = Attached to an item
evidence-event-detached = Detached from an item
evidence-event-withdrawn = Withdrawn
evidence-event-restored = Withdrawal undone

evidence-save = Save
evidence-cancel = Cancel
evidence-edit = Correct title or dates
evidence-open = Open
evidence-save-file = Save file
evidence-to-details = Details
evidence-new-version = Replace with a new version
evidence-new-version-lede = Send a new version of "{ $title }". The present one stays on record, and the items it stands behind ({ $links }) stay.
evidence-save-version = Save this version
evidence-attach = Attach to this item
evidence-attach-more = Attach to items
evidence-from-library = Choose from the library
evidence-detach = Detach
evidence-withdraw = Withdraw
evidence-withdraw-means = When you withdraw "{ $title }", it no longer counts for the items it stands behind ({ $links }). File and record stay, and you can undo it.
evidence-reason = Why it is withdrawn
evidence-restore = Undo the withdrawal
evidence-theirs = What was saved first
evidence-yours = What you typed

evidence-withdrawn-why = Withdrawn on { $date }. Reason: { $reason }
evidence-expired-why = It ended { $days } days ago. It does not count for the items it stands behind ({ $links }).
evidence-expiring-why = { $days ->
    [0] It ends today.
    [one] It ends tomorrow.
   *[other] It ends in { $days } days.
  }

evidence-no-viewer = This browser cannot show PDF here.
evidence-no-preview = This format cannot be shown here. Save it and open it with the program it belongs to.
evidence-encoding = Encoding: { $encoding }
evidence-text-cut = Only the first { $size } are shown.

evidence-saved = "{ $title }" was saved.
evidence-version-saved = Version { $number } was saved.
evidence-changed = The correction was saved.
evidence-attached = { $count ->
    [0] It is attached already.
    [one] Attached to 1 item.
   *[other] Attached to { $count } items.
  }
evidence-detached = Detached. The piece itself is still there.
evidence-withdrawn-now = Withdrawn. The record stays.
evidence-restored = The withdrawal was undone.

evidence-refused-empty = The file is empty. Choose one with content.
evidence-refused-program = Programs, and files that run something when opened, are not taken. Send a picture of the screen or a PDF.
evidence-refused-markup = HTML, SVG and XML are not taken. Print it to PDF and send that.
evidence-refused-macros = Office files with macros are not taken. Save it without macros (docx, xlsx, pptx) or as PDF.
evidence-refused-old_office = The file is in an old Office format (doc, xls, ppt) or protected by a password. Remove the password and save it as docx, xlsx, pptx or PDF.
evidence-refused-archive = Archives are not taken. Take the files out and send them one by one.
evidence-refused-bomb = The file would unpack to an absurd size. Save it as PDF and send that.
evidence-refused-damaged = The file is damaged or cut. See whether the original opens, and send it again.
evidence-refused-private_key = The file holds a private key. Do not file private keys as evidence; send only the certificate. If anybody else had this key, make a new one.
evidence-refused-unknown = The kind of file is not known. Send PDF, a picture, or text in UTF-8 or Shift_JIS.
evidence-error-too-large = The file is too large. { $megabytes } MB are taken. Shrink photos, or send only the pages that matter.
evidence-error-interrupted = The upload broke off. Nothing was saved. Check the connection and send it again.
evidence-error-field-too-large = What you typed is too long. Shorten it and send it again.
evidence-error-no-file = There is no file.
evidence-error-item = The item is not on this institution's checklists. Open the page again and choose once more.
evidence-error-no-item = No item was chosen.
evidence-error-withdrawn = The piece was withdrawn. Undo the withdrawal first.
evidence-error-issued-in-future = "Issued or taken on" is after today. Check the year.
evidence-error-expires-before-issue = "Valid until" is before the day of issue. Check both dates.
evidence-error-expires-too-far = "Valid until" is more than 30 years away. Check the year, or leave it empty if there is no last day.
evidence-error-changed-meanwhile = Somebody else saved while you were typing. Compare the two below, correct what is needed, and save again.
evidence-error-unknown-value = This value is not known.

evidence-probe-none = No evidence stands behind an item.
evidence-probe-current = All { $linked } pieces behind items are current.
evidence-probe-expiring = All { $linked } pieces behind items are current; { $expiring } of them end within 30 days.
evidence-probe-expired = Of { $linked } pieces behind items, { $expired } have expired.

evidence-todo-expired = Replace expired evidence
evidence-todo-expired-why = { $count ->
    [one] A piece behind the checklist has expired and no longer counts for its "yes".
   *[other] { $count } pieces behind the checklist have expired and no longer count for their "yes".
  }
evidence-todo-expiring = Check evidence that ends soon
evidence-todo-expiring-why = { $count ->
    [one] A piece behind the checklist ends within 30 days.
   *[other] { $count } pieces behind the checklist end within 30 days.
  }
evidence-todo-button = See evidence

evidence-notice-expiring = The evidence "{ $title }" ends in { $days } days.
evidence-notice-today = The evidence "{ $title }" ends today.
evidence-notice-expired = The evidence "{ $title }" has expired. Replace it with a new one.
evidence-notice-several = { $count ->
    [one] 1 piece of evidence ends soon or has expired.
   *[other] { $count } pieces of evidence end soon or have expired.
}
evidence-mail-subject = [Yagura] Evidence that ends ({ $count })
evidence-mail-body =
    Evidence behind your checklist ends soon or has ended.

    { $list }

    If you have a newer one, please replace it.
    { $link }
evidence-mail-expiring = - { $title }, until { $date } ({ $days } days left)
evidence-mail-expired = - { $title }, until { $date } (expired)
evidence-mail-more = and { $count } more
