# Words that join those of the sign-in
sign-in-passkey = Sign in with a passkey
sign-in-passkey-refused = This passkey could not sign you in. Please try once more or sign in another way.
sign-in-forgotten = Forgot your password?
sign-in-factor-passkey = Confirm with a passkey
sign-in-enrol-either = Begin with a passkey or with an authenticator app; you can add the other later.
sign-in-codes-left = You used one recovery code. { $left } are left. When few are left, make new ones under “Second factor” of your account.

forgotten-title = Forgot your password?
forgotten-lede = We send a link for a new password to the e-mail address with which you sign in.
forgotten-address = E-mail address
forgotten-address-hint = Those who sign in with a user id cannot get one; please ask the security manager of your institution.
forgotten-no-address = Please give an e-mail address (such as hanako@example.jp).
forgotten-send = Send the link
forgotten-back = Back to signing in
forgotten-sent-title = Please look into your mailbox
forgotten-sent = If there is an account for { $address }, a mail with a link is on its way.
forgotten-sent-hour = The link works once, within an hour.
forgotten-sent-spam = If nothing arrives within a few minutes, please look among the junk mail and check the address.
forgotten-sent-factor = If you have set up a second factor, it is asked for after the new password as before.
forgotten-mail-subject = [Yagura] A new password
forgotten-mail-body =
    We were asked for a new password for Yagura.
    Please open this link and choose one:

    { $link }

    The link works once, until { $until }.
    Choosing a new password signs every device out.

    If this was not you, please delete this mail. The password stays as it is.
reset-lede = Choosing a new password signs every device out.
reset-done = The password was changed. Please sign in with it.

# One's own account
account-lede = You are signed in as { $login }.
account-tab-sign-in = Password and devices
account-tab-factors = Second factor
account-tab-tokens = API tokens
account-session-method = By
account-end-others = Sign every other device out
account-sessions-ended = Signed out: { $count }.

account-confirm-title = Is it you?
account-confirm-why = You signed in a while ago. Before you change what matters, please show that it is you.
account-confirm-begin = Confirm
account-confirm-password = Confirm with the password
account-confirm-code = Confirm with the authenticator app
account-confirm-do = Confirm
account-confirm-again = Sign in again
account-confirm-sign-out = Sign out
account-confirmed = Thank you. You can change settings for 15 minutes.

account-factors-title = Second factor
account-factors-compulsory = It is set up. Your role needs a second factor.
account-factors-voluntary = It is set up. A leaked password is not enough to act in your name.
account-factors-back = Back to the second factors
account-factor-confined = You use Yagura in another organisation too, so a sign-in by this organisation’s account cannot change your second factors. Please sign in with your password and set one up. If you have no password yet, ask the administrator of the system for a link to set a first one.
account-factor-last = Your role needs a second factor, so the last one cannot be removed. Please add another first.
account-app-title = Authenticator app
account-app-none = You confirm with six digits from an app on your phone.
account-app-set-up = Set up an authenticator app
account-app-since = Set up:
account-app-replace = Move to the app of another device
account-app-remove = Remove the authenticator app
account-app-remove-confirm = Remove the authenticator app as a second factor?
account-app-removed = The authenticator app was removed.
account-passkeys-title = Passkeys
account-passkeys-words = Once registered it serves in place of the password, and as a second factor.
account-passkeys-none = None is registered yet.
account-passkeys-unavailable = Passkeys do not work at this address of Yagura. They do once the administrator gives it a host name.
account-passkeys-scripts = Scripts are off in this browser, so no passkey can be registered. An authenticator app works.
account-passkey-name = Name
account-passkey-name-hint = One that tells which device it is (such as: the clinic's phone).
account-passkey-new = Makes a passkey on this device. The device asks for your fingerprint, face or its code.
account-passkey-new-name = Name of this passkey
account-passkeys-elsewhere = Passkeys work where Yagura is opened under the name “{ $host }”.
account-passkey-nameless = A passkey without a name
account-passkey-since = Registered
account-passkey-used = Last used
account-passkey-register = Register a passkey of this device
account-passkey-registered = The passkey was registered.
account-passkey-remove = Remove
account-passkey-remove-confirm = This passkey will sign nobody in any more. Remove it?
account-passkey-removed = The passkey was removed. What is left on the device can be deleted in the device's settings.
account-never-used = Not used yet
account-codes-left = { $left } are left. Each works once in place of the app or a passkey.
account-codes-few = Few are left. Please make new ones and keep them.
account-codes-renew = Make new recovery codes
account-codes-renew-hint = Once you make new ones, those you have no longer work.
account-codes-renew-confirm = The recovery codes you have will no longer work. Make new ones?

# API tokens
account-tokens-title = API tokens
account-tokens-lede = Keys by which other programs work with the records of { $organization } on your behalf.
account-tokens-docs = About the API
account-tokens-list = Tokens you made
account-tokens-none = There are no tokens.
account-tokens-none-do = Make one only to connect another program.
account-tokens-of-all = See the tokens of everybody in the organisation
account-token-new = A new token
account-token-name = Name
account-token-name-hint = One that tells what it is for (such as: link to the record system).
account-token-name-wrong = Please give a name of up to 100 characters.
account-token-state = State
account-token-alive = Works
account-token-revoked = Revoked
account-token-expired = Expired
account-token-scopes = May be used to
account-token-scopes-hint = Choose only what is needed. It never reaches beyond your roles.
account-token-scopes-count =
    { $count ->
        [one] 1 thing
       *[other] { $count } things
    }
account-token-no-scope = Please choose at least one thing it may be used for.
account-token-used = Last used
account-token-last-day = Last day
account-token-last-day-hint = At most a year ahead.
account-token-past = Please give today or a later day.
account-token-too-long = It cannot be later than { $days } days from now.
account-token-make = Make the token
account-token-made-title = The token is made
account-token-made = “{ $name }” is made.
account-token-once = This text is shown on this page only. Please copy it now into the settings of the program that uses it.
account-token-how = How it is used
account-token-kept = I have copied it. To the list
account-token-revoke = Revoke
account-token-revoke-confirm = Programs that use this token stop working at once. Revoke it?
account-token-revoked-done = The token was revoked.
account-token-owner = Owner
account-organization-tokens-title = API tokens of the organisation
account-organization-tokens-lede = Tokens that reach the records of { $organization }. { $count } work now. Please revoke those that nobody knows of.
account-organization-tokens-none-do = Nobody in this organisation has made one.

# What a token may be used for (the actions of the policy)
scope-status-read = See whether checklists are answered and how far
scope-sheet-read = Read the answers of checklists
scope-sheet-answer = Answer checklists
scope-history-read = Read the history of answers and the remarks
scope-evidence-read = Read the list of evidence
scope-evidence-download = Open the files of evidence
scope-evidence-manage = Add, link and withdraw evidence
scope-vendor-sheet-read = Read vendor checklists
scope-vendor-sheet-answer = Answer vendor checklists
scope-vendors-manage = Invite vendors and end their contracts on record
scope-vendors-read = See the vendors under contract
scope-pack-print = Print and save the inspection pack
scope-inspection-link-share = Give out links to the inspection pack
scope-contacts-read = Read the contact chart
scope-contacts-edit = Change and confirm the contact chart
scope-inventory-read = Read the register
scope-inventory-edit = Change the register
scope-inventory-confirm = Confirm the register for the fiscal year
scope-vulnerabilities-read = Read vulnerabilities
scope-vulnerabilities-assess = Confirm products and decide the state of vulnerabilities
scope-vulnerabilities-accept = Accept vulnerabilities until a day
scope-customer-connections-read = See the external connections that one maintains for customers
scope-customer-connections-confirm = Confirm or correct the external connections that one maintains for customers
scope-customer-vulnerabilities-read = See the vulnerabilities on devices that one maintains for customers
scope-customer-vulnerabilities-answer = Answer the vulnerabilities on devices that one maintains for customers
scope-requests-file = File requests at the desk and read one's own
scope-requests-read = Read all requests
scope-requests-decide = Decide requests that wait for oneself
scope-request-forms-edit = Change the forms of requests and their routes
scope-ledgers-read = Read the ledgers of permissions, exports, loans, media and exceptions
scope-ledgers-keep = Keep the ledgers
scope-permissions-recertify = Confirm that permissions are still needed
scope-accounts-read = Read staff and accounts
scope-accounts-edit = Load staff and accounts and have findings mended
scope-accounts-accept = Accept findings on accounts until a day
scope-feeds-read = Read the state of the vulnerability feeds
scope-feeds-manage = Manage vulnerability feeds and the shared dictionary of products
scope-self-check-answer = Answer the self-check of the nine principles
scope-people-read = See the people and roles of the organisation
scope-people-manage = Invite people and give them roles
scope-sharing-manage = Decide how much is shared
scope-members-read = Read the roll of members
scope-members-manage = Change and import the roll of members
scope-comparison-read = See comparisons and trends
scope-reminders-send = Send reminders to members
scope-packs-read = Read checklist editions
scope-packs-manage = Import checklist editions
scope-audit-read = Read the audit log of the organisation
scope-tokens-manage = See and revoke one's own API tokens
scope-installation-manage = Run the whole installation
