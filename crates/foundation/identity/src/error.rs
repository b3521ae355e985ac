use yagura_store::StoreError;

use crate::login::LoginProblem;
use crate::oidc::OidcProblem;
use crate::password::{Busy, PasswordProblem};
use crate::secrets::SealError;

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormProblem {
    /// The name is empty or longer than 200 characters.
    Name,
    /// The organisation's name is empty or longer than 200 characters.
    OrganizationName,
    /// The login.
    Login(LoginProblem),
    /// The password.
    Password(PasswordProblem),
}

/// Why a link does not work. Told only to whoever holds the right token, or as `Unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// There is no such link.
    #[error("there is no such link")]
    Unknown,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
    /// It was used already.
    #[error("the link was used already")]
    Used,
    /// Whoever gave it out took it back.
    #[error("the link was revoked")]
    Revoked,
    /// It is a link for something else.
    #[error("the link is for something else")]
    OtherPurpose,
}

impl LinkProblem {
    /// The tail of its key in the message catalogue.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::OtherPurpose => "other_purpose",
        }
    }
}

/// Why something about identities could not be done.
///
/// A refused sign-in is no error but an outcome, because it is told to strangers.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Fields of a form are not as they must be.
    #[error("the form has problems: {0:?}")]
    Form(Vec<FormProblem>),
    /// An invitation or another link does not work.
    #[error(transparent)]
    Link(#[from] LinkProblem),
    /// What was begun has expired, was used already or belongs to another session: begin again.
    #[error("what was begun is over and must be begun again")]
    CeremonyOver,
    /// The person must first pass or set up their second factor.
    #[error("a second factor is needed first")]
    SecondFactorNeeded,
    /// The person must type their password again, because signing in is too long ago.
    #[error("signing in is too long ago for this")]
    ReauthenticationNeeded,
    /// The last second factor cannot be removed while a role needs one.
    #[error("a role needs a second factor and this is the last one")]
    LastSecondFactor,
    /// Passkeys need a host name; the public URL has none.
    #[error("passkeys do not work at this public URL")]
    PasskeysUnavailable,
    /// The browser's answer about a passkey is not valid.
    #[error("the passkey was not accepted: {0}")]
    Passkey(String),
    /// The role cannot be held in an organisation of this kind.
    #[error("the role cannot be held in an organisation of this kind")]
    RoleDoesNotFit,
    /// The session rests on the word of one organisation's identity provider, and the account
    /// reaches further than that organisation.
    #[error("a session of one organisation cannot change an account of several")]
    Confined,
    /// Who asks has no authority over this account, link or organisation.
    #[error("no authority over this")]
    NotAllowed,
    /// A lifetime is longer than links or tokens of this kind may have.
    #[error("at most {days} days are possible")]
    LifetimeTooLong {
        /// The longest possible.
        days: i64,
    },
    /// A token needs at least one scope that its owner has.
    #[error("the token would allow nothing")]
    NoScope,
    /// The person holds no role in that organisation today.
    #[error("no role in that organisation")]
    NoAssignment,
    /// The vendor works here already: one of its own people must accept the invitation.
    #[error("one of the vendor's own people must accept this")]
    VendorHasPeople,
    /// Set-up is done: there is an account already.
    #[error("the installation is set up already")]
    AlreadySetUp,
    /// The identity provider.
    #[error(transparent)]
    Oidc(#[from] OidcProblem),
    /// Too many sign-ins wait; come back in a moment.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A stored secret cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// Something that should not happen.
    #[error("{0}")]
    Internal(String),
}

impl IdentityError {
    /// The tail of its key in the message catalogue.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Form(_) => "form",
            Self::Link(_) => "link",
            Self::CeremonyOver => "ceremony_over",
            Self::SecondFactorNeeded => "second_factor_needed",
            Self::ReauthenticationNeeded => "reauthentication_needed",
            Self::LastSecondFactor => "last_second_factor",
            Self::PasskeysUnavailable => "passkeys_unavailable",
            Self::Passkey(_) => "passkey",
            Self::RoleDoesNotFit => "role_does_not_fit",
            Self::Confined => "confined",
            Self::NotAllowed => "not_allowed",
            Self::LifetimeTooLong { .. } => "lifetime_too_long",
            Self::NoScope => "no_scope",
            Self::NoAssignment => "no_assignment",
            Self::VendorHasPeople => "vendor_has_people",
            Self::AlreadySetUp => "already_set_up",
            Self::Oidc(_) => "oidc",
            Self::Busy(_) => "busy",
            Self::Sealed(_) => "sealed",
            Self::Internal(_) => "internal",
        }
    }

    pub(crate) fn login(problem: LoginProblem) -> Self {
        Self::Form(vec![FormProblem::Login(problem)])
    }

    pub(crate) fn passwords(problems: Vec<PasswordProblem>) -> Self {
        Self::Form(problems.into_iter().map(FormProblem::Password).collect())
    }
}
