//! Setting up an empty installation: a one-time link printed on the console once, by which the
//! first administrator makes an account.

use yagura_kernel::id::{AccountId, OrganizationId, PersonId};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_store::directory::{self, NewOrganization, NewPerson};
use yagura_store::{Database, StoreError, Transaction, params};

use crate::Identity;
use crate::accounts::{self, NewAccount};
use crate::error::{FormProblem, IdentityError, LinkProblem};
use crate::events::{Act, Event, Record};
use crate::invitations::{self, NewInvitation, NewLink, NewcomerForm, Purpose, redeem};
use crate::login::Login;
use crate::password::PasswordContext;
use crate::secrets::SecretToken;
use crate::sessions::SignInMethod;
use crate::sign_in::{Proven, SignInOutcome};
use crate::visitor::Visitor;

/// Whether the installation has no account yet.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn is_needed(database: &Database) -> Result<bool, StoreError> {
    let accounts = database
        .count("SELECT count(*) AS n FROM accounts", params![])
        .await?;
    Ok(accounts == 0)
}

/// Makes the one-time link of the set-up, where no account exists. Links of earlier starts are
/// void. The token is to be printed on the console and nowhere else.
///
/// # Errors
/// [`IdentityError::AlreadySetUp`].
pub async fn begin(tx: &mut Transaction, act: Act<'_>) -> Result<NewLink, IdentityError> {
    refuse_second_time(tx).await?;
    tx.execute(
        "UPDATE invitations SET revoked_at = $1
         WHERE kind = 'set_up' AND used_at IS NULL AND revoked_at IS NULL",
        params![act.now],
    )
    .await?;
    let new = NewInvitation {
        purpose: Purpose::SetUp,
        organization: None,
        addressee: None,
        expires_at: None,
    };
    invitations::insert(tx, act, new).await
}

async fn refuse_second_time(tx: &mut Transaction) -> Result<(), IdentityError> {
    let accounts = tx
        .count("SELECT count(*) AS n FROM accounts", params![])
        .await?;
    if accounts == 0 {
        Ok(())
    } else {
        Err(IdentityError::AlreadySetUp)
    }
}

/// What the set-up page asks for.
#[derive(Debug, Clone, Copy)]
pub struct SetUpForm<'a> {
    /// The organisation that runs the installation.
    pub operator: &'a str,
    /// The administrator's name and login.
    pub administrator: NewcomerForm<'a>,
    /// The administrator's password.
    pub password: &'a str,
}

/// What the set-up made.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// The organisation that runs the installation.
    pub operator: OrganizationId,
    /// The administrator.
    pub person: PersonId,
    /// The administrator's account.
    pub account: AccountId,
    /// The first session; it must set up a second factor next.
    pub outcome: SignInOutcome,
}

impl Identity {
    /// Makes the operator's organisation and the first administrator.
    ///
    /// # Errors
    /// [`IdentityError::Link`], [`IdentityError::AlreadySetUp`], [`IdentityError::Form`] with
    /// every problem at once.
    pub async fn set_up(
        &self,
        token: &SecretToken,
        form: SetUpForm<'_>,
        visitor: &Visitor,
    ) -> Result<SetUp, IdentityError> {
        let invitation = invitations::look(&self.database, token, self.now()).await?;
        if invitation.purpose != Purpose::SetUp {
            return Err(LinkProblem::OtherPurpose.into());
        }
        let mut problems = Vec::new();
        let operator_name = form.operator.trim();
        if operator_name.is_empty() || operator_name.chars().count() > 200 {
            problems.push(FormProblem::OrganizationName);
        }
        let name = form.administrator.name.trim();
        if name.is_empty() || name.chars().count() > 200 {
            problems.push(FormProblem::Name);
        }
        let login = Login::parse(form.administrator.login);
        if let Err(problem) = &login {
            problems.push(FormProblem::Login(*problem));
        }
        let context = PasswordContext {
            login: login.as_ref().ok().cloned(),
            words: vec![name.to_owned(), operator_name.to_owned()],
        };
        let hash = self
            .passwords
            .accept(form.password, context, self.ids())
            .await?;
        let (login, hash) = match (login, hash) {
            (Ok(login), Ok(hash)) if problems.is_empty() => (login, hash),
            (_, hash) => {
                problems.extend(hash.err().into_iter().flatten().map(FormProblem::Password));
                return Err(IdentityError::Form(problems));
            }
        };

        let act = self.act_of_stranger();
        let mut tx = self.database.begin().await?;
        redeem(&mut tx, act, token).await?;
        refuse_second_time(&mut tx).await?;
        let operator = OrganizationId::new(act.ids);
        let organization = NewOrganization {
            id: operator,
            kind: OrganizationKind::Operator,
            name: operator_name.to_owned(),
            code: None,
            region_code: None,
            permitted_beds: None,
            address: None,
            phone: None,
            email: None,
        };
        directory::insert(&mut tx, organization, act.now).await?;
        let person = PersonId::new(act.ids);
        let administrator = NewPerson {
            id: person,
            name: name.to_owned(),
            name_kana: form.administrator.name_kana.map(str::to_owned),
            email: login.is_address().then(|| login.as_str().to_owned()),
            phone: None,
        };
        directory::insert_person(&mut tx, administrator, act.now).await?;
        let new = NewAccount {
            person,
            login,
            login_verified: false,
            password: Some(hash),
        };
        let account = accounts::create(&mut tx, act, new).await?;
        let role = (person, operator, Role::Administrator);
        invitations::assign(&mut tx, act, role, None, act.now.jst_date()).await?;
        Record::of(Event::SetUpFinished, "organization", operator)
            .in_organization(Some(operator))
            .write(&mut tx, act)
            .await?;
        let credentials = accounts::by_id(&mut tx, account)
            .await?
            .ok_or(StoreError::NotFound)?;
        let proven = Proven {
            method: SignInMethod::Invitation,
            two_factors: false,
            confined_to: None,
        };
        let outcome = self
            .complete(&mut tx, act, &credentials, proven, visitor)
            .await?;
        tx.commit().await?;
        Ok(SetUp {
            operator,
            person,
            account,
            outcome,
        })
    }
}
