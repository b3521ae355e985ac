organization-nav-people = People and roles
organization-nav-sharing = Sharing
organization-nav-audit-log = Audit log
organization-nav-installation = Installation

organization-people-title = People and roles
organization-people-lede = Those who use Yagura in this organisation ({ $count }). End a role on the day somebody leaves.
organization-people-name = Name
organization-people-role = Role
organization-people-email = E-mail address
organization-people-since = From
organization-people-until = Until
organization-people-act = Action
organization-people-end = End role
organization-people-end-confirm = This ends the person's role today. Continue?
organization-people-ended = The role of { $name } has ended.
organization-people-own-role = You cannot end your own role. Please ask another manager.
organization-people-empty = There is nobody yet
organization-people-empty-why = Invite the director or the security manager first.

organization-invite = Invite somebody
organization-invite-email = E-mail address
organization-invite-email-hint = A link that works once is sent to this address.
organization-invite-email-wrong = This is not an e-mail address. Example: taro@example.jp
organization-invite-role = Role
organization-invite-role-missing = Please choose a role.
organization-invite-until = Last day of the role
organization-invite-until-hint = Only for people whose work here ends on a known day.
organization-invite-until-past = The last day must be today or later.
organization-invite-send = Send the invitation
organization-invite-done = The invitation was sent
organization-invite-done-words = A link was sent to { $email }.
organization-invite-link-words = If the mail does not arrive, hand over this link yourself. It cannot be shown again once you leave this page.
organization-invite-back = To the list of people
organization-invite-mail-subject = Invitation to Yagura: { $organization }
organization-invite-mail-body = { $person } of { $organization } invites you to Yagura, which keeps its records on cybersecurity.
    Role: { $role }

    Please register with this link. It works once, until { $until }.
    { $link }

    If you do not expect this, please discard the mail.

organization-sharing-title = Sharing
organization-sharing-lede = Decide what the prefecture, the council and others may see of this institution. You can change it at any time.
organization-sharing-level = What they may see
organization-sharing-level-missing = Please choose how much is shared.
organization-sharing-save = Save
organization-sharing-saved = The sharing level was saved.
organization-sharing-empty = Nobody oversees this organisation here
organization-sharing-empty-why = Once it is registered as a member of a prefecture or council, that body appears here.

organization-audit-title = Audit log
organization-audit-lede = What was read and changed in this organisation's records, kept so that alteration and removal can be detected.
organization-audit-at = Time
organization-audit-who = Who
organization-audit-action = Action
organization-audit-what = What
organization-audit-outcome = Outcome
organization-audit-older = Older entries
organization-audit-empty = There are no entries yet
organization-audit-empty-why = Saving an answer or opening evidence leaves an entry here.
organization-cursor-wrong = The cursor is not valid. Give the `next` of the response before.

organization-installation-title = Installation
organization-installation-new = Register an organisation
organization-installation-version = Version
organization-installation-engine = Database
organization-installation-organizations = Organisations on record
organization-installation-jobs-waiting = Jobs waiting
organization-installation-jobs-failed = Jobs given up
organization-installation-audit = Entries in the audit log
organization-installation-doctor = Run `yagura doctor` on the server to check settings, disk, clock and mail.
organization-new-kind = Kind
organization-new-kind-missing = Please choose a kind.
organization-new-name = Name
organization-new-beds = Permitted beds
organization-new-beds-hint = Hospitals have 20 or more, clinics with beds up to 19. Leave empty where there are none.
organization-new-beds-wrong = Kind and beds do not fit: hospitals have 20 or more, clinics up to 19, pharmacies none.
organization-new-email = E-mail address of the first person
organization-new-email-hint = Invited as security manager of an institution, or as manager of a regional body or vendor.
organization-new-create = Register and invite
organization-new-done = Registered
organization-new-done-words = { $name } was registered. Hand this link to its first person. It works once.
