//! What the audit log records of identities.

use serde_json::Value;
use yagura_kernel::audit::{AuditActor, AuditEntry, AuditOutcome};
use yagura_kernel::id::{AuditEntryId, IdGenerator, OrganizationId};
use yagura_kernel::policy::Principal;
use yagura_kernel::time::Instant;
use yagura_store::{StoreError, Transaction, audit};

/// Who does something when, and where new ids and secrets come from. Made by
/// [`Identity`](crate::Identity) for every function that changes something.
#[derive(Clone, Copy)]
pub struct Act<'a> {
    /// Makes ids and secrets.
    pub ids: &'a dyn IdGenerator,
    /// The present moment.
    pub now: Instant,
    /// Who does it.
    pub actor: AuditActor,
    /// For which organisation they act.
    pub acting_organization: Option<OrganizationId>,
}

impl std::fmt::Debug for Act<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Act({:?} at {})", self.actor, self.now)
    }
}

impl<'a> Act<'a> {
    /// By the program itself.
    pub fn of_program(ids: &'a dyn IdGenerator, now: Instant) -> Self {
        Self {
            ids,
            now,
            actor: AuditActor::System,
            acting_organization: None,
        }
    }

    /// By somebody who is not signed in.
    pub fn of_stranger(ids: &'a dyn IdGenerator, now: Instant) -> Self {
        Self {
            ids,
            now,
            actor: AuditActor::Stranger,
            acting_organization: None,
        }
    }

    /// By a principal.
    pub fn of(principal: &Principal, ids: &'a dyn IdGenerator, now: Instant) -> Self {
        Self {
            ids,
            now,
            actor: principal.actor.into(),
            acting_organization: Some(principal.organization),
        }
    }

    pub(crate) fn by(self, actor: AuditActor) -> Self {
        Self { actor, ..self }
    }
}

macro_rules! events {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        /// An event of this crate.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Event {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Event {
            /// Every event.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The `action` of the audit entry, and the tail of its key in the message catalogue.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

events! {
    /// Somebody signed in completely.
    SignedIn = "sign_in.succeeded";
    /// The password was right; the second factor is still to come.
    SignInBegun = "sign_in.second_factor_needed";
    /// A sign-in was refused.
    SignInRefused = "sign_in.refused";
    /// The password was typed again for something that needs it.
    Reauthenticated = "sign_in.confirmed";
    /// Somebody signed out.
    SignedOut = "session.ended";
    /// Sessions were ended from elsewhere.
    SessionsRevoked = "session.revoked";
    /// Somebody chose another organisation to act for.
    OrganizationChosen = "session.organization_chosen";
    /// The second factor was passed.
    SecondFactorPassed = "second_factor.passed";
    /// The second factor was refused.
    SecondFactorRefused = "second_factor.refused";
    /// A second factor was set up.
    SecondFactorEnrolled = "second_factor.enrolled";
    /// A second factor was removed.
    SecondFactorRemoved = "second_factor.removed";
    /// New recovery codes were made.
    RecoveryCodesMade = "second_factor.recovery_codes_made";
    /// An account was made.
    AccountCreated = "account.created";
    /// An account was locked, unlocked or disabled.
    AccountStatusChanged = "account.status_changed";
    /// The password was changed by its owner.
    PasswordChanged = "password.changed";
    /// The password was set by a reset link.
    PasswordReset = "password.reset";
    /// A link to reset the password was made.
    PasswordResetAsked = "password.reset_asked";
    /// A link was given out.
    InvitationCreated = "invitation.created";
    /// A link was used.
    InvitationUsed = "invitation.used";
    /// A link was taken back.
    InvitationRevoked = "invitation.revoked";
    /// Somebody got a role by a link.
    RoleGiven = "assignment.given";
    /// An inspection pack was opened by its link.
    InspectionPackOpened = "inspection_link.opened";
    /// An API token was made.
    TokenCreated = "token.created";
    /// An API token was taken back.
    TokenRevoked = "token.revoked";
    /// The set-up link was printed.
    SetUpBegun = "setup.begun";
    /// The first administrator was made.
    SetUpFinished = "setup.finished";
    /// An identity provider was added or changed.
    ProviderSaved = "identity_provider.saved";
    /// An identity provider was removed.
    ProviderRemoved = "identity_provider.removed";
    /// An account was linked to an identity provider.
    ProviderLinked = "identity_provider.linked";
}

/// One entry to be written.
pub(crate) struct Record {
    pub(crate) event: Event,
    pub(crate) resource: (&'static str, Option<String>),
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) outcome: AuditOutcome,
    pub(crate) detail: Value,
}

impl Record {
    pub(crate) fn of(event: Event, kind: &'static str, id: impl ToString) -> Self {
        Self {
            event,
            resource: (kind, Some(id.to_string())),
            organization: None,
            outcome: AuditOutcome::Done,
            detail: Value::Object(serde_json::Map::new()),
        }
    }

    pub(crate) fn in_organization(mut self, organization: Option<OrganizationId>) -> Self {
        self.organization = organization;
        self
    }

    pub(crate) const fn denied(mut self) -> Self {
        self.outcome = AuditOutcome::Denied;
        self
    }

    pub(crate) fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    pub(crate) async fn write(self, tx: &mut Transaction, act: Act<'_>) -> Result<(), StoreError> {
        let (resource_kind, resource_id) = self.resource;
        audit::append(
            tx,
            &AuditEntry {
                id: AuditEntryId::new(act.ids),
                at: act.now,
                actor: act.actor,
                acting_organization: act.acting_organization,
                action: self.event.code().to_owned(),
                resource_kind: resource_kind.to_owned(),
                resource_id,
                organization: self.organization,
                outcome: self.outcome,
                detail: self.detail.into(),
            },
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_codes_are_unique() {
        let codes: std::collections::HashSet<_> =
            Event::ALL.iter().map(|event| event.code()).collect();
        assert_eq!(codes.len(), Event::ALL.len());
    }
}
