# Page frame
frame-skip = Skip to content
frame-navigation = Main pages
frame-crumbs = You are here
frame-acting-for = Acting for
frame-notices = Notices
frame-emergency = Under attack?
frame-menu = Menu
frame-switch = Switch organisation
frame-account = Account
frame-sign-out = Sign out
frame-visitor = Reading link
frame-visitor-leave = Stop reading
frame-waiting = waiting
frame-demo = Sample data
frame-demo-words = All institutions and people on this page are fictional.
page-print = Print

# Proof states
state-verified = Verified
state-documented = Documented
state-declared = Declared
state-no = No
state-contradiction = Contradiction
state-unanswered = Unanswered
state-not_applicable = Not applicable
state-letter-verified = Ve
state-letter-documented = Do
state-letter-declared = De
state-letter-no = No
state-letter-contradiction = !
state-letter-unanswered = –
state-letter-not_applicable = /

# Roles
role-director = Director
role-safety_manager = Information system safety manager
role-department_head = Head of department
role-staff = Staff member
role-planning_manager = Planning manager
role-system_operator = System operator
role-contract_desk = Contract desk
role-procurement_desk = Procurement desk
role-personnel_desk = Personnel desk
role-clinical_records_desk = Clinical records desk
role-vendor_manager = Vendor manager
role-vendor_staff = Vendor staff
role-regional_manager = Regional office manager
role-regional_staff = Regional office staff
role-inspector = Inspector
role-administrator = System administrator

# Kinds of organisation
organization-kind-hospital = Hospital
organization-kind-clinic = Clinic
organization-kind-dental_clinic = Dental clinic
organization-kind-pharmacy = Pharmacy
organization-kind-network = Regional medical network
organization-kind-association = Professional association
organization-kind-municipality = Municipality or health centre
organization-kind-prefecture = Prefecture
organization-kind-nation = Nation
organization-kind-vendor = Vendor
organization-kind-department = Department
organization-kind-operator = Operator

# Groups of comparison
size-group-hospital_large = Hospital (400 beds or more)
size-group-hospital_medium = Hospital (200–399 beds)
size-group-hospital_small = Hospital (up to 199 beds)
size-group-clinic_with_beds = Clinic with beds
size-group-clinic_without_beds = Clinic without beds
size-group-dental = Dental clinic
size-group-pharmacy = Pharmacy

# Sharing levels
sharing-level-status = Only whether it was answered
sharing-level-answers = Answers and proof levels
sharing-level-evidence = Also the list of evidence
sharing-level-detail = Also files, remarks and history

# Dates and times
time-just-now = just now
time-today = today
time-minutes-ago = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
time-hours-ago = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
time-days-ago = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
time-days-ahead = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}
time-months-ago = { $count ->
    [one] { $count } month ago
   *[other] { $count } months ago
}
time-months-ahead = { $count ->
    [one] in { $count } month
   *[other] in { $count } months
}
time-years-ago = { $count ->
    [one] { $count } year ago
   *[other] { $count } years ago
}
time-years-ahead = { $count ->
    [one] in { $count } year
   *[other] in { $count } years
}
due-overdue = { $days ->
    [one] { $days } day overdue
   *[other] { $days } days overdue
}
due-today = due today
due-left = { $days ->
    [one] { $days } day left
   *[other] { $days } days left
}

# Components
note-info = Note:
note-success = Done:
note-caution = Please check:
note-late = Time limit:
note-danger = Important:
progress-words = { $done } of { $total } ({ $percent }%)
chart-what = What
chart-bar = Bar
chart-value = Value
chart-against = Compared with
chart-as-table = Show as a table

# Lists
list-pages = Pages
list-all = { $total } { $unit } in all
list-range = { $first }–{ $last } of { $total } { $unit }
list-part = { $shown } of { $total } { $unit }
list-previous = Previous
list-next = Next
list-filter = Filter
list-filter-apply = Filter
list-filter-clear = Clear the filter

# Input
form-required = Required
form-errors = { $count ->
    [one] Please check { $count } entry
   *[other] Please check { $count } entries
}
form-date-hint = Write 2026-11-21, 令和8年11月21日 or R8.11.21.
form-error-required = Please fill in “{ $label }”.
form-error-choose = Please choose “{ $label }”.
form-error-too-long = “{ $label }” may have up to { $longest } characters; it has { $length }.
form-error-number = “{ $label }” must be a whole number from { $least } to { $most }.
form-error-date = “{ $given }” in “{ $label }” is not a date. Write it as 2026-11-21 or R8.11.21.
form-error-date-ambiguous = The year “{ $given }” in “{ $label }” could be several years. Write four digits or the era.
form-error-date-era-zero = “{ $label }”: { $era } has no year 0. Its first year is 1.
form-error-date-era = “{ $label }”: { $given } lies outside that era. Did you mean { $right }?
form-error-date-month = “{ $label }”: there is no month { $month }.
form-error-date-day = “{ $label }”: month { $month } of { $year } has no day { $day }. Its last day is { $last }.
form-error-date-year = “{ $label }”: the year { $year } is not between 1868 and 2200.
form-draft-restored = What you had typed is back. It is not saved yet.
form-draft-older = There is text that you typed and did not save. Somebody saved another version since.
form-draft-restore = Bring back what I typed
form-draft-discard = Discard what I typed

# Sending files
upload-label = Progress of sending
upload-limit = Up to { $megabytes } MB each.
upload-words = {"{done}"} of {"{total}"} MB ({"{percent}"}%)
upload-failed = The file could not be sent. Please check the connection and send it again.
upload-cancel = Stop sending
upload-too-large = “{"{name}"}” has {"{megabytes}"} MB, more than can be sent.

# Parts that scripts bring to life
passkey-cancelled = The passkey was not used. Please try again.
passkey-known = This device has a passkey here already.
passkey-failed = The passkey could not be begun. Please load the page again and try once more.
copy-do = Copy
copy-done = Copied
select-all = Choose all
select-count = Chosen:
