//! Signing in with a password, and what every way of signing in has in common.

use serde_json::json;
use yagura_kernel::audit::AuditActor;
use yagura_kernel::id::{AccountId, OrganizationId};
use yagura_kernel::time::Instant;
use yagura_store::{Transaction, params};

use crate::accounts::{self, Credentials, Held};
use crate::attempts::{self, Try};
use crate::error::IdentityError;
use crate::events::{Act, Event, Record};
use crate::password::{PasswordContext, PasswordHash};
use crate::sessions::{self, NewSession, OpenedSession, SessionLevel, SignInMethod, SignedIn};
use crate::visitor::Visitor;
use crate::{Identity, invitations, login};

/// What came of an attempt to sign in.
#[derive(Debug, Clone)]
pub enum SignInOutcome {
    /// Signed in completely.
    SignedIn(OpenedSession),
    /// The session may do nothing but pass the second factor.
    NeedsSecondFactor(OpenedSession),
    /// The session may do nothing but set up a second factor.
    MustEnrolSecondFactor(OpenedSession),
    /// Refused, for whatever reason: wrong password, no such account, locked, too many tries.
    Refused {
        /// Seconds until the next try is possible; none where it is possible at once. The same
        /// for logins that exist and for those that do not.
        retry_after: Option<i64>,
    },
}

impl SignInOutcome {
    /// The session, where there is one: its token goes into the cookie.
    #[must_use]
    pub const fn session(&self) -> Option<&OpenedSession> {
        match self {
            Self::SignedIn(session)
            | Self::NeedsSecondFactor(session)
            | Self::MustEnrolSecondFactor(session) => Some(session),
            Self::Refused { .. } => None,
        }
    }
}

/// What came of something that asks for the password once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    /// It was right, and what was asked for is done.
    Done,
    /// It was wrong or too many were; nothing is done.
    Refused {
        /// Seconds until the next try is possible.
        retry_after: Option<i64>,
    },
}

/// How somebody proved who they are.
pub(crate) struct Proven {
    pub(crate) method: SignInMethod,
    /// Two factors were shown at once.
    pub(crate) two_factors: bool,
    pub(crate) confined_to: Option<OrganizationId>,
}

impl Identity {
    pub(crate) fn login_subject(&self, normalised: &str) -> [u8; 32] {
        self.secrets.mark("login", normalised.as_bytes())
    }

    pub(crate) fn address_subject(&self, visitor: &Visitor) -> Option<[u8; 32]> {
        Some(self.secrets.mark("address", &visitor.address_bytes()?))
    }

    /// Whether the visitor's address has failed too often.
    pub(crate) async fn address_blocked(
        &self,
        tx: &mut Transaction,
        visitor: &Visitor,
        now: Instant,
    ) -> Result<Option<i64>, IdentityError> {
        Ok(match self.address_subject(visitor) {
            Some(subject) => attempts::blocked(tx, attempts::ADDRESS, &subject, now).await?,
            None => None,
        })
    }

    pub(crate) async fn count_address_failure(
        &self,
        tx: &mut Transaction,
        visitor: &Visitor,
        now: Instant,
    ) -> Result<Option<i64>, IdentityError> {
        Ok(match self.address_subject(visitor) {
            Some(subject) => attempts::count_failure(tx, attempts::ADDRESS, &subject, now).await?,
            None => None,
        })
    }

    /// Signs in with a password. Takes its own transactions, because no write may wait for the
    /// hash.
    ///
    /// # Errors
    /// [`IdentityError::Busy`] where too many sign-ins wait; [`IdentityError::Store`].
    pub async fn sign_in(
        &self,
        typed_login: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<SignInOutcome, IdentityError> {
        let login = login::normalise(typed_login);
        let subject = self.login_subject(&login);
        let now = self.now();

        let mut tx = self.database.begin().await?;
        if let Some(wait) = self.address_blocked(&mut tx, visitor, now).await? {
            return Ok(SignInOutcome::Refused {
                retry_after: Some(wait),
            });
        }
        let granted = attempts::reserve(&mut tx, attempts::LOGIN, &subject, now).await?;
        tx.commit().await?;
        let wait_if_it_fails = match granted {
            Try::Blocked { wait } => {
                return Ok(SignInOutcome::Refused {
                    retry_after: Some(wait),
                });
            }
            Try::Granted { wait_if_it_fails } => wait_if_it_fails,
        };

        let account = accounts::by_login(&self.database, &login).await?;
        let stored = account
            .as_ref()
            .and_then(|account| account.password_hash.clone());
        let verdict = self.passwords.verify(password, stored).await?;
        let renewed = if verdict.correct && verdict.outdated {
            Some(self.passwords.renew(password, self.ids()).await?)
        } else {
            None
        };

        let act = self.act_of_stranger();
        let mut tx = self.database.begin().await?;
        let found = account
            .as_ref()
            .filter(|account| verdict.correct && account.is_active());
        let Some(account) = found else {
            let retry_after = self
                .refuse(
                    &mut tx,
                    act,
                    account.as_ref(),
                    visitor,
                    wait_if_it_fails,
                    "password",
                )
                .await?;
            tx.commit().await?;
            return Ok(SignInOutcome::Refused { retry_after });
        };
        // Locked or given another password while the hash was computed: refused after all.
        let unchanged = tx
            .execute(
                "UPDATE accounts SET password_hash = COALESCE($1, password_hash)
                 WHERE id = $2 AND status = 'active' AND password_hash = $3",
                params![
                    renewed.as_ref().map(PasswordHash::as_str),
                    account.id,
                    account.password_hash.as_deref()
                ],
            )
            .await?;
        if unchanged == 0 {
            return Ok(SignInOutcome::Refused { retry_after: None });
        }
        attempts::clear(&mut tx, attempts::LOGIN, &subject).await?;
        let proven = Proven {
            method: SignInMethod::Password,
            two_factors: false,
            confined_to: None,
        };
        let outcome = self
            .complete(&mut tx, act, account, proven, visitor)
            .await?;
        tx.commit().await?;
        Ok(outcome)
    }

    /// Counts and records a refusal and returns how long the next try must wait.
    pub(crate) async fn refuse(
        &self,
        tx: &mut Transaction,
        act: Act<'_>,
        account: Option<&Credentials>,
        visitor: &Visitor,
        wait: Option<i64>,
        method: &'static str,
    ) -> Result<Option<i64>, IdentityError> {
        let address_wait = self.count_address_failure(tx, visitor, act.now).await?;
        let record = match account {
            Some(account) => Record::of(Event::SignInRefused, "account", account.id)
                .in_organization(account.last_organization_id),
            None => Record::of(Event::SignInRefused, "account", "unknown"),
        };
        // What a stranger typed as a login is not recorded: it may well be a password.
        record
            .denied()
            .with(json!({ "method": method, "address": visitor.address_family() }))
            .write(tx, act)
            .await?;
        Ok(wait.max(address_wait))
    }

    /// Opens the session that somebody who proved who they are may have.
    pub(crate) async fn complete(
        &self,
        tx: &mut Transaction,
        act: Act<'_>,
        account: &Credentials,
        proven: Proven,
        visitor: &Visitor,
    ) -> Result<SignInOutcome, IdentityError> {
        let held = accounts::roles_held(tx, account.person_id, act.now.jst_date()).await?;
        // A session that is confined to one organisation opens none of the others' doors.
        let strict = held
            .iter()
            .filter(|held| {
                proven
                    .confined_to
                    .is_none_or(|only| held.organization == only)
            })
            .any(|held| held.role.needs_second_factor());
        let level = if proven.two_factors {
            SessionLevel::Full
        } else if accounts::has_second_factor(tx, account.id).await? {
            SessionLevel::AwaitingSecondFactor
        } else if strict {
            SessionLevel::MustEnrol
        } else {
            SessionLevel::Full
        };
        let organization =
            first_organization(&held, proven.confined_to, account.last_organization_id);
        let act = act.by(AuditActor::Person {
            person: account.person_id,
            account: account.id,
        });
        let session = sessions::open(
            tx,
            act,
            &self.settings.session_times,
            NewSession {
                account: account.id,
                organization,
                confined_to: proven.confined_to,
                level,
                method: proven.method,
                second_factor: proven.two_factors,
                strict,
                visitor,
            },
        )
        .await?;
        let event = match level {
            SessionLevel::Full => Event::SignedIn,
            SessionLevel::AwaitingSecondFactor | SessionLevel::MustEnrol => Event::SignInBegun,
        };
        Record::of(event, "account", account.id)
            .in_organization(organization)
            .with(json!({
                "method": proven.method.code(),
                "session": session.id,
                "two_factors": proven.two_factors,
                "address": visitor.address_family(),
            }))
            .write(tx, act)
            .await?;
        if level == SessionLevel::Full {
            note_sign_in(tx, account.id, act.now).await?;
        }
        Ok(match level {
            SessionLevel::Full => SignInOutcome::SignedIn(session),
            SessionLevel::AwaitingSecondFactor => SignInOutcome::NeedsSecondFactor(session),
            SessionLevel::MustEnrol => SignInOutcome::MustEnrolSecondFactor(session),
        })
    }

    /// Opens a complete session for a visitor of the demonstration who picked a person. To be
    /// called only where the settings mark the installation as a demonstration.
    ///
    /// # Errors
    /// [`IdentityError::NotAllowed`] where the installation is none.
    pub async fn sign_in_to_demonstration(
        &self,
        account: AccountId,
        visitor: &Visitor,
    ) -> Result<OpenedSession, IdentityError> {
        let marked =
            yagura_store::settings::get(&self.database, yagura_store::settings::DEMONSTRATION);
        if marked.await?.is_none() {
            return Err(IdentityError::NotAllowed);
        }
        let mut tx = self.database.begin().await?;
        let account = accounts::by_id(&mut tx, account)
            .await?
            .ok_or(yagura_store::StoreError::NotFound)?;
        let proven = Proven {
            method: SignInMethod::Demonstration,
            two_factors: true,
            confined_to: None,
        };
        let act = self.act_of_stranger();
        let outcome = self
            .complete(&mut tx, act, &account, proven, visitor)
            .await?;
        tx.commit().await?;
        outcome.session().cloned().ok_or(IdentityError::NotAllowed)
    }

    /// Asks for the password once more, before something that needs a fresh sign-in. A passkey
    /// does the same through [`Self::pass_passkey`].
    ///
    /// # Errors
    /// [`IdentityError::Busy`], [`IdentityError::Store`].
    pub async fn confirm_password(
        &self,
        session: &SignedIn,
        password: &str,
    ) -> Result<PasswordCheck, IdentityError> {
        let checked = self.check_own_password(session, password).await?;
        if checked == PasswordCheck::Done {
            let act = self.act(session);
            let mut tx = self.database.begin().await?;
            sessions::set_authenticated(&mut tx, session.session, act.now).await?;
            Record::of(Event::Reauthenticated, "session", session.session)
                .write(&mut tx, act)
                .await?;
            tx.commit().await?;
        }
        Ok(checked)
    }

    async fn check_own_password(
        &self,
        session: &SignedIn,
        password: &str,
    ) -> Result<PasswordCheck, IdentityError> {
        let subject = self.login_subject(&session.login);
        let act = self.act(session);
        let mut tx = self.database.begin().await?;
        let granted = attempts::reserve(&mut tx, attempts::LOGIN, &subject, act.now).await?;
        let stored = accounts::by_id(&mut tx, session.account).await?;
        tx.commit().await?;
        let wait = match granted {
            Try::Blocked { wait } => {
                return Ok(PasswordCheck::Refused {
                    retry_after: Some(wait),
                });
            }
            Try::Granted { wait_if_it_fails } => wait_if_it_fails,
        };
        let stored = stored.and_then(|account| account.password_hash);
        let verdict = self.passwords.verify(password, stored).await?;
        let mut tx = self.database.begin().await?;
        if verdict.correct {
            attempts::clear(&mut tx, attempts::LOGIN, &subject).await?;
        } else {
            Record::of(Event::SignInRefused, "session", session.session)
                .denied()
                .with(json!({ "method": "password" }))
                .write(&mut tx, act)
                .await?;
        }
        tx.commit().await?;
        Ok(if verdict.correct {
            PasswordCheck::Done
        } else {
            PasswordCheck::Refused { retry_after: wait }
        })
    }

    /// Changes one's password and ends one's other sessions.
    ///
    /// # Errors
    /// [`IdentityError::Form`] with every problem of the new password;
    /// [`IdentityError::SecondFactorNeeded`] while the session is not complete.
    pub async fn change_password(
        &self,
        session: &SignedIn,
        old: &str,
        new: &str,
    ) -> Result<PasswordCheck, IdentityError> {
        if session.level != SessionLevel::Full {
            return Err(IdentityError::SecondFactorNeeded);
        }
        // The new one first: whoever mistypes it is not counted as guessing the old one.
        let context = PasswordContext {
            login: login::Login::parse(&session.login).ok(),
            words: accounts::expected_words(&self.database, session.person).await?,
        };
        let hash = self
            .passwords
            .accept(new, context, self.ids())
            .await?
            .map_err(IdentityError::passwords)?;
        let checked = self.check_own_password(session, old).await?;
        if checked == PasswordCheck::Done {
            let act = self.act(session);
            let mut tx = self.database.begin().await?;
            accounts::set_password(&mut tx, session.account, &hash, act.now).await?;
            invitations::void_password_resets(&mut tx, act.now, session.account).await?;
            sessions::set_authenticated(&mut tx, session.session, act.now).await?;
            Record::of(Event::PasswordChanged, "account", session.account)
                .write(&mut tx, act)
                .await?;
            sessions::revoke_all(&mut tx, act, session.account, Some(session.session)).await?;
            tx.commit().await?;
        }
        Ok(checked)
    }
}

pub(crate) async fn note_sign_in(
    tx: &mut Transaction,
    account: AccountId,
    now: Instant,
) -> Result<(), IdentityError> {
    tx.execute(
        "UPDATE accounts SET last_sign_in_at = $1 WHERE id = $2",
        params![now, account],
    )
    .await?;
    Ok(())
}

/// The organisation one acted for last time, if one still may, else the first.
fn first_organization(
    held: &[Held],
    confined_to: Option<OrganizationId>,
    last: Option<OrganizationId>,
) -> Option<OrganizationId> {
    let possible = |id: &OrganizationId| {
        confined_to.is_none_or(|only| only == *id)
            && held.iter().any(|held| held.organization == *id)
    };
    last.filter(possible)
        .or_else(|| held.iter().map(|held| held.organization).find(possible))
}
