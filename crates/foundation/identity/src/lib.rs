//! Who somebody is: accounts, passwords, one-time codes, passkeys, recovery codes, identity
//! providers, sessions, invitations and API tokens. Logic and tables; no HTML and no HTTP server.
//!
//! [`Identity`] holds what all of it needs and offers what a page does in one call. What other
//! features do inside a transaction of their own (give out a link, accept one, end a session) are
//! functions of the modules, which take an [`Act`]: who does it, when, and where ids come from.
//! Everything that happens to a sign-in goes into the audit log in the same transaction.
//!
//! Nothing here tells a stranger whether an account exists: not the outcome, not the delay, not
//! the time that the answer takes.

pub mod accounts;
mod attempts;
mod ceremonies;
mod error;
mod events;
pub mod invitations;
pub mod login;
mod messages;
mod migrations;
pub mod oidc;
pub mod passkeys;
pub mod password;
pub mod recovery_codes;
mod second_factor;
mod secrets;
pub mod sessions;
pub mod setup;
mod sign_in;
pub mod tokens;
mod totp;
mod visitor;

use std::sync::Arc;

use yagura_kernel::audit::AuditActor;
use yagura_kernel::id::IdGenerator;
use yagura_kernel::time::{Clock, Instant};
use yagura_store::{Database, StoreError, Transaction, params};

pub use error::{FormProblem, IdentityError, LinkProblem};
pub use events::{Act, Event};
pub use login::{Login, LoginProblem};
pub use messages::{MESSAGES_EN, MESSAGES_JA};
pub use migrations::MIGRATIONS;
pub use second_factor::{Enrolled, FactorOutcome, Factors, PasskeyCeremony};
pub use secrets::{SealError, SecretBox, SecretToken};
pub use sign_in::{PasswordCheck, SignInOutcome};
pub use totp::TotpEnrolment;
pub use visitor::Visitor;

use passkeys::Passkeys;
use password::Passwords;
use sessions::{SessionTimes, SignedIn};

/// What differs between installations.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach the installation: `https://yagura.example.jp`. Passkeys are bound to its
    /// host name and identity providers send people back to it.
    pub public_url: String,
    /// What authenticator apps and passkeys call it.
    pub product_name: String,
    /// How long sessions last.
    pub session_times: SessionTimes,
    /// Whether identity providers on this very machine may be spoken to without encryption. For
    /// tests and try-outs.
    pub allow_http_provider_on_loopback: bool,
}

impl Settings {
    /// The usual settings under a public URL.
    #[must_use]
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            product_name: "Yagura".to_owned(),
            session_times: SessionTimes::default(),
            allow_http_provider_on_loopback: false,
        }
    }
}

/// Everything about identities of one installation. Clones are cheap and share one queue of
/// password hashes.
#[derive(Clone)]
pub struct Identity {
    pub(crate) database: Database,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
    pub(crate) secrets: Arc<SecretBox>,
    pub(crate) passwords: Passwords,
    passkeys: Option<Arc<Passkeys>>,
    pub(crate) fetcher: Arc<oidc::Fetcher>,
    pub(crate) discovered: Arc<oidc::Discovered>,
    pub(crate) settings: Arc<Settings>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Identity({:?})", self.settings)
    }
}

/// A link by which somebody sets a new password, to be sent to their address.
#[derive(Debug, Clone)]
pub struct PasswordResetLink {
    /// Where it goes.
    pub address: String,
    /// For the link.
    pub token: SecretToken,
    /// Until when it works.
    pub expires_at: Instant,
}

/// What comes of asking for a reset link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetRequest {
    /// One may be sent, should there be such an account.
    Granted,
    /// None is sent: this mailbox got several just now. The page says the same as for
    /// [`Self::Granted`].
    Flooding,
    /// The visitor's address asked too often, whomever for.
    TooMany {
        /// Seconds until it may ask again.
        wait: i64,
    },
}

/// How long a reset link lives that somebody asked for themselves.
const RESET_SECONDS: i64 = 60 * 60;

impl Identity {
    /// For a database on which [`MIGRATIONS`] were run. `installation_key` is not in the database
    /// and must survive it: without the key nobody's authenticator app works any more.
    pub fn new(
        database: Database,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        installation_key: &[u8; 32],
        settings: Settings,
    ) -> Self {
        let passkeys = Passkeys::new(&settings.public_url, &settings.product_name).map(Arc::new);
        Self {
            database,
            clock,
            ids,
            secrets: Arc::new(SecretBox::new(installation_key)),
            passwords: Passwords::default(),
            passkeys,
            fetcher: Arc::new(oidc::Fetcher::new(settings.allow_http_provider_on_loopback)),
            discovered: Arc::default(),
            settings: Arc::new(settings),
        }
    }

    /// With other parameters of argon2id than the usual ones: stronger on a larger machine, weaker
    /// in tests of other parts.
    #[must_use]
    pub fn with_passwords(self, passwords: Passwords) -> Self {
        Self { passwords, ..self }
    }

    /// Seals what only this installation may read again.
    #[must_use]
    pub fn secrets(&self) -> &SecretBox {
        &self.secrets
    }

    /// The database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(crate) fn ids(&self) -> &dyn IdGenerator {
        &*self.ids
    }

    pub(crate) fn passkeys(&self) -> Result<Arc<Passkeys>, IdentityError> {
        self.passkeys
            .clone()
            .ok_or(IdentityError::PasskeysUnavailable)
    }

    /// Whether passkeys work at the public URL; where not, no page should offer them.
    #[must_use]
    pub const fn passkeys_available(&self) -> bool {
        self.passkeys.is_some()
    }

    /// The host name to which passkeys are bound: a browser that came by another name cannot use
    /// them.
    #[must_use]
    pub fn passkey_host(&self) -> Option<&str> {
        self.passkeys.as_ref().map(|passkeys| passkeys.host())
    }

    /// An act of a signed-in person.
    #[must_use]
    pub fn act(&self, session: &SignedIn) -> Act<'_> {
        Act {
            ids: self.ids(),
            now: self.now(),
            actor: AuditActor::Person {
                person: session.person,
                account: session.account,
            },
            acting_organization: session
                .organization
                .as_ref()
                .map(|organization| organization.id),
        }
    }

    /// An act of somebody who is not signed in.
    #[must_use]
    pub fn act_of_stranger(&self) -> Act<'_> {
        Act::of_stranger(self.ids(), self.now())
    }

    /// An act of the program itself.
    #[must_use]
    pub fn act_of_program(&self) -> Act<'_> {
        Act::of_program(self.ids(), self.now())
    }

    /// Who holds a session cookie, if it is alive. One query.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn session(&self, cookie: &str) -> Result<Option<SignedIn>, StoreError> {
        match SecretToken::parse(cookie) {
            Some(token) => sessions::find(&self.database, &token, self.now()).await,
            None => Ok(None),
        }
    }

    /// Who holds an API token, if it is alive. One query.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn token(&self, text: &str) -> Result<Option<tokens::TokenBearer>, StoreError> {
        tokens::find(&self.database, text, self.now()).await
    }

    /// Counts that a stranger asks for a reset link, before anybody looks whether there is such an
    /// account. To be called in the transaction that asks for the job which sends the link.
    ///
    /// # Errors
    /// [`IdentityError::Store`].
    pub async fn count_password_reset(
        &self,
        tx: &mut Transaction,
        login: &Login,
        visitor: &Visitor,
    ) -> Result<ResetRequest, IdentityError> {
        let now = self.now();
        if let Some(address) = self.address_subject(visitor) {
            let tried = attempts::reserve(tx, attempts::RESET_ADDRESS, &address, now).await?;
            if let attempts::Try::Blocked { wait } = tried {
                return Ok(ResetRequest::TooMany { wait });
            }
        }
        let subject = self.secrets.mark("reset", login.as_str().as_bytes());
        let tried = attempts::reserve(tx, attempts::RESET, &subject, now).await?;
        Ok(match tried {
            attempts::Try::Granted { .. } => ResetRequest::Granted,
            attempts::Try::Blocked { .. } => ResetRequest::Flooding,
        })
    }

    /// Makes a link by which somebody who forgot their password sets a new one. `None` where there
    /// is no active account with that e-mail address as its login, or it has no password because its
    /// institution's identity provider vouches for it. To be called by a job, so that
    /// the page's answer takes equally long in every case; the page says the same in every case.
    /// A job that is repeated makes another link and may.
    ///
    /// # Errors
    /// [`IdentityError::Store`].
    pub async fn password_reset_link(
        &self,
        login: &Login,
    ) -> Result<Option<PasswordResetLink>, IdentityError> {
        let account = accounts::by_login(&self.database, login.as_str()).await?;
        let may = |account: &accounts::Credentials| {
            account.is_active() && account.password_hash.is_some() && login.is_address()
        };
        let Some(account) = account.filter(may) else {
            return Ok(None);
        };
        let act = self.act_of_stranger();
        let mut tx = self.database.begin().await?;
        let link = invitations::insert(
            &mut tx,
            act,
            invitations::NewInvitation {
                purpose: invitations::Purpose::PasswordReset {
                    account: account.id,
                },
                organization: None,
                addressee: Some(login.clone()),
                expires_at: Some(act.now.plus_seconds(RESET_SECONDS)),
            },
        )
        .await?;
        tx.commit().await?;
        Ok(Some(PasswordResetLink {
            address: login.as_str().to_owned(),
            token: link.token,
            expires_at: link.expires_at,
        }))
    }

    /// Removes sessions and ceremonies that are over, old counts of failed tries and links that
    /// ended more than two years ago. For a daily job; returns how many rows went.
    ///
    /// # Errors
    /// [`StoreError`] where the database refuses.
    pub async fn purge(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let mut tx = self.database.begin().await?;
        let mut removed = sessions::purge(&mut tx, now).await?;
        removed += ceremonies::purge(&mut tx, now).await?;
        removed += attempts::purge(&mut tx, now).await?;
        removed += tx
            .execute(
                "DELETE FROM invitations WHERE expires_at < $1",
                params![now.plus_days(-730)],
            )
            .await?;
        tx.commit().await?;
        Ok(removed)
    }
}
