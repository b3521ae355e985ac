inspection-nav = Inspection pack
inspection-title = Inspection pack { $year }
inspection-lede = The papers that an inspector asks for, in their present state, to print or save.
inspection-zip = Save everything as zip
inspection-links = Links for inspectors
inspection-contents = Documents
inspection-what = Document
inspection-state = State
inspection-get = Save or print
inspection-not-answered = Not answered
inspection-progress = { $answered } of { $applicable } items answered
inspection-pieces = { $count ->
    [one] 1 piece
   *[other] { $count } pieces
}
inspection-no-sheet = This year's checklist has not been opened yet. Please answer it first.
inspection-open = Please look at these before the inspection.
inspection-open-contradictions = { $count ->
    [one] 1 item says "yes" but what was measured says otherwise.
   *[other] { $count } items say "yes" but what was measured says otherwise.
}
inspection-open-unanswered = { $count ->
    [one] 1 item is unanswered.
   *[other] { $count } items are unanswered.
}
inspection-open-no = { $count ->
    [one] 1 item says "no". Be ready to explain the target date and how far you are.
   *[other] { $count } items say "no". Be ready to explain the target dates and how far you are.
}
inspection-open-vendors = { $count ->
    [one] 1 vendor has not answered.
   *[other] { $count } vendors have not answered.
}
inspection-file-cover = Cover and contents
inspection-file-sheet = Checklist
inspection-file-vendor = Vendor checklist
inspection-file-evidence = List of evidence
inspection-file-history = Change history
inspection-file-contacts = Contact chart
inspection-file-pack = Inspection pack
inspection-files-evidence = Files of evidence
inspection-by-link = Reader by a link
inspection-left-out-file = Evidence that is not included
inspection-left-out = The following evidence is not in this zip, because it is too large or cannot be read. Please save it piece by piece from the list of evidence.
inspection-folder-evidence = evidence
inspection-yes = Yes
inspection-no = No
inspection-field-gate = Medical information system in use
inspection-field-contract = Vendor contract
inspection-field-first = First round
inspection-field-target = Target date
inspection-field-second = Second round
inspection-field-remark = Remark
inspection-column-item = Item
inspection-code-words = A printed sheet carries a code of eight characters at its foot.
inspection-code-look = See what was printed
inspection-code-title = See what was printed
inspection-code-label = Code
inspection-code-hint = Eight characters at the foot of the paper, like K7Q4-P2M9.
inspection-code-wrong = A code has eight characters. Please look at the foot of the paper again.
inspection-code-find = Find
inspection-printed-lede = Code { $code }: what was printed on { $at }. Later changes are not shown.
inspection-links-lede = Whoever has the link can read this institution's pack until it expires, and change nothing. Visits are recorded.
inspection-links-empty = No link was given out
inspection-links-empty-why = Before an inspection, make one with a last day and hand it to the inspector.
inspection-link-last-day = Until when may it be read?
inspection-link-last-day-hint = The day of the inspection or a few days later is a good choice.
inspection-link-last-day-wrong = Please choose a day within { $days } days from today.
inspection-link-make = Make a link
inspection-link-made = Made
inspection-link-until = Until
inspection-link-opens = Opened
inspection-link-works = Works
inspection-link-over = Over
inspection-link-revoke = Withdraw
inspection-link-revoked = The link was withdrawn.
inspection-link-done = The link was made
inspection-link-done-words = Hand this link to the inspector. It works until { $until }. It cannot be shown again once you leave this page.
inspection-link-back = To the list of links
