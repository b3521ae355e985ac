# Navigation
checklist-nav = Checklist
self-check-nav = Nine principles
checklist-title = Checklist { $year }
checklist-title-vendor = Vendor sheet { $year } ({ $vendor })
checklist-year = Fiscal year
checklist-back-to-sheet = Back to the checklist
checklist-navigation = Items
checklist-neighbours = Items before and after
checklist-previous = Previous:
checklist-next = Next:

# Beginning
checklist-not-opened = The checklist of { $year } has not been started.
checklist-open = Start this year's checklist
checklist-open-hint = Last year's answers and evidence can be taken over, each after you have looked at it.
checklist-open-who = It can be started by the director, the safety manager, the planning manager or a system operator.
checklist-opened = The checklist is open. Please answer the questions on this page first.
checklist-other-years = Checklists of other years
checklist-answered-rows = Items answered
checklist-rows-to-answer = Items to answer
checklist-error-year = { $year } cannot be read as a fiscal year. Give the calendar year of its April.
checklist-error-year-ahead = { $year } has not begun. It can be started from 1 April.
checklist-error-no-edition = There is no form for { $year } or a year before it. Ask the administrator to import one.
checklist-error-version = Send the version that you read (version or If-Match).
checklist-error-conflict = Somebody else changed it first. Look at what stands now and send again with its version.
checklist-error-draft = The sheet of the year before offers no draft for this item.

# The year
checklist-lede = The aim is that every item becomes "Yes" within the fiscal year.
checklist-progress = Progress
checklist-progress-rows = Items answered
checklist-progress-states = State of the items:
checklist-next-target = Next target date
checklist-start = Start answering
checklist-continue = Go on answering
checklist-drafts = Take over last year's answers
checklist-news = What changed since last year
checklist-quick = Answer everything in one table
checklist-history = History of changes
checklist-home-open = Open the checklist
checklist-round1-done = The first confirmation is complete for every item.
checklist-contradictions = { $count ->
    [one] One item says "Yes" and a measurement says otherwise.
   *[other] { $count } items say "Yes" and measurements say otherwise.
  }
checklist-contradictions-what = Look at the actual state and mend it, or enter "No" with a target date.
checklist-show = Items shown
checklist-show-all = All
checklist-show-unanswered = Unanswered
checklist-show-no = No
checklist-show-contradiction = Contradiction
checklist-show-new = New items
checklist-show-none = No item is like that.
checklist-show-all-rows = Show all items
checklist-column-item = Item
checklist-column-state = State
checklist-column-date = Confirmed, target
checklist-column-before = Year before
checklist-column-answer = Answer
checklist-new-row = new this year
checklist-unverified = wording not verified
checklist-unverified-what = The number, class or wording of this item has not been compared with the ministry's official form. Compare them before you show it to an inspector.
checklist-all-unverified = The numbers, classes and wordings of this year's form have not been compared with the ministry's official form. Compare them before you show the sheet to an inspector.
checklist-about = About this form
checklist-about-edition = Form
checklist-about-version = Version of the data
checklist-about-source = Source
checklist-about-unverified = { $count ->
    [one] The wording of one item has not been compared with the official form; it is marked.
   *[other] The wording of { $count } items has not been compared with the official form; they are marked.
  }
checklist-about-row = Where this wording is from

# Head of the sheet
checklist-head = Head of the sheet
checklist-head-title = Medical information systems and contracts with vendors
checklist-head-change = Change the head of the sheet
checklist-head-saved = The head of the sheet was saved.
checklist-head-conflict = Somebody else changed this first. It now says what follows. What you entered is still in the form below.
checklist-gate = Medical information systems
checklist-gate-open = First say whether there are medical information systems. It is the first thing an inspector looks at.
checklist-gate-answer = Say whether there are systems
checklist-gate-is-no = As there are no medical information systems, the other items need no answer.
checklist-gate-hint = Every system that handles medical information counts: electronic charts, billing computers, ordering and so on.
checklist-gate-keeps = { $count ->
    [one] With "No", the one answer given so far is kept.
   *[other] With "No", the { $count } answers given so far are kept.
  }
checklist-vendor-contract = Contract with a vendor
checklist-vendor-contract-question = Is there a contract with a vendor of medical information systems?
checklist-vendor-contract-hint = With "No", the items on remote maintenance and on the disclosure statements (MDS/SDS) do not apply.
checklist-vendor-contract-doubt = { $count ->
    [one] It says that there is no contract, and one vendor is on record. Please check which is right:
   *[other] It says that there is no contract, and { $count } vendors are on record. Please check which is right:
  }
checklist-confirmed-on = Confirmation date of the sheet
checklist-confirmed-on-hint = The day on which the whole sheet was looked through. It can be entered later.

# An item
checklist-asked-of = Asked about:
checklist-answer = Confirmation
checklist-yes = Yes
checklist-no = No
checklist-nothing = nothing entered
checklist-round-first = First confirmation
checklist-round-second = Second confirmation
checklist-round-words = { $answer } ({ $date })
checklist-second-not-yet = Not yet
checklist-second-hint = Fill this in when you have looked again, for example after the target date.
checklist-second-on-hint = Left empty, it becomes today.
checklist-second-later = The second confirmation can be entered after the first has been saved.
checklist-date-first = Date of the first confirmation
checklist-date-second = Date of the second confirmation
checklist-date-gate = Date of this confirmation
checklist-date-vendor-contract = Date on which the contract was looked up
checklist-date-confirmation = Confirmation date of the sheet
checklist-target = Target date
checklist-target-hint = Only for "No". It must be a day up to { $last }.
checklist-remark = Remark
checklist-remark-hint = Up to 2,000 characters. Clauses of contracts or the place of a device help to explain at an inspection.
checklist-save = Save
checklist-save-next = Save and next
checklist-saved = { $item } was saved.
checklist-clear = Clear the answer of this item
checklist-clear-confirm = The answer of this item will be cleared. It stays in the history of changes.
checklist-cleared = The answer of { $item } was cleared. It stays in the history of changes.
checklist-recorded-by = Saved by { $name },
checklist-recorded = Saved
checklist-by = (entered by { $name })
checklist-somebody = somebody else
checklist-not-shared = The institution does not share its remarks.
checklist-answer-kept = What was entered before is kept:
checklist-not-applicable-gate = As there are no medical information systems, this item needs no answer.
checklist-not-applicable-contract = As there is no contract with a vendor, this item does not apply.
checklist-contradiction-here = It says "Yes", and a measurement says otherwise.
checklist-contradiction-mend = Mend the actual state, or enter "No" with a target date.
checklist-line-first = first { $round }
checklist-line-target = target { $date }
checklist-line-second = second { $round }
checklist-line-separator = , { "" }

# Evidence and measurements
checklist-evidence = Evidence
checklist-evidence-not-shared = The institution does not share its list of evidence.
checklist-evidence-vendor = Evidence is kept by the medical institution.
checklist-measured = What was measured
checklist-column-probe = By what it was checked
checklist-column-outcome = Result
checklist-column-when = When
checklist-coverage = { $covered } of { $total }
checklist-supports-only = For information. This alone proves nothing.
checklist-valid-until = holds until { $until }
checklist-measurement-stale = It is too old and does not count.
checklist-outcome-satisfied = fulfilled
checklist-outcome-violated = not fulfilled
checklist-outcome-unknown = unknown
probe-name-safety-manager-appointed = Appointment of the safety manager
probe-name-account-two-factor = Two factors of Yagura's users
probe-name-evidence-current = Validity of the evidence
probe-name-contact-chart-confirmed = Confirmation of the contact chart
probe-name-register-complete = Comparison of the register of devices with the network
probe-name-remote-maintenance-confirmed = Vendors' confirmation of remote maintenance
probe-name-source-restricted = Restriction of the source of external connections
probe-name-permissions-recertified = Recorded and recertified permissions
probe-name-media-kept = Ledgers of media and exports
probe-name-services-on-servers = Comparison of services on servers
probe-name-services-on-terminals = Comparison of services on terminal PCs
probe-name-vulnerabilities-in-time = Vulnerabilities dealt with in time
probe-name-accounts-of-staff = Accounts held against the staff list
probe-name-administrators-granted = Administrator rights held against permissions
probe-safety-manager-is = On record as safety manager for medical information systems: { $names }.
probe-safety-manager-none = As of today nobody is on record as safety manager for medical information systems.
probe-two-factor-counts = { $with } of { $accounts } users of Yagura have set up a second factor.
probe-two-factor-no-accounts = Nobody uses Yagura here, so nothing can be measured.

# How to get there
checklist-guidance = How to get there
checklist-stage-prepare = Prepare
checklist-stage-carry-out = Carry out
checklist-stage-strengthen = Strengthen
checklist-guidance-evidence = What counts as evidence
checklist-guidance-inspector = What an inspector asks
checklist-guidance-dated = Changes of the rule

# Mistakes
checklist-problem-unknown-item = This form has no item "{ $key }".
checklist-problem-gate-is-no = As it says that there are no medical information systems, this item cannot be answered. First change that to "Yes".
checklist-problem-no-vendor-contract = As it says that there is no contract with a vendor, this item cannot be answered. If there is one, first change that to "Yes".
checklist-problem-date-missing = Enter the "{ $date }".
checklist-problem-answer-missing = There is a date in "{ $date }". Choose "Yes" or "No", or clear the date.
checklist-problem-in-future = "{ $date }" must not be later than today ({ $today }).
checklist-problem-before-year = "{ $date }" must not be before { $first }, when this fiscal year began.
checklist-problem-no-second-round = The form of this year has no second confirmation.
checklist-problem-second-without-first = Enter the first confirmation before the second.
checklist-problem-second-before-first = The second confirmation must not be before the first ({ $first }).
checklist-problem-target-without-no = A target date is entered only for "No". Clear it, or change the answer to "No".
checklist-problem-target-outside-year = The target date must be from { $first } to { $last }.
checklist-problem-target-before-answer = The target date must not be before { $answered }, when "No" was confirmed.
checklist-problem-remark-too-long = The remark may have { $longest } characters; it has { $length }.
checklist-problem-no-gate-row = This form does not ask whether there are medical information systems.
checklist-problem-no-confirmation-date = The form of this year has no confirmation date.

# Two at once
checklist-conflict-title = Somebody else saved first
checklist-conflict-what = { $name } saved this item before you did.
checklist-conflict-nothing-lost = What you entered was not saved; it is still in the form below.
checklist-conflict-theirs = Saved by { $name }
checklist-conflict-mine = Entered by you
checklist-conflict-decide = Decide
checklist-conflict-how = The form holds what you entered; the remark holds both. Change it and save, or keep what the other saved.
checklist-conflict-save = Save this
checklist-conflict-keep-theirs = Keep what the other saved

# Drafts
checklist-drafts-title = Take over last year's answers
checklist-drafts-lede = Check that it still is so; only what you choose is taken over. Nothing is taken over by itself.
checklist-drafts-how = These are the answers of { $year }. Items whose wording or scope changed are marked.
checklist-drafts-from = Items that can be taken over from { $year }
checklist-drafts-no-source = There is no checklist of an earlier year.
checklist-drafts-none = No item is left that could be taken over.
checklist-column-proposal = Answer taken over
checklist-drafts-expired = expired, not taken over
checklist-drafts-declined = noted as not wanted
checklist-drafts-date = Date of this year's confirmation
checklist-drafts-date-hint = It becomes the date of the first confirmation of the items that are taken over.
checklist-drafts-take = Take over the chosen items
checklist-drafts-decline = The chosen items are not wanted
checklist-drafts-choose = Choose the items to be taken over.
checklist-drafts-taken = Items taken over: { $count }.
checklist-drafts-noted = Items noted as not wanted: { $count }.
checklist-drafts-conflict = Somebody else answered some of the chosen items first. Please look at what is left.
checklist-news-title = What changed since last year
checklist-news-none = Nothing changed since the form before.
checklist-news-none-why = There is no form of the year before, or all its items are the same.
checklist-news-kind = Change
checklist-news-now = This year
checklist-news-then = Year before
checklist-news-how-sure = How sure
checklist-news-certain = wording verified
checklist-change-new = New item
checklist-change-reworded = Reworded
checklist-change-merged = Items merged
checklist-change-split = Item split
checklist-change-became-required = Became required
checklist-change-device-class-changed = Other devices
checklist-change-removed = Removed

# History
checklist-history-title = History of changes
checklist-history-whole = History of the whole sheet
checklist-history-empty = Nothing has been changed yet.
checklist-history-empty-why = When answers are saved, it is kept here who changed what and when.
checklist-column-who = Who
checklist-column-before-change = Before
checklist-column-after-change = After
checklist-column-source = By which way
checklist-history-older = Earlier changes
checklist-by-program = the program
checklist-source-typed = page of the item
checklist-source-quick-table = table of the sheet
checklist-source-merged = after comparing
checklist-source-draft = taken over from { $year }
checklist-source-import = from a file ({ $file })
checklist-source-api = API
checklist-source-demo = sample data

# Everything in one table
checklist-quick-lede = Only items that you change are saved.
checklist-quick-date = Date of confirmation
checklist-quick-date-hint = It becomes the date of the items that you change now. Where there is a first confirmation of another day, it becomes the second.
checklist-quick-answer-of = Answer to { $item }
checklist-quick-target-of = Target date of { $item }
checklist-quick-remark-of = Remark on { $item }
checklist-quick-save = Save all
checklist-quick-leave = Go back without saving
checklist-quick-saved = Items saved: { $count }.
checklist-quick-conflict = { $count ->
    [one] Somebody else saved one item first. Nothing was saved yet. Compare theirs with yours in the marked line and save again if you agree.
   *[other] Somebody else saved { $count } items first. Nothing was saved yet. Compare theirs with yours in the marked lines and save again if you agree.
  }

# Home
checklist-todo-open = Start: { $title }
checklist-todo-open-why = An inspector looks whether the first confirmation is filled in, with its date, for every item.
checklist-todo-contradiction = Mend the contradiction in { $item }
checklist-todo-contradiction-why = "{ $text }" is answered "Yes", and a measurement says otherwise.
checklist-todo-overdue = The target date of { $item } has passed
checklist-todo-overdue-why = "{ $text }" still is "No". If it is done, enter the second confirmation.
checklist-todo-gate = Say whether there are medical information systems
checklist-todo-gate-why = It is the first field of the checklist.
checklist-todo-unanswered = { $count ->
    [one] Answer the last open item
   *[other] Answer { $count } open items
  }
checklist-todo-unanswered-why = Next is { $item } "{ $text }".
checklist-todo-drafts = { $count ->
    [one] Look at one answer of last year
   *[other] Look at { $count } answers of last year
  }
checklist-todo-drafts-why = Where it still is so, you can take it over.
checklist-todo-look = Look

# Nine principles
self-check-title = Nine principles of cybersecurity
self-check-lede = There are three principles for each role. Tick what is done. Only you can see what you ticked.
self-check-audiences = Role
self-check-on = Date of the check
self-check-save = Keep
self-check-saved = The self-check was kept.
self-check-earlier = Earlier self-checks
self-check-as = Role
self-check-ticked = Ticked
self-check-of = { $ticked } of { $boxes }
self-check-progress = The institution in this fiscal year
self-check-people = People
self-check-newest = Latest
self-check-none = No self-check applies today.
self-check-none-why = Ask the administrator to import one.
self-check-problem-unknown = A role or box was sent that this form does not have. Open the page again and choose once more.
self-check-problem-in-future = The date of the check must not be later than today ({ $today }).
self-check-problem-before-year = The date of the check must not be before { $first }, when this fiscal year began.
