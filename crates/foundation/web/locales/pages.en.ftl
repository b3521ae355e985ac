nav-home = Home
nav-group-to-do = To do
nav-group-members = Members
nav-group-outreach = Outreach
nav-group-customers = Customers
nav-group-registers = Registers
nav-group-emergency = In an emergency
nav-group-settings = Settings

home-title = What to do today
home-lede = { $count ->
    [0] Nothing is urgent.
    [one] Start with this one.
   *[other] Start with these { $count }.
  }
home-nothing = There is nothing to do today
home-nothing-why = Up to three things appear here: contradictions, approaching dates and unanswered items.
home-more = { $count ->
    [one] One more follows once these are done.
   *[other] { $count } more follow once these are done.
  }

notices-title = Notices
notices-empty = There are no notices yet
notices-empty-why = Reminders from your region and evidence that is about to expire appear here.
notices-new = New
notices-open = Open
notices-mark-read = Mark as read
notices-older = Older notices

api-docs-title = API description
api-docs-lede = Everything that the pages do can be done through the API. The machine-readable description is here:
api-docs-parameters = Parameters
api-docs-body = Request body
api-docs-responses = Responses ({ $count })

error-title = This could not be done
error-to-home = Back to the home page
error-fields = Some fields need to be corrected.
error-second-factor = This needs a second factor.
error-too-many = Too many attempts. Please wait about { $seconds } seconds and try again.
error-not-signed-in = Please sign in.
error-forbidden = Your role does not allow this. If you need it, please ask the security manager of your institution.
error-not-found = The page was not found. Please check the address. It may have moved, or you may not be entitled to see it.
error-conflict = Somebody else changed this first. Please open the latest version and try again.
error-too-large = What was sent is too large. Please keep it within { $megabytes } MB.
error-disk-full = The server's disk is full and nothing was saved. Please tell the system administrator.
error-unavailable = The database cannot be reached. Please wait a little and try again.
error-internal = Something went wrong on the server and the operation was not completed. If it happens again, please tell the system administrator the time.
error-cross-origin = This was sent from another site and was not accepted. Please open this page again and retry.
error-method = This operation is not accepted here.
error-not-a-form = What was sent could not be read. Please open the page again and retry.
error-json = The JSON could not be read: { $reason }
error-query = The parameters could not be read: { $reason }

error-idempotency-key = Give one Idempotency-Key of 1 to 255 visible ASCII characters.
error-idempotency-reused = This Idempotency-Key was used for a request with other content. Send a new value.
error-in-flight = The same request is being handled. Send it again with the same Idempotency-Key in { $seconds } seconds.
error-answer-lost = This request was done before; its answer was not kept. Read the record again.
error-outcome-unknown = The same request broke off before. Read the record to see whether it was done; if not, send it with a new Idempotency-Key.
