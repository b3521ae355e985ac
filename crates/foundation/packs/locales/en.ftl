# Import of packs
pack-import-too-large = The file is too large ({ $actual } bytes). Keep it within { $limit } bytes.
pack-import-not-utf8 = There are characters that are not UTF-8. Save the file as UTF-8.
pack-import-unknown-format = The kind of file is not known. Choose TOML, YAML, an OSCAL catalog (JSON) or a CISO Assistant library (YAML).
pack-import-syntax = The { $format } is broken ({ $detail }). Mend that place.
pack-import-too-deep = Values are nested deeper than { $limit }. Make the structure flatter.
pack-import-too-many-values = There are more than { $limit } values. Divide the content. What YAML aliases (*) repeat counts too.
pack-import-too-much-text = All texts together have more than { $limit } bytes. Divide the content.
pack-import-text-too-long = A text has more than { $limit } characters. Shorten it.
pack-import-too-many-items = There are more than { $limit } items. Divide the content.
pack-import-shape = This is not of the expected form ({ $detail }). Mend that place.
pack-import-missing = "{ $field }" is missing. Add it.
pack-import-no-header-row = No header row was found. Choose a sheet with a row that names チェック項目 beside 確認結果 or 備考.
pack-import-no-items = No items were found. Check that rows begin with ids such as 2-⑥ or (1).
pack-import-duplicate-row = The row { $row } occurs twice in one class. Correct one of the ids.
pack-import-unknown-fiscal-year = The fiscal year of the form is not known. State it.
pack-import-unknown-sheet = It is not known whether this is the institution's or the vendor's sheet. State which.
pack-import-unsound = The content has { $count } errors. The first: { $first }

# Places
pack-import-place-file = the file as a whole
pack-import-place-line = line { $line }, column { $column }
pack-import-place-pointer = at { $pointer }
pack-import-place-cell = sheet "{ $sheet }", row { $row }, column { $column }

# Notices
pack-notice-row-without-id = There are boxes for an answer but no id; left out: { $text }
pack-notice-text-left-out = It is not known to which row this belongs; left out: { $text }
pack-notice-assumed-date = The date of publication is not known and was assumed. State the right one.
pack-notice-guessed-language = Japanese or English was judged by the characters.
pack-notice-not-carried = { $what } is not imported ({ $count }).

# Verification
pack-bad-id = "{ $value }" cannot be an id. Use lower-case letters, digits and hyphens only.
pack-duplicate-key = The key "{ $value }" occurs twice. Choose another.
pack-duplicate-row = The row { $value } occurs twice in one class.
pack-empty = There are no items.
pack-missing-text = The text is missing.
pack-missing-translation = The text in language { $language } is missing.
pack-validity-reversed = The validity ends before it begins.
pack-validity-outside-fiscal-year = The validity lies outside the fiscal year.
pack-missing-fiscal-year = The fiscal year is missing.
pack-since-after-fiscal-year = The row's first year is later than the year of this form.
pack-since-contradicts-lineage = The row's first year and its lineage contradict each other.
pack-lineage-to-self = { $value } of the same form is named as a predecessor.
pack-broken-lineage = The predecessor { $value } does not exist.
pack-broken-counterpart = The corresponding row { $value } does not exist.
pack-unknown-probe = This program has no probe "{ $value }".
pack-unknown-topic = There is no guidance on "{ $value }".
pack-missing-guidance = There is no guidance.
pack-thin-guidance = The guidance names no evidence or no inspector's question.
pack-unverified-wording = { $unverified } of { $total } were not compared with the official wording.
pack-bad-phone = "{ $value }" is not a telephone number. Write digits and hyphens.
pack-bad-url = "{ $value }" is not an address that begins with https://.

# Adding and exporting
pack-library-conflict = { $id } version { $version } is registered with other content. Raise the version.
pack-export-not-a-checklist = Only checklists can be written in this format.
pack-export-failed = It could not be written. Tell the administrator.

# Target dates
pack-target-date-without-no = A target date is entered only where the first answer is いいえ.
pack-target-date-outside-year = The target date must lie between { $first } and { $last }.

# Changes between years
pack-change-new = New row
pack-change-reworded = The wording changed
pack-change-merged = Several rows became one
pack-change-split = One row became several
pack-change-became-required = A reference row became a formal one
pack-change-device-class = Asked about other devices
pack-change-removed = Row that is gone

# Forms of the desk
form-fault-no-fields = The form asks nothing. Add a field.
form-fault-no-steps = Nobody decides. Add a step to the route.
form-fault-nothing-decides = No step decides in every case. Add one that decides without a condition.
form-fault-too-many = There are more than { $value }. Divide the form.
form-fault-bad-id = "{ $value }" cannot be an id. Use lower-case letters, digits and hyphens only.
form-fault-duplicate-id = The id "{ $value }" occurs twice. Choose another.
form-fault-missing-name = The name is missing.
form-fault-no-choices = There is nothing to choose from. Add a choice.
form-fault-unknown-field = The field "{ $value }" is not in this form. Choose another.
form-fault-unknown-answer = The field "{ $value }" has no answer "{ $answer }". Choose another.
form-fault-condition-cycle = Whether "{ $value }" is asked depends on itself. Take one of the conditions away.
form-fault-no-approver = The step has no approver. Choose a seat.
form-fault-seat-twice = One seat occurs twice in the step. Take one away.
form-fault-unknown-step = The step "{ $value }" is not in this route. Choose another.
form-fault-route-loop = The route comes back to "{ $value }" and would never end. Change after which step it begins.
form-fault-bad-days = Give the time in days, from 1 to { $value }.
form-fault-carried-out-too-early = This would be carried out before "{ $value }" decides. Put it after that step.
form-fault-empty-seat = Nobody holds this seat ({ $value }), and there is neither a safety manager nor a director to whom it could fall. Give somebody the role, or choose another seat.
form-fault-unknown-ledger-field = The ledger has no field "{ $value }".
form-fault-ledger-field-twice = The ledger's field "{ $value }" is filled twice.
form-fault-missing-ledger-field = The ledger needs "{ $value }". Fill it from a required field.
form-fault-not-a-date = "{ $value }" is not a date. Choose a field of that kind.
