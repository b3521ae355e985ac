# Why a password is easy to guess
identity-password-common = This is a password that many people use, or close to one. Put together words that nobody else would think of.
identity-password-personal = This is made of words that people know about you: your name, user ID, institution or trade. Use unrelated words.
identity-password-keyboard = These are keys that lie side by side. Use words instead.
identity-password-repeats = This repeats the same characters or words. Use different words.
identity-password-sequence = This is a run such as abcd or 6543. Use words instead.
identity-password-date = This is made of a date or a year. Leave it out and add words.
identity-password-word = This is a single word or name from the dictionary. Add two or three unrelated words.
identity-password-mixture = This is a row of parts that are easy to guess. Add two or three unrelated words.

# The name to sign in with
identity-login-empty = Enter an e-mail address or a user ID.
identity-login-too-long = This is too long. Use at most { $most } characters.
identity-login-too-short = A user ID has at least { $need } characters.
identity-login-not-an-address = This is not an e-mail address. Write it as name@example.jp.
identity-login-not-a-user-id = A user ID holds only letters a to z, digits, full stop, underscore and hyphen.
identity-login-taken = This name cannot be used. Choose another one.
identity-login-not-the-invited-address = The invitation went to another e-mail address. Enter the invited address, or a user ID.

# Why a link does not work
identity-link-unknown = There is no such link. Compare it with the message you received: it may have been cut off.
identity-link-expired = This link has expired. Ask the sender for a new one.
identity-link-used = This link was used already. If you have registered, sign in. If it was not you, tell the sender.
identity-link-revoked = The sender took this link back. Ask them if you still need it.
identity-link-other-purpose = This link is for something else. Open it exactly as in the message you received.

# The institution's own sign-in (OpenID Connect)
identity-provider-unknown = This sign-in service is not registered or is switched off. Sign in another way, such as with your password.
identity-provider-configuration = The sign-in service is not set up correctly. Check that the issuer URL begins with https and that name and client ID are filled in.
identity-provider-unreachable = The sign-in service does not answer. Try again later; if it goes on, tell your institution's contact.
identity-provider-answer = The sign-in service's answer could not be accepted. Try again; if it goes on, tell your institution's contact.
identity-provider-no-address = The sign-in service did not tell your institution's e-mail address. Ask your institution's contact to let it pass on verified addresses.

# Ways to sign in
identity-method-password = Password
identity-method-passkey = Passkey
identity-method-identity-provider = The institution's sign-in service
identity-method-invitation = Invitation link
identity-method-demonstration = Person picked in the demonstration

# Events in the audit log
identity-event-sign-in-succeeded = Signed in
identity-event-sign-in-second-factor-needed = Password accepted, second factor asked for
identity-event-sign-in-refused = Sign-in refused
identity-event-sign-in-confirmed = Password confirmed again
identity-event-session-ended = Signed out
identity-event-session-revoked = Signed other devices out
identity-event-session-organization-chosen = Switched organisation
identity-event-second-factor-passed = Second factor accepted
identity-event-second-factor-refused = Second factor refused
identity-event-second-factor-enrolled = Second factor set up
identity-event-second-factor-removed = Second factor removed
identity-event-second-factor-recovery-codes-made = Recovery codes renewed
identity-event-account-created = Account created
identity-event-account-status-changed = Account status changed
identity-event-password-changed = Password changed
identity-event-password-reset = Password set by link
identity-event-password-reset-asked = Password reset link made
identity-event-invitation-created = Link given out
identity-event-invitation-used = Link used
identity-event-invitation-revoked = Link revoked
identity-event-assignment-given = Role given
identity-event-inspection-link-opened = Inspection pack opened by link
identity-event-token-created = API token made
identity-event-token-revoked = API token revoked
identity-event-setup-begun = Set-up link made
identity-event-setup-finished = Set-up finished
identity-event-identity-provider-saved = Sign-in service saved
identity-event-identity-provider-removed = Sign-in service removed
identity-event-identity-provider-linked = Account linked to sign-in service
