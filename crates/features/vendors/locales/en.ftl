vendors-nav = Vendors
vendors-nav-customers = Customers' sheets
vendors-title = Vendors
vendors-lede = How far the vendor checklists of { $year } are. Each vendor answers one sheet.
vendors-lede-counts = { $done } of { $count } have a complete first round.
vendors-invite = Ask a vendor to answer
vendors-name = Vendor
vendors-state = State
vendors-sheet = Answers
vendors-act = Action
vendors-see-sheet = See the answers
vendors-end = Record the end of the contract
vendors-end-confirm = This records that the contract with the vendor has ended. Earlier answers are kept. Continue?
vendors-ended = The end of the contract with { $name } was recorded.
vendors-empty = No vendor is on record yet
vendors-empty-why = Ask the vendors that maintain your chart or billing system to answer. If you have no such contract, say so at the head of the checklist.
vendors-not-begun = Not begun
vendors-under-way = Under way
vendors-done = First round complete
vendors-progress = { $answered } of { $applicable } items
vendors-no = { $count } answered "no"
vendors-invited = Invited
vendors-invited-until = valid until { $until }
vendors-revoke = Withdraw
vendors-revoked = The invitation was withdrawn.
vendors-invite-known = Vendor on record
vendors-invite-known-hint = Choose it if it is listed. Otherwise leave "New vendor" and give the name below.
vendors-invite-new = New vendor
vendors-invite-known-wrong = The chosen vendor was not found. Please choose it from the list again.
vendors-invite-namesake = "{ $name }" is on record already. Choose it under "Vendor on record" above. If it is another company of the same name, add its branch or place.
vendors-invite-name = Name of the vendor
vendors-invite-name-hint = Only for a new vendor.
vendors-invite-email = E-mail address of the contact
vendors-invite-email-hint = A link that works once is sent. It expires after 30 days.
vendors-invite-email-wrong = This is not an e-mail address. Example: contact@example.jp
vendors-invite-one-of = Give either vendor or name.
vendors-invite-send = Send the request
vendors-invite-done = The request was sent
vendors-invite-done-words = A link was sent to { $email }.
vendors-invite-people-words = Where the vendor uses Yagura already, one of its people signs in first and then opens the link; your institution is added to its customers.
vendors-invite-link-words = If the mail does not arrive, hand over this link yourself. It cannot be shown again once you leave this page.
vendors-back = To the list of vendors
vendors-mail-subject = [{ $organization }] Please answer the cybersecurity checklist for vendors
vendors-mail-body = { $person } of { $organization } asks you to answer the cybersecurity checklist for vendors of the Ministry of Health, Labour and Welfare.

    Please register and answer with this link. It works once, until { $until }.
    { $link }

    If you use Yagura already, sign in first and then open the link.
    What you answered other institutions can be taken over as drafts.

vendors-customer = Customer
vendors-worklist-title = Sheets by customer
vendors-worklist-lede = { $done } of { $count } customers have a complete first round. The most urgent come first.
vendors-worklist-empty = There is no customer to answer for
vendors-worklist-empty-why = A customer appears here once you have accepted its invitation.
vendors-answer = Answer
vendors-go-on = Go on answering
vendors-unit = customers
vendors-filter-name = Name of the customer
vendors-filter-all = All ({ $count })
vendors-filter-not-begun = Not begun ({ $count })
vendors-filter-in-work = Under way ({ $count })
vendors-filter-done = First round complete ({ $count })
vendors-filter-clear = Show all customers
vendors-worklist-none-found = No customer matches
vendors-error-filter = The filter cannot be read. Open the list again and choose once more.
vendors-no-edition = There is no vendor checklist for this fiscal year yet. Please tell the system administrator.
vendors-drafts-link = Draft from other answers
vendors-drafts-title = Drafts for { $name }
vendors-drafts-lede = Only the items that you choose are copied, as confirmed today. Check each against the facts before you choose it.
vendors-drafts-other = Use another customer's answers
vendors-drafts-from = Answers for { $name }
vendors-drafts-item = Item
vendors-drafts-answer = Answer
vendors-drafts-remark = Remark
vendors-drafts-take-one = Copy
vendors-drafts-take = Copy the chosen items
vendors-drafts-taken = { $count ->
    [one] 1 item was copied. Please check it once more.
   *[other] { $count } items were copied. Please check them once more.
}
vendors-drafts-none = No item was chosen.
vendors-drafts-conflict = Nothing was copied, because some of the items are answered already. Choose only unanswered ones.
vendors-drafts-refused = Nothing was copied, because an item is against the rules of the sheet. Please answer it on its own page.
vendors-drafts-empty = There are no answers to draft from
vendors-drafts-empty-why = Once you have answered for one customer, you can copy from there.
vendors-drafts-nothing-left = There is nothing left to copy: every item of these answers is answered already.
vendors-yes = Yes
vendors-answer-no = No

vendors-to-do-customers = { $count ->
    [one] Answer for 1 customer
   *[other] Answer for { $count } customers
}
vendors-to-do-customers-why = Without your answers, your customers' inspection papers stay incomplete.
vendors-to-do-open = Open the list
vendors-to-do-waiting = { $count ->
    [one] 1 vendor has not answered yet
   *[other] { $count } vendors have not answered yet
}
vendors-to-do-waiting-why = The inspector looks at the answers of every vendor.
vendors-to-do-see = See how far they are
vendors-card-title = Sheets by customer
vendors-card-progress = Customers with a complete first round
