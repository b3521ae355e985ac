//! Second factors: passing them at sign-in, setting them up and removing them.

use serde_json::{Value, json};
use yagura_kernel::id::AccountId;
use yagura_kernel::time::Instant;
use yagura_store::{StoreError, Transaction};

use crate::Identity;
use crate::accounts;
use crate::attempts::{self, Try};
use crate::ceremonies::{self, Kind, Owner};
use crate::error::IdentityError;
use crate::events::{Event, Record};
use crate::passkeys::{self, PasskeyId, PasskeyListing};
use crate::recovery_codes::{self, RecoveryCode};
use crate::secrets::SecretToken;
use crate::sessions::{self, OpenedSession, SessionLevel, SignInMethod, SignedIn};
use crate::sign_in::{Proven, SignInOutcome, note_sign_in};
use crate::totp::{self, TotpEnrolment};
use crate::visitor::Visitor;

/// What came of a second factor.
#[derive(Debug, Clone)]
pub enum FactorOutcome {
    /// It was right. The session is complete and has a new token: set the cookie again.
    Passed {
        /// The session with its new token.
        session: OpenedSession,
        /// How many recovery codes are left, where one was used.
        recovery_codes_left: Option<i64>,
    },
    /// It was not.
    Refused {
        /// Seconds until the next try is possible.
        retry_after: Option<i64>,
    },
}

/// What came of setting up a second factor.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// The session, now complete, with a new token: set the cookie again.
    pub session: OpenedSession,
    /// Recovery codes to be shown once, where the account had none.
    pub recovery_codes: Option<Vec<RecoveryCode>>,
}

/// The second factors of an account, as its owner sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors {
    /// Since when an authenticator app is set up.
    pub totp_since: Option<Instant>,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyListing>,
    /// How many recovery codes are left.
    pub recovery_codes_left: i64,
    /// Whether a role needs a second factor: then the last one cannot be removed.
    pub compulsory: bool,
}

impl Factors {
    /// How many there are, recovery codes aside.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.passkeys.len() + if self.totp_since.is_some() { 1 } else { 0 }
    }
}

/// A passkey ceremony that the browser must carry on.
#[derive(Debug, Clone)]
pub struct PasskeyCeremony {
    /// To be sent back with the browser's answer.
    pub token: SecretToken,
    /// The argument of `navigator.credentials.create` or `.get`, with binary values as base64url
    /// (`PublicKeyCredential.parseCreationOptionsFromJSON` reads it).
    pub options: Value,
}

enum Factor<'a> {
    Totp(&'a str),
    RecoveryCode(&'a str),
    Passkey {
        ceremony: &'a SecretToken,
        answer: &'a str,
    },
}

impl Factor<'_> {
    const fn code(&self) -> &'static str {
        match self {
            Self::Totp(_) => "totp",
            Self::RecoveryCode(_) => "recovery_code",
            Self::Passkey { .. } => "passkey",
        }
    }
}

impl Identity {
    /// The second factors of one's own account.
    ///
    /// # Errors
    /// [`StoreError`] where the database does not answer.
    pub async fn factors(&self, session: &SignedIn) -> Result<Factors, StoreError> {
        let today = self.now().jst_date();
        let (account, person) = (session.account, session.person);
        Ok(Factors {
            totp_since: totp::since(&self.database, account).await?,
            passkeys: passkeys::list(&self.database, account).await?,
            recovery_codes_left: recovery_codes::left(&self.database, account).await?,
            compulsory: accounts::must_have_second_factor(&self.database, person, today).await?,
        })
    }

    /// Passes the second factor with a code from the authenticator app.
    ///
    /// # Errors
    /// [`IdentityError::Store`], [`IdentityError::Sealed`].
    pub async fn pass_totp(
        &self,
        session: &SignedIn,
        code: &str,
    ) -> Result<FactorOutcome, IdentityError> {
        self.pass(session, Factor::Totp(code)).await
    }

    /// Passes the second factor with a recovery code, which is then used up.
    ///
    /// # Errors
    /// [`IdentityError::Store`].
    pub async fn pass_recovery_code(
        &self,
        session: &SignedIn,
        code: &str,
    ) -> Result<FactorOutcome, IdentityError> {
        self.pass(session, Factor::RecoveryCode(code)).await
    }

    /// Begins to pass the second factor with a passkey.
    ///
    /// # Errors
    /// [`IdentityError::PasskeysUnavailable`]; [`IdentityError::Passkey`] where the account has
    /// none.
    pub async fn begin_passkey(
        &self,
        session: &SignedIn,
    ) -> Result<PasskeyCeremony, IdentityError> {
        let passkeys = self.passkeys()?;
        let mut tx = self.database.begin().await?;
        let known = passkeys::of_account(&mut tx, session.account).await?;
        let (options, state) = passkeys.begin_second_factor(&known)?;
        let token = ceremonies::begin(
            &mut tx,
            &self.secrets,
            self.act(session),
            Kind::PasskeyAsSecondFactor,
            Owner::Session(session.session),
            &state,
        )
        .await?;
        tx.commit().await?;
        Ok(PasskeyCeremony { token, options })
    }

    /// Passes the second factor with a passkey: `answer` is the browser's `PublicKeyCredential`
    /// as JSON.
    ///
    /// # Errors
    /// [`IdentityError::PasskeysUnavailable`], [`IdentityError::Store`].
    pub async fn pass_passkey(
        &self,
        session: &SignedIn,
        ceremony: &SecretToken,
        answer: &str,
    ) -> Result<FactorOutcome, IdentityError> {
        self.pass(session, Factor::Passkey { ceremony, answer })
            .await
    }

    async fn pass(
        &self,
        session: &SignedIn,
        factor: Factor<'_>,
    ) -> Result<FactorOutcome, IdentityError> {
        let act = self.act(session);
        let subject = self.factor_subject(session.account);
        let mut tx = self.database.begin().await?;
        let granted = attempts::reserve(&mut tx, attempts::FACTOR, &subject, act.now).await?;
        let wait_if_it_fails = match granted {
            Try::Blocked { wait } => {
                return Ok(FactorOutcome::Refused {
                    retry_after: Some(wait),
                });
            }
            Try::Granted { wait_if_it_fails } => wait_if_it_fails,
        };
        let passed = self.check_factor(&mut tx, session, &factor).await?;
        let event = if passed {
            Event::SecondFactorPassed
        } else {
            Event::SecondFactorRefused
        };
        let mut record = Record::of(event, "account", session.account)
            .in_organization(
                session
                    .organization
                    .as_ref()
                    .map(|organization| organization.id),
            )
            .with(json!({ "factor": factor.code(), "session": session.session }));
        if !passed {
            record = record.denied();
        }
        record.write(&mut tx, act).await?;
        if !passed {
            tx.commit().await?;
            return Ok(FactorOutcome::Refused {
                retry_after: wait_if_it_fails,
            });
        }
        attempts::clear(&mut tx, attempts::FACTOR, &subject).await?;
        let opened = sessions::upgrade(&mut tx, act, &self.settings.session_times, session).await?;
        if session.level != SessionLevel::Full {
            note_sign_in(&mut tx, session.account, act.now).await?;
            Record::of(Event::SignedIn, "account", session.account)
                .in_organization(
                    session
                        .organization
                        .as_ref()
                        .map(|organization| organization.id),
                )
                .with(json!({
                    "method": session.method.code(),
                    "session": session.session,
                    "two_factors": true,
                }))
                .write(&mut tx, act)
                .await?;
        }
        let recovery_codes_left = match factor {
            Factor::RecoveryCode(_) => {
                Some(recovery_codes::left_in(&mut tx, session.account).await?)
            }
            _ => None,
        };
        tx.commit().await?;
        Ok(FactorOutcome::Passed {
            session: opened,
            recovery_codes_left,
        })
    }

    async fn check_factor(
        &self,
        tx: &mut Transaction,
        session: &SignedIn,
        factor: &Factor<'_>,
    ) -> Result<bool, IdentityError> {
        let now = self.now();
        match factor {
            Factor::Totp(code) => totp::check(tx, &self.secrets, session.account, code, now).await,
            Factor::RecoveryCode(code) => {
                Ok(recovery_codes::use_code(tx, session.account, code, now).await?)
            }
            Factor::Passkey { ceremony, answer } => {
                let passkeys = self.passkeys()?;
                let state = ceremonies::take(
                    tx,
                    &self.secrets,
                    now,
                    Kind::PasskeyAsSecondFactor,
                    Owner::Session(session.session),
                    ceremony,
                )
                .await?;
                let Some(state) = state else {
                    return Ok(false);
                };
                let Some(used) = passkeys.finish_second_factor(answer, &state) else {
                    return Ok(false);
                };
                Ok(passkeys::note_use(tx, session.account, &used, now).await?)
            }
        }
    }

    fn factor_subject(&self, account: AccountId) -> [u8; 32] {
        self.secrets.mark("factor", account.uuid().as_bytes())
    }

    /// Whether a session may set up or remove second factors now: a stranger who knows only the
    /// password, or who found a browser left open, must not. Nor may a session for which one
    /// organisation's identity provider vouches, where the account reaches further than that
    /// organisation.
    pub(crate) async fn may_change_factors(
        &self,
        tx: &mut Transaction,
        session: &SignedIn,
    ) -> Result<(), IdentityError> {
        if let Some(only) = session.confined_to {
            let today = self.now().jst_date();
            let held = accounts::roles_held(tx, session.person, today).await?;
            if held.iter().any(|held| held.organization != only) {
                return Err(IdentityError::Confined);
            }
        }
        let has_one = accounts::has_second_factor(tx, session.account).await?;
        match session.level {
            SessionLevel::AwaitingSecondFactor => Err(IdentityError::SecondFactorNeeded),
            _ if has_one && !session.second_factor => Err(IdentityError::SecondFactorNeeded),
            SessionLevel::Full if !session.is_fresh(self.now()) => {
                Err(IdentityError::ReauthenticationNeeded)
            }
            SessionLevel::MustEnrol | SessionLevel::Full => Ok(()),
        }
    }

    /// Begins to set up an authenticator app. A second call within half an hour shows the same
    /// secret again.
    ///
    /// # Errors
    /// [`IdentityError::SecondFactorNeeded`], [`IdentityError::ReauthenticationNeeded`].
    pub async fn begin_totp_enrolment(
        &self,
        session: &SignedIn,
    ) -> Result<TotpEnrolment, IdentityError> {
        let mut tx = self.database.begin().await?;
        self.may_change_factors(&mut tx, session).await?;
        let enrolment = totp::begin(
            &mut tx,
            &self.secrets,
            session.account,
            (&self.settings.product_name, &session.login),
            self.ids(),
            self.now(),
        )
        .await?;
        tx.commit().await?;
        Ok(enrolment)
    }

    /// Ends setting up an authenticator app with the first code from it. `None` where the code is
    /// wrong.
    ///
    /// # Errors
    /// [`IdentityError::CeremonyOver`] where it was not begun, and as
    /// [`Self::begin_totp_enrolment`].
    pub async fn confirm_totp_enrolment(
        &self,
        session: &SignedIn,
        code: &str,
    ) -> Result<Option<Enrolled>, IdentityError> {
        let mut tx = self.database.begin().await?;
        self.may_change_factors(&mut tx, session).await?;
        if !totp::confirm(&mut tx, &self.secrets, session.account, code, self.now()).await? {
            return Ok(None);
        }
        let enrolled = self
            .enrolled(&mut tx, session, json!({ "factor": "totp" }))
            .await?;
        tx.commit().await?;
        Ok(Some(enrolled))
    }

    /// Begins to register a passkey.
    ///
    /// # Errors
    /// [`IdentityError::PasskeysUnavailable`], and as [`Self::begin_totp_enrolment`].
    pub async fn begin_passkey_registration(
        &self,
        session: &SignedIn,
    ) -> Result<PasskeyCeremony, IdentityError> {
        let passkeys = self.passkeys()?;
        let mut tx = self.database.begin().await?;
        self.may_change_factors(&mut tx, session).await?;
        let known = passkeys::of_account(&mut tx, session.account).await?;
        let (options, state) =
            passkeys.begin_registration(session.account, &session.login, &session.name, &known)?;
        let token = ceremonies::begin(
            &mut tx,
            &self.secrets,
            self.act(session),
            Kind::RegisterPasskey,
            Owner::Session(session.session),
            &state,
        )
        .await?;
        tx.commit().await?;
        Ok(PasskeyCeremony { token, options })
    }

    /// Ends registering a passkey: `answer` is the browser's `PublicKeyCredential` as JSON,
    /// `name` what the person calls the device.
    ///
    /// # Errors
    /// [`IdentityError::CeremonyOver`], [`IdentityError::Passkey`], and as
    /// [`Self::begin_passkey_registration`].
    pub async fn finish_passkey_registration(
        &self,
        session: &SignedIn,
        ceremony: &SecretToken,
        answer: &str,
        name: &str,
    ) -> Result<Enrolled, IdentityError> {
        let passkeys = self.passkeys()?;
        let mut tx = self.database.begin().await?;
        self.may_change_factors(&mut tx, session).await?;
        let now = self.now();
        let owner = Owner::Session(session.session);
        let state = ceremonies::take(
            &mut tx,
            &self.secrets,
            now,
            Kind::RegisterPasskey,
            owner,
            ceremony,
        )
        .await?;
        let passkey = match state {
            Some(state) => passkeys.finish_registration(answer, &state),
            None => Err(IdentityError::CeremonyOver),
        };
        let passkey = match passkey {
            Ok(passkey) => passkey,
            Err(error) => {
                tx.commit().await?; // the ceremony is used up
                return Err(error);
            }
        };
        let id = passkeys::keep(&mut tx, session.account, &passkey, name, self.ids(), now).await?;
        let detail = json!({ "factor": "passkey", "passkey": id.uuid() });
        let enrolled = self.enrolled(&mut tx, session, detail).await?;
        tx.commit().await?;
        Ok(enrolled)
    }

    async fn enrolled(
        &self,
        tx: &mut Transaction,
        session: &SignedIn,
        detail: Value,
    ) -> Result<Enrolled, IdentityError> {
        let act = self.act(session);
        Record::of(Event::SecondFactorEnrolled, "account", session.account)
            .with(detail)
            .write(tx, act)
            .await?;
        let recovery_codes = if recovery_codes::left_in(tx, session.account).await? == 0 {
            Some(recovery_codes::replace(tx, session.account, self.ids(), act.now).await?)
        } else {
            None
        };
        let opened = sessions::upgrade(tx, act, &self.settings.session_times, session).await?;
        if session.level != SessionLevel::Full {
            note_sign_in(tx, session.account, act.now).await?;
            Record::of(Event::SignedIn, "account", session.account)
                .in_organization(
                    session
                        .organization
                        .as_ref()
                        .map(|organization| organization.id),
                )
                .with(json!({
                    "method": session.method.code(),
                    "session": session.session,
                    "two_factors": true,
                }))
                .write(tx, act)
                .await?;
        } else {
            // Sessions without the new factor do not live on beside it.
            sessions::revoke_all(tx, act, session.account, Some(session.session)).await?;
        }
        Ok(Enrolled {
            session: opened,
            recovery_codes,
        })
    }

    /// Makes ten new recovery codes, to be shown once; the old ones are void.
    ///
    /// # Errors
    /// As [`Self::begin_totp_enrolment`]; [`IdentityError::SecondFactorNeeded`] where the account
    /// has no second factor.
    pub async fn renew_recovery_codes(
        &self,
        session: &SignedIn,
    ) -> Result<Vec<RecoveryCode>, IdentityError> {
        let act = self.act(session);
        let mut tx = self.database.begin().await?;
        self.may_change_factors(&mut tx, session).await?;
        if !accounts::has_second_factor(&mut tx, session.account).await? {
            return Err(IdentityError::SecondFactorNeeded);
        }
        let codes = recovery_codes::replace(&mut tx, session.account, self.ids(), act.now).await?;
        Record::of(Event::RecoveryCodesMade, "account", session.account)
            .write(&mut tx, act)
            .await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Removes the authenticator app.
    ///
    /// # Errors
    /// [`IdentityError::LastSecondFactor`] where a role needs a second factor and this is the last
    /// one, and as [`Self::begin_totp_enrolment`].
    pub async fn remove_totp(&self, session: &SignedIn) -> Result<(), IdentityError> {
        let mut tx = self.database.begin().await?;
        self.may_change_factors(&mut tx, session).await?;
        let removed = totp::remove(&mut tx, session.account).await?;
        self.removed(tx, session, removed, json!({ "factor": "totp" }))
            .await
    }

    /// Removes a passkey.
    ///
    /// # Errors
    /// As [`Self::remove_totp`].
    pub async fn remove_passkey(
        &self,
        session: &SignedIn,
        passkey: PasskeyId,
    ) -> Result<(), IdentityError> {
        let mut tx = self.database.begin().await?;
        self.may_change_factors(&mut tx, session).await?;
        let removed = passkeys::remove(&mut tx, session.account, passkey).await?;
        let detail = json!({ "factor": "passkey", "passkey": passkey.uuid() });
        self.removed(tx, session, removed, detail).await
    }

    async fn removed(
        &self,
        mut tx: Transaction,
        session: &SignedIn,
        removed: bool,
        detail: Value,
    ) -> Result<(), IdentityError> {
        if !removed {
            return Err(StoreError::NotFound.into());
        }
        let act = self.act(session);
        if accounts::count_factors(&mut tx, session.account).await? == 0 {
            let held = accounts::roles_held(&mut tx, session.person, act.now.jst_date()).await?;
            if held.iter().any(|held| held.role.needs_second_factor()) {
                return Err(IdentityError::LastSecondFactor);
            }
            recovery_codes::withdraw(&mut tx, session.account).await?;
        }
        Record::of(Event::SecondFactorRemoved, "account", session.account)
            .with(detail)
            .write(&mut tx, act)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins to sign in with a passkey alone, without a login: the passkey tells who it is. The
    /// device asks for its PIN or a fingerprint, so this is two factors in one.
    ///
    /// # Errors
    /// [`IdentityError::PasskeysUnavailable`]; [`IdentityError::Busy`] where strangers begin too
    /// many.
    pub async fn begin_passkey_sign_in(&self) -> Result<PasskeyCeremony, IdentityError> {
        let (options, state) = self.passkeys()?.begin_sign_in()?;
        let mut tx = self.database.begin().await?;
        let token = ceremonies::begin(
            &mut tx,
            &self.secrets,
            self.act_of_stranger(),
            Kind::SignInWithPasskey,
            Owner::Holder,
            &state,
        )
        .await?;
        tx.commit().await?;
        Ok(PasskeyCeremony { token, options })
    }

    /// Ends signing in with a passkey alone.
    ///
    /// # Errors
    /// [`IdentityError::PasskeysUnavailable`], [`IdentityError::Store`].
    pub async fn finish_passkey_sign_in(
        &self,
        ceremony: &SecretToken,
        answer: &str,
        visitor: &Visitor,
    ) -> Result<SignInOutcome, IdentityError> {
        let passkeys = self.passkeys()?;
        let act = self.act_of_stranger();
        let mut tx = self.database.begin().await?;
        if let Some(wait) = self.address_blocked(&mut tx, visitor, act.now).await? {
            return Ok(SignInOutcome::Refused {
                retry_after: Some(wait),
            });
        }
        let kind = Kind::SignInWithPasskey;
        let state = ceremonies::take(
            &mut tx,
            &self.secrets,
            act.now,
            kind,
            Owner::Holder,
            ceremony,
        )
        .await?;
        let mut found = None;
        if let Some(state) = state
            && let Some((account, credential)) = passkeys.identify(answer)
            && let Some(known) = passkeys::find(&mut tx, account, &credential).await?
            && let Some(used) = passkeys.finish_sign_in(answer, state, &known)
            && passkeys::note_use(&mut tx, account, &used, act.now).await?
        {
            found = accounts::by_id(&mut tx, account).await?;
        }
        let outcome = match found.as_ref().filter(|account| account.is_active()) {
            Some(account) => {
                let proven = Proven {
                    method: SignInMethod::Passkey,
                    two_factors: true,
                    confined_to: None,
                };
                self.complete(&mut tx, act, account, proven, visitor)
                    .await?
            }
            None => {
                let retry_after = self
                    .refuse(&mut tx, act, found.as_ref(), visitor, None, "passkey")
                    .await?;
                SignInOutcome::Refused { retry_after }
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }
}
