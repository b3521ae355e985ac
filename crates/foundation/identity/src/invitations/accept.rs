//! Accepting an invitation: a newcomer gets an account, and the organisation a new member.

use serde_json::json;
use yagura_kernel::audit::AuditActor;
use yagura_kernel::id::{AccountId, AssignmentId, OrganizationId, PersonId, RelationId, SheetId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::{Role, Validity};
use yagura_kernel::relation::{RelationKind, SharingLevel};
use yagura_kernel::time::Date;
use yagura_store::directory::{self, NewAssignment, NewOrganization, NewPerson, NewRelation};
use yagura_store::{Transaction, params};

use super::{Invitation, InvitedVendor, Purpose, redeem};
use crate::Identity;
use crate::accounts::{self, NewAccount};
use crate::attempts;
use crate::error::{FormProblem, IdentityError, LinkProblem};
use crate::events::{Act, Event, Record};
use crate::login::{Login, LoginProblem};
use crate::oidc::{self, VerifiedIdentity};
use crate::password::{PasswordContext, PasswordHash};
use crate::secrets::SecretToken;
use crate::sessions::{SignInMethod, SignedIn};
use crate::sign_in::{Proven, SignInOutcome};
use crate::visitor::Visitor;

const LONGEST_NAME: usize = 200;

/// What a newcomer fills in.
#[derive(Debug, Clone, Copy)]
pub struct NewcomerForm<'a> {
    /// Name as written.
    pub name: &'a str,
    /// Reading in kana.
    pub name_kana: Option<&'a str>,
    /// The login they choose: the invited e-mail address, or a user id.
    pub login: &'a str,
}

/// By what a newcomer will sign in.
#[derive(Debug, Clone)]
pub enum NewcomerCredential {
    /// A password.
    Password(PasswordHash),
    /// The identity provider of the organisation that invites.
    Provider(VerifiedIdentity),
}

/// Somebody without an account, whose form was found to be in order. Made by
/// [`Identity::newcomer`] or [`Identity::newcomer_from_provider`].
#[derive(Debug, Clone)]
pub struct Newcomer {
    name: String,
    name_kana: Option<String>,
    login: Login,
    login_verified: bool,
    credential: NewcomerCredential,
}

/// Who accepts an invitation.
#[derive(Debug, Clone)]
pub enum Accepter<'a> {
    /// Somebody without an account.
    Newcomer(Newcomer),
    /// Somebody who is signed in.
    SignedIn {
        /// Their session.
        session: &'a SignedIn,
        /// The vendor of theirs for which they accept, where a vendor is invited.
        vendor: Option<OrganizationId>,
    },
}

/// What came of accepting an invitation.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The invitation.
    pub invitation: Invitation,
    /// Who accepted.
    pub person: PersonId,
    /// Their account.
    pub account: AccountId,
    /// The organisation in which they now hold a role: the inviting one, or the vendor.
    pub organization: OrganizationId,
    /// Whether the account is new.
    pub is_new: bool,
    /// The sheet that a vendor was invited to answer.
    pub sheet: Option<SheetId>,
}

fn clean_name(typed: &str) -> Option<String> {
    let name: String = typed
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let name = name.trim();
    (!name.is_empty() && name.chars().count() <= LONGEST_NAME).then(|| name.to_owned())
}

/// Whether a login may be chosen under an invitation, and whether it is then known to be theirs.
fn check_login(typed: &str, addressee: Option<&str>) -> Result<(Login, bool), LoginProblem> {
    let login = Login::parse(typed)?;
    match addressee {
        Some(invited) if login.as_str() == invited => Ok((login, true)),
        Some(_) if login.is_address() => Err(LoginProblem::NotTheInvitedAddress),
        _ => Ok((login, false)),
    }
}

impl Identity {
    /// Checks a newcomer's form and hashes the password, outside of any transaction.
    ///
    /// # Errors
    /// [`IdentityError::Form`] with every problem at once.
    pub async fn newcomer(
        &self,
        addressee: Option<&str>,
        expected_words: &[String],
        form: NewcomerForm<'_>,
        password: &str,
    ) -> Result<Newcomer, IdentityError> {
        let mut problems = Vec::new();
        let name = clean_name(form.name);
        if name.is_none() {
            problems.push(FormProblem::Name);
        }
        let login = check_login(form.login, addressee);
        if let Err(problem) = &login {
            problems.push(FormProblem::Login(*problem));
        }
        let mut words = expected_words.to_vec();
        words.extend(name.clone());
        words.extend(form.name_kana.map(str::to_owned));
        let context = PasswordContext {
            login: login.as_ref().ok().map(|(login, _)| login.clone()),
            words,
        };
        let hash = self.passwords.accept(password, context, self.ids()).await?;
        match (name, login, hash) {
            (Some(name), Ok((login, login_verified)), Ok(hash)) if problems.is_empty() => {
                Ok(Newcomer {
                    name,
                    name_kana: form.name_kana.and_then(clean_name),
                    login,
                    login_verified,
                    credential: NewcomerCredential::Password(hash),
                })
            }
            (_, _, hash) => {
                problems.extend(hash.err().into_iter().flatten().map(FormProblem::Password));
                Err(IdentityError::Form(problems))
            }
        }
    }

    /// Checks the form of a newcomer for whom the inviting organisation's identity provider
    /// vouches.
    ///
    /// # Errors
    /// [`IdentityError::Form`] with every problem at once.
    pub fn newcomer_from_provider(
        &self,
        addressee: Option<&str>,
        form: NewcomerForm<'_>,
        identity: VerifiedIdentity,
    ) -> Result<Newcomer, IdentityError> {
        let vouched = identity.email.as_ref().map(Login::as_str);
        let mut problems = Vec::new();
        let name = clean_name(form.name);
        if name.is_none() {
            problems.push(FormProblem::Name);
        }
        let login = Login::parse(form.login).and_then(|login| {
            if Some(login.as_str()) == vouched {
                Ok((login, true))
            } else {
                check_login(form.login, addressee)
            }
        });
        match (name, login) {
            (Some(name), Ok((login, login_verified))) => Ok(Newcomer {
                name,
                name_kana: form.name_kana.and_then(clean_name),
                login,
                login_verified,
                credential: NewcomerCredential::Provider(identity),
            }),
            (_, login) => {
                problems.extend(login.err().map(FormProblem::Login));
                Err(IdentityError::Form(problems))
            }
        }
    }

    /// Opens the first session of somebody who accepted an invitation just now.
    ///
    /// # Errors
    /// [`IdentityError::Store`].
    pub async fn open_after_acceptance(
        &self,
        tx: &mut Transaction,
        accepted: &Accepted,
        visitor: &Visitor,
    ) -> Result<SignInOutcome, IdentityError> {
        let account = accounts::by_id(tx, accepted.account)
            .await?
            .ok_or(yagura_store::StoreError::NotFound)?;
        let proven = Proven {
            method: SignInMethod::Invitation,
            two_factors: false,
            confined_to: None,
        };
        self.complete(tx, self.act_of_stranger(), &account, proven, visitor)
            .await
    }

    /// Accepts an invitation as a newcomer and opens the first session, in one transaction. A
    /// feature that has something to add (the vendor's sheet) calls [`accept`] and
    /// [`Self::open_after_acceptance`] in a transaction of its own instead.
    ///
    /// # Errors
    /// As [`accept`].
    pub async fn accept_as_newcomer(
        &self,
        token: &SecretToken,
        newcomer: Newcomer,
        visitor: &Visitor,
    ) -> Result<(Accepted, SignInOutcome), IdentityError> {
        let mut tx = self.database.begin().await?;
        let act = self.act_of_stranger();
        let accepted = accept(&mut tx, act, token, Accepter::Newcomer(newcomer)).await?;
        let outcome = self
            .open_after_acceptance(&mut tx, &accepted, visitor)
            .await?;
        tx.commit().await?;
        Ok((accepted, outcome))
    }

    /// Accepts an invitation as somebody who is signed in, in one transaction.
    ///
    /// # Errors
    /// As [`accept`].
    pub async fn accept_signed_in(
        &self,
        token: &SecretToken,
        session: &SignedIn,
        vendor: Option<OrganizationId>,
    ) -> Result<Accepted, IdentityError> {
        let mut tx = self.database.begin().await?;
        let accepter = Accepter::SignedIn { session, vendor };
        let accepted = accept(&mut tx, self.act(session), token, accepter).await?;
        tx.commit().await?;
        Ok(accepted)
    }

    /// Sets a new password by a reset link, ends every session of the account and forgets its
    /// failed tries. Does not sign in: a second factor stays needed.
    ///
    /// # Errors
    /// [`IdentityError::Link`], [`IdentityError::Form`] with every problem of the password.
    pub async fn reset_password(
        &self,
        token: &SecretToken,
        new: &str,
    ) -> Result<(), IdentityError> {
        let invitation = super::look(&self.database, token, self.now()).await?;
        let Purpose::PasswordReset { account } = invitation.purpose else {
            return Err(LinkProblem::OtherPurpose.into());
        };
        let found = accounts::get(&self.database, account).await?;
        let context = PasswordContext {
            login: Login::parse(&found.login).ok(),
            words: accounts::expected_words(&self.database, found.person).await?,
        };
        let hash = self
            .passwords
            .accept(new, context, self.ids())
            .await?
            .map_err(IdentityError::passwords)?;
        let act = self.act_of_stranger().by(AuditActor::Account { account });
        let mut tx = self.database.begin().await?;
        redeem(&mut tx, act, token).await?;
        super::void_password_resets(&mut tx, act.now, account).await?;
        accounts::set_password(&mut tx, account, &hash, act.now).await?;
        if invitation.addressee.as_deref() == Some(found.login.as_str()) {
            tx.execute(
                "UPDATE accounts SET login_verified = 1 WHERE id = $1",
                params![account],
            )
            .await?;
        }
        Record::of(Event::PasswordReset, "account", account)
            .write(&mut tx, act)
            .await?;
        crate::sessions::revoke_all(&mut tx, act, account, None).await?;
        let subject = self.login_subject(&found.login);
        attempts::clear(&mut tx, attempts::LOGIN, &subject).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Accepts an invitation to join an organisation or to answer as a vendor: makes the person and
/// the account where they are new, the vendor and its relation where they are, and gives the role.
///
/// # Errors
/// [`IdentityError::Link`] where the link does not work;
/// [`IdentityError::Form`] where the login is taken; [`IdentityError::VendorHasPeople`] where a
/// newcomer accepts for a vendor that has people of its own or other customers;
/// [`IdentityError::NoAssignment`] where somebody accepts for a vendor that is not theirs;
/// [`IdentityError::SecondFactorNeeded`] where a session is not complete.
pub async fn accept(
    tx: &mut Transaction,
    act: Act<'_>,
    token: &SecretToken,
    accepter: Accepter<'_>,
) -> Result<Accepted, IdentityError> {
    let invitation = redeem(tx, act, token).await?;
    let inviting = invitation.organization.ok_or(LinkProblem::OtherPurpose)?;
    let today = act.now.jst_date();
    let (organization, role, until, sheet) = match &invitation.purpose {
        Purpose::Join { role, until } => (inviting, Some(*role), *until, None),
        Purpose::Vendor { vendor, sheet } => {
            let (vendor, role) = find_vendor(tx, act, inviting, vendor, &accepter).await?;
            relate(tx, act, vendor, inviting).await?;
            (vendor, role, None, *sheet)
        }
        _ => return Err(LinkProblem::OtherPurpose.into()),
    };
    let (person, account, is_new) = match accepter {
        Accepter::SignedIn { session, .. } => {
            if session.principal().is_none() && session.organization.is_some()
                || session.next_step().is_some()
            {
                return Err(IdentityError::SecondFactorNeeded);
            }
            if session.confined_to.is_some_and(|only| only != organization) {
                return Err(IdentityError::NotAllowed);
            }
            (session.person, session.account, false)
        }
        Accepter::Newcomer(newcomer) => {
            let (person, account) = admit(tx, act, inviting, newcomer).await?;
            (person, account, true)
        }
    };
    tx.execute(
        "UPDATE invitations SET used_by = $1 WHERE id = $2",
        params![account, invitation.id.uuid()],
    )
    .await?;
    if let Some(role) = role {
        assign(tx, act, (person, organization, role), until, today).await?;
    }
    Ok(Accepted {
        invitation,
        person,
        account,
        organization,
        is_new,
        sheet,
    })
}

/// The vendor for which an invitation is accepted, and the role that the accepter gets there.
async fn find_vendor(
    tx: &mut Transaction,
    act: Act<'_>,
    inviting: OrganizationId,
    invited: &InvitedVendor,
    accepter: &Accepter<'_>,
) -> Result<(OrganizationId, Option<Role>), IdentityError> {
    let today = act.now.jst_date();
    match (accepter, invited) {
        (
            Accepter::SignedIn {
                session,
                vendor: Some(own),
            },
            invited,
        ) => {
            let held = accounts::roles_held(tx, session.person, today).await?;
            let works_there = held.iter().any(|held| {
                held.organization == *own
                    && matches!(held.role, Role::VendorManager | Role::VendorStaff)
            });
            if !works_there {
                return Err(IdentityError::NoAssignment);
            }
            // A link for one vendor is not accepted for another; a new vendor may turn out to be
            // one that is on record.
            if matches!(invited, InvitedVendor::Known(known) if known != own) {
                return Err(IdentityError::NoAssignment);
            }
            Ok((*own, None))
        }
        (Accepter::SignedIn { vendor: None, .. }, InvitedVendor::Known(_)) => {
            Err(IdentityError::NoAssignment)
        }
        (Accepter::Newcomer(_), InvitedVendor::Known(known)) => {
            // Otherwise an institution could send anybody into a vendor that serves others.
            let others = tx
                .count(
                    "SELECT (SELECT count(*) FROM assignments WHERE organization_id = $1)
                          + (SELECT count(*) FROM relations WHERE kind = 'supplies'
                               AND from_id = $1 AND to_id <> $2
                               AND (valid_until IS NULL OR valid_until >= $3)) AS n",
                    params![*known, inviting, today],
                )
                .await?;
            if others > 0 {
                return Err(IdentityError::VendorHasPeople);
            }
            Ok((*known, Some(Role::VendorManager)))
        }
        (_, InvitedVendor::New(name)) => {
            let id = OrganizationId::new(act.ids);
            let vendor = NewOrganization {
                id,
                kind: OrganizationKind::Vendor,
                name: name.trim().to_owned(),
                code: None,
                region_code: None,
                permitted_beds: None,
                address: None,
                phone: None,
                email: None,
            };
            directory::insert(tx, vendor, act.now).await?;
            Ok((id, Some(Role::VendorManager)))
        }
    }
}

async fn relate(
    tx: &mut Transaction,
    act: Act<'_>,
    vendor: OrganizationId,
    institution: OrganizationId,
) -> Result<(), IdentityError> {
    let today = act.now.jst_date();
    let standing = tx
        .count(
            "SELECT count(*) AS n FROM relations WHERE kind = 'supplies'
               AND from_id = $1 AND to_id = $2
               AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)",
            params![vendor, institution, today],
        )
        .await?;
    if standing == 0 {
        let relation = NewRelation {
            id: RelationId::new(act.ids),
            kind: RelationKind::Supplies,
            from: vendor,
            to: institution,
            sharing: SharingLevel::Status,
            valid_from: today,
            valid_until: None,
            note: None,
        };
        directory::relate(tx, relation, today).await?;
    }
    Ok(())
}

async fn admit(
    tx: &mut Transaction,
    act: Act<'_>,
    inviting: OrganizationId,
    newcomer: Newcomer,
) -> Result<(PersonId, AccountId), IdentityError> {
    let person = PersonId::new(act.ids);
    let email = newcomer
        .login
        .is_address()
        .then(|| newcomer.login.as_str().to_owned());
    directory::insert_person(
        tx,
        NewPerson {
            id: person,
            name: newcomer.name,
            name_kana: newcomer.name_kana,
            email,
            phone: None,
        },
        act.now,
    )
    .await?;
    let (password, identity) = match newcomer.credential {
        NewcomerCredential::Password(hash) => (Some(hash), None),
        NewcomerCredential::Provider(identity) => (None, Some(identity)),
    };
    let account = accounts::create(
        tx,
        act,
        NewAccount {
            person,
            login: newcomer.login,
            login_verified: newcomer.login_verified,
            password,
        },
    )
    .await?;
    if let Some(identity) = identity {
        if identity.organization != inviting {
            return Err(IdentityError::NotAllowed);
        }
        oidc::link(tx, act, &identity, account).await?;
    }
    Ok((person, account))
}

/// Gives a role, unless the person holds it already.
pub(crate) async fn assign(
    tx: &mut Transaction,
    act: Act<'_>,
    (person, organization, role): (PersonId, OrganizationId, Role),
    until: Option<Date>,
    today: Date,
) -> Result<(), IdentityError> {
    let held = accounts::roles_held(tx, person, today).await?;
    if held
        .iter()
        .any(|held| held.organization == organization && held.role == role)
    {
        return Ok(());
    }
    let id = AssignmentId::new(act.ids);
    let validity = Validity { from: today, until };
    directory::assign(
        tx,
        NewAssignment {
            id,
            person,
            organization,
            role,
            validity,
        },
    )
    .await?;
    Record::of(Event::RoleGiven, "assignment", id)
        .in_organization(Some(organization))
        .with(json!({ "person": person, "role": role.code() }))
        .write(tx, act)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_invited_address_is_taken_as_verified() {
        let check = |typed, addressee| {
            check_login(typed, addressee)
                .map(|(login, verified)| (login.as_str().to_owned(), verified))
        };
        let invited = Some("hanako@example.jp");
        assert_eq!(
            check("Hanako@Example.jp", invited),
            Ok(("hanako@example.jp".into(), true))
        );
        assert_eq!(check("hanako", invited), Ok(("hanako".into(), false)));
        assert_eq!(
            check("taro@example.jp", invited),
            Err(LoginProblem::NotTheInvitedAddress)
        );
        assert_eq!(
            check("taro@example.jp", None),
            Ok(("taro@example.jp".into(), false))
        );
    }

    #[test]
    fn names_are_cleaned() {
        assert_eq!(clean_name(" 見本\t花子\n"), Some("見本 花子".to_owned()));
        assert_eq!(clean_name(" \u{3000}"), None);
        assert_eq!(clean_name(&"あ".repeat(201)), None);
    }
}
