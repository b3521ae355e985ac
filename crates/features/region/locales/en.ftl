# common
region-number = { $number }
region-unit = members
region-beds-unit = beds
region-days-unit = days
region-none = none
region-cancel = Cancel
region-list-comma = ,{" "}
region-save-xlsx = Save as xlsx
region-save-pdf = Save as PDF
region-as-of = as of { $when }
region-kind-beds = { $kind }, { $beds } beds
region-clinic-without-beds = Clinic without beds
region-group-all = All members
region-statistics-pending = The figures are being made. Open this page again in a moment.
region-error-filter = The filter cannot be read. Please set it again.
region-error-export-large = More than { $limit } members cannot be written while you wait. Save from the page “State of members”.
region-error-workbook-large = More than { $limit } members are too many for one file. Narrow the filter.
region-error-document-large = More than { $limit } members are too many for a PDF. Narrow the filter or save as xlsx.

# fields
region-field-name = Name
region-field-kind = Kind
region-field-code = Institution code
region-field-beds = Permitted beds
region-field-postal_code = Postal code
region-field-address = Address
region-field-phone = Telephone
region-field-email = E-mail
region-field-representative = Representative
region-field-region_code = Region code
region-field-member_number = Member number
region-field-joined_on = Joined on
region-field-remark = Remarks
region-field-closed_on = Closed on

# columns
region-column-standing = State
region-column-sharing = Shares
region-column-answered = Answered items
region-column-applicable = Items to answer
region-column-target = Earliest target date
region-column-item = Item
region-column-label = Subject
region-column-text = Wording
region-column-group = Group
region-column-members = Members
region-column-opened = Opened
region-column-round1 = First round finished
region-column-answered-lower = Answered, first quartile
region-column-answered-median = Answered, median
region-column-answered-upper = Answered, third quartile
region-column-proven-lower = Supported, first quartile
region-column-proven-median = Supported, median
region-column-proven-upper = Supported, third quartile
region-column-contradicted = With contradictions
region-column-severity = Weight
region-column-sheet = Sheet
region-column-row = Row
region-column-column = Column
region-column-field = Field
region-column-remedy = What it is and how to mend it
region-column-since-day = Since
region-column-value = Value
region-column-recorded = Recorded
region-column-when = When
region-column-state = State
region-column-reminded = Last reminder
region-column-sent-on = Sent
region-column-delivery = By
region-column-since = Since then

# filters
region-filter-any = All
region-filter-name = Part of the name
region-filter-size = Kind and size
region-filter-year = Fiscal year
region-filter-item = Item
region-filter-cell = State of the item
region-filter-clear = Remove the filter

# state of members
region-standing-contradictions = { $count ->
    [one] 1 contradiction
   *[other] { $count } contradictions
}
region-standing-not-opened = Never opened
region-standing-incomplete = Answering { $answered }/{ $applicable }
region-standing-overdue = Target date passed
region-standing-done = First round finished
region-progress-not_opened = Never opened
region-progress-incomplete = Unfinished
region-progress-done = First round finished
region-progress-contradictions = Contradictions
region-progress-overdue = Target date passed

# roll
region-roll-title = Roll of members
region-roll-lede = { $count ->
    [one] 1 member; state of the checklist of { $year }
   *[other] { $count } members; state of the checklist of { $year }; most urgent first
}
region-roll-add = Add a member
region-roll-import = Import a roll
region-roll-empty = There are no members yet
region-roll-empty-ask = The head of the secretariat can import the roll.
region-roll-none-found = No member fits the filter
region-member-facts = On record
region-member-history = Changes
region-member-no-history = Name, kind and beds have not changed.
region-member-reminders = Reminders sent
region-member-no-reminders = No reminder was sent yet.
region-member-standing = State in { $year }
region-member-states = States of the items
region-member-open-sheet = Open the checklist
region-member-sharing-why = The member decides what it shares.
region-member-edit = Change
region-member-end = Take off the roll
region-member-remind = Send a reminder

# adding and changing
region-form-new-title = Add a member
region-form-edit-title = Change a member
region-form-identity = Institution
region-form-contact = Contact
region-form-own = Notes of the secretariat
region-form-date = Date of the change
region-form-beds-hint = Hospitals have 20 or more, clinics up to 19. Leave it empty where there are none.
region-form-code-hint = Where an institution with this code is known already, that institution becomes the member.
region-form-email-hint = Reminders go here. Where it is empty they go to the director and the safety manager.
region-form-joined-hint = Today where it is empty.
region-form-remark-hint = Not seen by other bodies or by the member.
region-form-sharing-note = Of a new member you see only whether it answered. What it answered you see as far as the member allows.
region-form-valid-from = Since when
region-form-valid-from-hint = Changes of name, kind, beds, code and region are kept with this date.
region-form-add = Add to the roll
region-form-save = Save
region-form-conflict = Somebody else saved while you were editing. Compare both, put it right and save again.
region-form-conflict-saved = Saved before
region-form-conflict-mine = What you typed
region-problem-is-member = The institution with this code is a member already. Look for it on the roll.
region-end-what = What will happen
region-end-explained = “{ $name }” is no longer a member from the day after the last day.
region-end-lists = It leaves the state of members, the comparison and the reminders. Figures of past years stay.
region-end-records = Records, answers and evidence of the institution are not removed.
region-end-back = Adding it again with the same institution code brings it back.
region-end-last-day = Last day as a member
region-end-button = Take off the roll
region-end-not-future = The last day must not lie in the future.
region-end-before-joined = The last day lies before the day of joining ({ $joined }). Give a later day.
region-flash-added = The member was added to the roll.
region-flash-joined = The known institution became a member and was told so.
region-flash-saved = The change was saved.
region-flash-ended = “{ $name }” was taken off the roll.

# import
region-import-title = Import a roll
region-import-file = Choose a file
region-import-file-label = File with the roll
region-import-accepted = Excel workbook (.xlsx) or CSV.
region-import-read = Read it and check
region-import-template = Download the template
region-import-choose = Choose a file.
region-import-how = How it goes
region-import-step-1 = Read
region-import-step-1-why = Columns are recognised by their headings. Your own roll will do as it is.
region-import-step-2 = Check
region-import-step-2-why = New members, changes and what is to be mended are shown by row and column. Nothing changes yet.
region-import-step-3 = Import
region-import-step-3-why = Everything you checked is taken over in one go.
region-import-never-removes = Members that the file does not name stay. Empty cells leave what is on record.
region-import-columns = Columns that can be used
region-import-columns-open = Show the headings
region-import-headings = Headings
region-import-needed = needed
region-import-headings-name = 名称, 施設名, 医療機関名, 会員名, name
region-import-headings-kind = 種別, 施設種別, 区分, kind (病院, 診療所, 歯科診療所, 薬局); a sheet may also be named by a kind
region-import-headings-code = 医療機関コード, 薬局コード, 施設コード, code
region-import-headings-beds = 許可病床数, 病床数, ベッド数, beds
region-import-headings-postal_code = 郵便番号, 〒, postal code
region-import-headings-address = 住所, 所在地, address (may be divided into several columns)
region-import-headings-phone = 電話, 電話番号, TEL, phone
region-import-headings-email = メール, メールアドレス, E-mail
region-import-headings-representative = 代表者, 管理者, 院長, 施設長, representative
region-import-headings-region_code = 地域コード, 地区, 医療圏, region code
region-import-headings-member_number = 会員番号, 整理番号, member number
region-import-headings-joined_on = 加入日, 入会日, joined on
region-import-headings-remark = 備考, メモ, remarks
region-import-earlier = Imports so far
region-import-none = There are no imports yet
region-import-none-why = Their results will be listed here.
region-import-result = Result
region-import-counts = { $new } new, { $changed } changed, { $unchanged } unchanged, { $errors } errors
region-import-state-pending = Waits to be checked
region-import-state-applied = Imported
region-import-state-cancelled = Dropped
region-import-state-expired = Expired
region-import-preview-title = Check before importing
region-import-done-title = Result of the import
region-import-to-roll = Open the roll
region-import-confirm = { $count ->
    [one] Import 1 member
   *[other] Import { $count } members
}
region-import-drop = Drop the import
region-import-no-headings = No row of headings was found (sheets looked at: { $sheets }). Put a row with the headings 名称 and 種別 among the first 30 rows.
region-import-missing-column = Sheet “{ $sheet }” has no heading 種別 (kind) in row { $row }. Add the column, or name the sheet by a kind such as 病院.
region-import-no-members = There are no members below the headings. Was the roll typed into another sheet or into the example?
region-import-too-many = At most { $limit } rows can be imported at once. Divide the file.
region-import-has-errors = There are { $errors } errors, so nothing can be imported. Mend the file and read it again.
region-import-roll-changed = The roll changed after the check. Please check again.
region-flash-imported = Imported ({ $new } new, { $changed } changed).
region-flash-import-gone = This import has expired or was dropped. Choose the file again.
region-flash-import-dropped = The import was dropped. The roll has not changed.
region-joined-notice = { $overseer } put your institution on its roll (body { $id }). It sees only whether you answered. If you do not know this body, ask it.

# check
region-preview-title = Content
region-preview-errors = Errors
region-preview-new = New members
region-preview-changed = Changed members
region-preview-unchanged = Unchanged members
region-preview-notices = To be looked at
region-preview-not-in-file = Not in the file
region-preview-changes = Changes
region-preview-joins = known institution
region-preview-joining = { $count } of them known institutions
region-preview-they-stay = They stay on the roll.
region-preview-none = None.
region-preview-has-errors = { $count ->
    [one] There is one error. Mend the file and read it again. Nothing is imported until then.
   *[other] There are { $count } errors. Mend the file and read it again. Nothing is imported until then.
}
region-preview-issues-xlsx = What is to be mended (xlsx)
region-preview-again = Choose the mended file
region-preview-will = { $new } new members and { $joining } known institutions will be added, { $changed } members changed. { $stay } members that the file does not name stay.
region-preview-nothing = Roll and file say the same. There is nothing to import.
region-preview-until = To be confirmed until:
region-preview-columns = Columns that were read
region-preview-header-row = Headings in row { $row }
region-preview-ignored = not imported
region-preview-page = Page { $page } of { $pages }
region-severity-error = Error
region-severity-notice = Look at

# what is wrong with a value
region-problem-kind = “{ $given }” is no kind of member. Write 病院, 診療所, 歯科診療所 or 薬局.
region-problem-beds = “{ $given }” is no number of beds. Write digits, such as 120.
region-problem-beds-hospital = A hospital has 20 to 5,000 permitted beds. Mend the beds or the kind.
region-problem-beds-clinic = A clinic has up to 19 beds, not { $beds }. Mend the beds or the kind.
region-problem-beds-pharmacy = A pharmacy has no beds, not { $beds }. Write 0 or mend the kind.
region-problem-code = “{ $given }” is no institution code. Use digits, letters and hyphens.
region-problem-postal-code = “{ $given }” is no postal code. Write seven digits, such as 760-0017.
region-problem-phone = “{ $given }” is no telephone number. Write it with the area code, such as 087-811-0000.
region-problem-email = “{ $given }” is no e-mail address. Write one address, such as info@example.jp.
region-problem-date-future = { $given } lies in the future. Give a day up to today.
region-problem-formula = The cell holds a formula. Replace it by its value.
region-problem-cell-error = The cell holds the error { $given }. Replace it by a value.
region-problem-code-twice = The same institution code stands in row { $row } of sheet “{ $sheet }”. Mend one or delete the row.
region-problem-member-twice = A member of the same name and kind stands in row { $row } of sheet “{ $sheet }”. Give code or address where it is another institution, else delete the row.
region-problem-ambiguous = The roll has { $number } members of this name and kind. Give the institution code.
region-problem-code-taken = This code belongs to an organisation of another name or kind. Check the code.
region-notice-zero = A leading zero was restored: “{ $value }”.
region-notice-code-short = The code “{ $given }” seems short. Was a leading zero lost?
region-notice-beds-missing = A clinic with beds, but no number of beds. It is taken as one without.
region-notice-same-name-file = A member of the same name and kind stands in row { $row } of sheet “{ $sheet }”. That is fine where it is another institution.
region-notice-same-name-roll = The roll has a member of the same name and kind (code { $code }). This one is added as another institution.
region-notice-identity = On the roll it is “{ $from }”. Name or kind will change.
region-notice-joins = A known institution. It joins the roll; its own records stay as they are.

# template
region-template-title = Template of a roll
region-template-sheet = Members
region-template-example-sheet = Examples
region-template-example-title = Examples (this sheet is not imported)
region-template-example-note = The institutions are fictional. Write the roll on the sheet “Members”.
region-template-rules = Name and kind are needed. Empty cells leave what is on record. Dates as 2026-04-01, 令和8年4月1日 or R8.4.1.
region-template-name-1 = (例) Fictional Harbour Hospital
region-template-name-2 = (例) Fictional Cherry Clinic
region-template-name-3 = (例) Fictional Lark Dental Clinic
region-template-name-4 = (例) Fictional Maple Pharmacy
region-template-address = 1-1 Minato, Fictional City
region-template-person-1 = Taro Kaku
region-template-person-2 = Hanako Kaku
region-template-person-3 = Jiro Kaku
region-template-person-4 = Ryoko Kaku

# matrix
region-matrix-nav = State of members
region-matrix-title = { $count ->
    [one] State of 1 member
   *[other] State of { $count } members
}
region-matrix-lede = Checklist of { $year }
region-matrix-heading = Members × items
region-matrix-views = View
region-matrix-as-table = Table
region-matrix-as-text = Text
region-matrix-status-only = Shares its progress only
region-matrix-no-sheet = Checklist never opened
region-tile-done = Members that finished the first round
region-tile-done-detail = { $percent }% of { $members } members; +{ $month } this month
region-tile-incomplete-link = Members that have not
region-tile-proof = Share of yes answers that are measured
region-tile-proof-detail = { $documented }% with documents, { $declared }% only declared
region-tile-proof-none = No yes answers yet
region-tile-contradictions = Members with contradictions
region-tile-worst = Most often: { $item } ({ $count })
region-tile-unopened = Members that never opened it
region-tile-call = Call list
region-tile-show = Show

# call list
region-call-nav = Members without an answer
region-call-title = Members to call
region-call-lede = { $count ->
    [one] { $list }: 1 member
   *[other] { $list }: { $count } members; most urgent first
}
region-call-lists = State
region-call-no-phone = no telephone
region-call-note = Called on, notes
region-call-choose = Choose for a reminder
region-call-choose-one = Choose { $name } for a reminder
region-call-remind-chosen = Remind the chosen members
region-call-remind-all = { $count ->
    [one] Remind the one member of this list
   *[other] Remind all { $count } members of this list
}
region-call-empty = No member is on this list
region-call-empty-why = Look at another state or remove the filter.

# comparison
region-comparison-nav = Comparison and trend
region-comparison-title = Comparison by kind and size
region-comparison-empty = There are no figures to compare yet
region-comparison-groups = Groups
region-comparison-answered = Answered
region-comparison-proven = Supported
region-comparison-items = Items
region-comparison-of = { $group }, { $count } members
region-comparison-rule = Groups of fewer than five members are not shown, nor groups that could be worked out from the others. States of items are those of members that share their answers.
region-suppressed = Not shown: fewer than five members, or they could be worked out.
region-suppressed-short = not shown
region-chart-answered = Share of answered items (median member)
region-chart-proven = Share of items with documents or measurements (median member)
region-quartile-range = middle half { $lower }–{ $upper }
region-own-nav = Our place among others
region-own-title = Our place among institutions like ours
region-own-among = Among the members of { $overseer }
region-own-bar = We
region-own-more = See it by item
region-own-items = Share of yes by item
region-own-yes = Share of yes
region-own-not-sharing = Supported items are not compared, because answers are not shared.
region-own-none = There is nothing to compare with
region-own-none-why = Where five or more members of a body are of your kind and size, it is shown here.
region-own-rule = Groups of fewer than five are replaced by wider ones. Shares up to 10% and from 90% are shown as a range, so that no institution can be told apart.
region-quarter-highest = highest quarter
region-quarter-above = above the median
region-quarter-below = below the median
region-quarter-lowest = lowest quarter
region-band-few = up to 10%
region-band-nearly-all = 90% or more
region-trend-title = Trend over the years
region-trend-lede = { $count } fiscal years
region-trend-done = Members that finished the first round
region-trend-proven = Items with documents or measurements (median member)
region-trend-states = States of items (all members)
region-trend-by-group = First round finished, by group
region-trend-empty = There are no years to compare yet
region-trend-empty-why = Lines are drawn as soon as there are two years.

# reminders
region-reminders-title = Reminders
region-reminders-lede = They go out by e-mail and as a notice in the program.
region-reminders-new = Send a reminder
region-reminders-empty = No reminder was sent yet
region-reminder-audience = To whom
region-audience-not_opened = Members that never opened the checklist
region-audience-incomplete = Members that have not finished the first round
region-audience-contradictions = Members with contradictions
region-audience-overdue = Members with a target date that has passed
region-audience-selected = Chosen members
region-reminder-chosen = { $count } chosen members
region-reminder-choose = Choose members from the list.
region-reminder-deadline = To be answered by
region-reminder-deadline-past = Give a day from today on.
region-reminder-pause = Rest between reminders
region-reminder-pause-hint = Members reminded within these days get nothing. 3 to 90 days.
region-reminder-subject = Subject
region-reminder-body = Text
region-reminder-places = These words are filled in for each member: { $places }
region-reminder-unknown-place = These words cannot be filled in: { $words }. Check the spelling or remove the braces.
region-reminder-selected-limit = Choose members, at most { $most }.
region-reminder-to-preview = Check text and recipients
region-reminder-preview-title = Check before sending
region-reminder-letter = Letter
region-reminder-nobody = There is nobody to send it to.
region-reminder-recipients = Recipients
region-reminder-count = { $count ->
    [one] It goes to 1 member.
   *[other] It goes to { $count } members.
}
region-reminder-resting = { $count } more fit, but were reminded within { $days } days and get nothing now.
region-reminder-more = and { $count } more
region-reminder-both-ways = Members without an address get a notice in the program only. Members that answer before it is sent get nothing.
region-reminder-send = { $count ->
    [one] Send to 1 member
   *[other] Send to { $count } members
}
region-reminder-change = Change it
region-reminder-sending = Being sent
region-reminder-sending-note = It is being sent. You may leave this page.
region-reminder-sent = Sent to
region-reminder-reached = sent to { $sent } members ({ $mailed } by e-mail)
region-reminder-facts = How it was sent
region-reminder-outcome = Members and what came of it
region-reminder-nobody-yet = It has reached nobody yet
region-reminder-nobody-yet-why = Results are shown here as soon as sending begins.
region-reminder-notice = From { $overseer }: { $subject }
region-delivery-mail = E-mail and notice
region-delivery-notice = Notice only
region-since-finished = Finished
region-since-moved = Moved on
region-since-nothing = No change
region-flash-reminder = Sending has begun.
region-flash-reminder-before = This reminder was sent already.
region-letter-not-opened = the checklist was never opened.
region-letter-incomplete = { $answered } of { $applicable } items are answered.
region-letter-contradictions = { $count ->
    [one] 1 yes answer is contradicted by records.
   *[other] { $count } yes answers are contradicted by records.
}
region-letter-overdue = a target date has passed.
region-letter-done = the first round is finished.
region-letter-no-deadline = soon
region-template-subject = Please answer the cybersecurity checklist of { "{" }年度{ "}" }
region-template-subject-contradictions = Please check contradictions in the checklist of { "{" }年度{ "}" }
region-template-subject-overdue = Please review target dates in the checklist of { "{" }年度{ "}" }
region-template-not-opened =
    To { "{" }施設名{ "}" }

    This is { "{" }差出人{ "}" }.
    On the cybersecurity checklist of { "{" }年度{ "}" }: { "{" }状況{ "}" }
    Please answer it by { "{" }締切{ "}" } on the following page. Items may stay empty, and it can be saved at any time.

    { "{" }リンク{ "}" }

    Please ask the secretariat where anything is unclear.
region-template-incomplete =
    To { "{" }施設名{ "}" }

    This is { "{" }差出人{ "}" }.
    On the cybersecurity checklist of { "{" }年度{ "}" }: { "{" }状況{ "}" }
    Please answer the remaining items by { "{" }締切{ "}" }.

    { "{" }リンク{ "}" }

    Please ask the secretariat where anything is unclear.
region-template-contradictions =
    To { "{" }施設名{ "}" }

    This is { "{" }差出人{ "}" }.
    On the checklist of { "{" }年度{ "}" }: { "{" }状況{ "}" }
    Please check it by { "{" }締切{ "}" } and mend either the answer or the record.

    { "{" }リンク{ "}" }

    Please ask the secretariat where anything is unclear.
region-template-overdue =
    To { "{" }施設名{ "}" }

    This is { "{" }差出人{ "}" }.
    On the checklist of { "{" }年度{ "}" }: { "{" }状況{ "}" }
    Please give the answer of the second round or a new target date by { "{" }締切{ "}" }.

    { "{" }リンク{ "}" }

    Please ask the secretariat where anything is unclear.

# files
region-export-title = Making a file
region-export-ready = The file is ready.
region-export-fetch = Download
region-export-until = It can be fetched until { $until }.
region-export-failed = The file could not be made. Please try again.
region-export-making = Members
region-export-leave = You may leave this page; the file is made meanwhile.
region-export-refresh = See how far it is
region-flash-export = The file is being made.
region-export-matrix = State of members, { $year }
region-export-matrix-sheet = Members × items
region-export-items-sheet = Items
region-export-groups-sheet = Groups
region-export-day = Made on
region-export-filter = Filter
region-export-states = Verified = measured; documented = with evidence; declared = answered only; contradiction = records speak against a yes
region-export-roll = Roll of members
region-export-issues = To be mended
region-export-comparison = Comparison by kind and size, { $year }
region-export-trend = Trend over the years
region-export-reminders = Reminders
region-export-recipients = Members reminded

# home
region-home-title = { $count ->
    [one] 1 member
   *[other] { $count } members
}
region-todo-contradictions = { $count ->
    [one] Look into contradictions of 1 member
   *[other] Look into contradictions of { $count } members
}
region-todo-contradictions-why = Records speak against a yes. Help them before the inspection finds it.
region-todo-overdue = { $count ->
    [one] Ask 1 member to review its target dates
   *[other] Ask { $count } members to review target dates
}
region-todo-overdue-why = Target dates of items answered no have passed.
region-todo-unopened = { $count ->
    [one] Call 1 member that never opened it
   *[other] Call { $count } members that never opened it
}
region-todo-unopened-why = Who never opened the checklist may not know of it.
region-todo-incomplete = { $count ->
    [one] Help 1 member to finish
   *[other] Help { $count } members to finish
}
region-todo-incomplete-why = Who began and stopped may be stuck at an item.
region-todo-import = Check the import of a roll
region-todo-import-why = “{ $file }” waits to be checked. It expires unless confirmed.
region-todo-look = Look
region-todo-call = Open the list
