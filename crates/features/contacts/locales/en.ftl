contacts-chart = Contact chart
contacts-chart-lede = Whom to call, and in which order, in an attack or a failure. Once a year somebody makes sure that the numbers still work.
contacts-add = Add a contact
contacts-add-first = Add the first contact
contacts-edit-entry = Change a contact
contacts-pdf = Open as PDF
contacts-emergency-page = This may be an attack
contacts-none = There is no contact chart yet
contacts-none-why = Enter the numbers of those responsible inside, of the maintenance company, the police and the ministry, and checklist item 3-① is verified. You can begin with the suggestions below.

contacts-inside = Inside
contacts-inside-none = Nobody inside is named yet.
contacts-outside = Outside
contacts-outside-order = Call the maintenance company at once and follow its instructions, then the police, then the ministry.
contacts-outside-none = Nobody outside is named yet.
contacts-finder = Whoever notices something does not power off, and calls from the top down. Who cannot be reached is stood in for by the deputies.
contacts-suggestions = Suggestions
contacts-suggestions-lede = People and vendors on record and national offices that the chart does not name yet. Choose one, check the number and add it.
contacts-history = What happened

contacts-category = Part
contacts-category-inside = Inside
contacts-category-maintenance = Maintenance company or vendor
contacts-category-police = Police
contacts-category-mhlw = Ministry of Health (MHLW)
contacts-category-ppc = Personal Information Protection Commission
contacts-category-local-government = Prefecture or health centre
contacts-category-partners = Medical association and partners
contacts-category-support = Support desks
contacts-category-insurer = Insurer
contacts-category-other = Other

contacts-name = Name
contacts-name-hint = Inside: the person. Outside: the company or office.
contacts-name-and-role = Name and role
contacts-office = Contact
contacts-role = Role or system
contacts-role-hint = Inside: such as "safety manager". Outside: such as "medical records system".
contacts-department = Department or person in charge
contacts-department-hint = Inside: the department. Outside: the person in charge.
contacts-duty = Decides what, or called when
contacts-duty-hint = Such as "decides whether to stop care" or "at once".
contacts-day-phone = By day
contacts-night-phone = Nights and holidays
contacts-phone-hint = Such as "03-0000-0000" or "ext. 123".
contacts-email = E-mail
contacts-note = Note
contacts-note-hint = Contract number, opening hours.
contacts-deputy = Stands in for
contacts-deputy-none = Nobody
contacts-deputy-word = Deputy
contacts-deputy-for = Deputy of { $name }
contacts-verified = We confirmed this number with the office
contacts-verified-hint = Numbers of national offices may be out of date. Until they are confirmed they are shown as unverified.
contacts-unverified = Number unverified
contacts-no-number = No number
contacts-order = Order
contacts-when = When
contacts-actions = Actions
contacts-edit = Change
contacts-up = Up
contacts-down = Down
contacts-remove = Take out
contacts-remove-means = { $deputies ->
    [0] "{ $name }" is taken out of the contact chart. The history keeps it.
    [one] "{ $name }" is taken out of the contact chart. 1 deputy stays as a contact of its own. The history keeps it.
   *[other] "{ $name }" is taken out of the contact chart. { $deputies } deputies stay as contacts of their own. The history keeps it.
  }
contacts-save = Save
contacts-cancel = Cancel
contacts-at = When
contacts-who = Who
contacts-what = What
contacts-detail = Detail
contacts-by-program = The program
contacts-event-added = Added
contacts-event-changed = Changed
contacts-event-moved = Moved
contacts-event-removed = Taken out
contacts-event-confirmed = Numbers confirmed
contacts-theirs = What was saved first
contacts-yours = What you typed

contacts-confirm = All numbers are right
contacts-confirm-means = Press this when you have made sure that the numbers below still work. Your name and the time are recorded.
contacts-confirmed = Confirmed for { $year }.
contacts-not-confirmed = Not confirmed for { $year } yet.
contacts-last-confirmed = Last confirmed:
contacts-changed-since = { $count ->
    [one] There was 1 change since. Check it and confirm again.
   *[other] There were { $count } changes since. Check them and confirm again.
  }
contacts-lacks = Before it can be confirmed, enter:
contacts-fill-in = Enter
contacts-gap-inside = the number of somebody responsible inside
contacts-gap-maintenance = the number of the maintenance company or vendor
contacts-gap-police = the number of the police (nearest station or cybercrime desk)
contacts-gap-mhlw = the number of the ministry's desk
contacts-some-unverified = { $count ->
    [one] 1 number is unverified. Confirm it with the office and mark it by "Change".
   *[other] { $count } numbers are unverified. Confirm them with the offices and mark them by "Change".
  }

contacts-saved = "{ $name }" was saved.
contacts-removed = Taken out of the contact chart.
contacts-confirmed-now = The confirmation was recorded.
contacts-changed-meanwhile = The chart was changed after you opened it. Check what changed and press again.
contacts-error-full = A chart holds 200 contacts. Take out what is not used first.
contacts-error-deputy = Only somebody inside who is nobody's deputy can have deputies.
contacts-error-gaps = Numbers are missing, so the chart cannot be confirmed. Enter them and confirm again.
contacts-error-phone = There is no telephone number in "{ $label }". Write it like "03-0000-0000" or "ext. 123" (up to { $longest } characters).
contacts-error-phone-long = "{ $label }" takes { $longest } characters. Another number can go into the note.
contacts-error-email = This is no e-mail address. Write it like "desk@example.jp".
contacts-error-changed-meanwhile = Somebody else saved while you were typing. Compare the two below, correct what is needed, and save again.

contacts-probe-none = There is no contact chart.
contacts-probe-gaps = The contact chart lacks { $gaps } of the numbers it needs (inside, vendor, police, ministry).
contacts-probe-never = There is a contact chart, but its numbers were never confirmed.
contacts-probe-old = The numbers of the contact chart were not confirmed in this fiscal year (last on { $date }).
contacts-probe-confirmed = The numbers of the contact chart ({ $entries } contacts) were confirmed in this fiscal year on { $date }.

contacts-todo-make = Make the contact chart
contacts-todo-make-why = Nobody to call in an attack is on record yet. You can choose from people and vendors on record.
contacts-todo-fill = Enter the missing numbers of the contact chart
contacts-todo-fill-why = { $count ->
    [one] 1 number of those needed (inside, vendor, police, ministry) is missing.
   *[other] { $count } numbers of those needed (inside, vendor, police, ministry) are missing.
  }
contacts-todo-confirm = Confirm the contact chart
contacts-todo-confirm-why = It was last confirmed on { $date }. Please make sure that the numbers for the night still work.
contacts-todo-confirm-never = Its numbers were never confirmed. Please make sure that those for the night work too.
contacts-todo-minutes = about 5 minutes
contacts-todo-make-button = Enter
contacts-todo-confirm-button = Confirm

contacts-emergency = When it may be an attack
contacts-emergency-lede = Keep calm and go from the top down. When in doubt, call first.
contacts-emergency-pdf = PDF to hang up
contacts-first = What to do first
contacts-step-stop = Stop using it; do not power off
contacts-how-stop = Take your hands off the machine. Powering off or restarting destroys records that are needed to find out what happened.
contacts-step-photograph = Photograph the screen, note the time
contacts-how-photograph = Keep what is displayed; do not close it.
contacts-step-call = Tell those responsible by telephone
contacts-how-call = Call in the order under "Inside" below. Do not use mail or chat: the attacker may be reading along.
contacts-step-cut = Cut the network as you are told
contacts-how-cut = Call the maintenance company at once and follow its instructions. Unplug in this order, and note which cable and when.
contacts-cut-backup = the cables to backup devices
contacts-cut-outside = the cables to the outside (internet, VPN, remote maintenance)
contacts-cut-segments = the cables between departments
contacts-step-devices = Check devices that patients depend on
contacts-how-devices = Before you cut, ask the ward and the vendor whether life support or monitoring would stop.
contacts-step-paper = Have it decided whether to go on with paper
contacts-how-paper = Whether to reduce care or to go over to paper is for the director or the management to decide.
contacts-whom = Whom to call, in order
contacts-whom-to-call = Whom
contacts-phone = Telephone
contacts-day = Day
contacts-night = Nights and holidays
contacts-write-in = Write in:
contacts-when-and-what = When, and what to say
contacts-call-rules = Call from the institution's own telephone. Some desks reject calls with a withheld number (184) or from public telephones.
contacts-no-chart = Your institution's own chart cannot be shown. It is shown when you sign in. Below are national contacts; their numbers may be out of date.
contacts-national-only = Below are national contacts; their numbers may be out of date.
contacts-chart-empty = Your institution has no contact chart yet. Below are national contacts. Write your own numbers into the blanks, and enter them in the contact chart.
contacts-number-unverified = { $number } (unverified)
contacts-never = What not to do
contacts-never-power = Power off, restart or reset
contacts-never-remove = Remove malware yourself or delete files
contacts-never-pay = Contact the attacker or pay
contacts-never-connect = Connect backup devices or USB sticks
contacts-never-post = Post about it, or speak to the press on your own
contacts-signs = When to use this page
contacts-sign-ransom = A text on the screen demands money
contacts-sign-files = Files do not open, or their names have changed
contacts-sign-screen = A system suddenly stops, or an unknown screen appears
contacts-sign-mail = You opened a suspicious attachment or entered your password on a strange page
contacts-records = What to write down
contacts-records-lede = Print this and fill in what you know. The police and the ministry will ask for it.
contacts-record-what = Item
contacts-record-blank = Fill in
contacts-record-noticed = When it was noticed
contacts-record-finder = Who noticed it
contacts-record-device = Name and place of the machine
contacts-record-screen = What the screen showed
contacts-record-cut = Cables unplugged, and when
contacts-record-called = Who was called, and when
contacts-record-decided = Who decided what (such as going on with care)
contacts-sources = The order of cutting follows the ministry's template of a continuity plan for cyber attacks, the order of calling its notices; the wording is Yagura's. Where your own plan says otherwise, follow your plan.
