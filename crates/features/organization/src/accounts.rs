//! Helping somebody who cannot sign in, or should not: by those who manage the people of an
//! organisation, for whoever works there alone, and by those who run the installation, for everybody.

use std::collections::BTreeSet;

use serde::Deserialize;
use yagura_identity::Act;
use yagura_identity::accounts::{self, AccountAuthority, AccountListing, AccountStatus};
use yagura_identity::invitations::{self, Authority, NewInvitation, Purpose};
use yagura_identity::login::Login;
use yagura_kernel::id::{AssignmentId, OrganizationId, PersonId};
use yagura_kernel::policy::{Authorized, actions};
use yagura_store::Transaction;
use yagura_store::directory::{self, AssignmentWithPerson};
use yagura_web::i18n::args;
use yagura_web::mail::Mail;
use yagura_web::{Context, Records, WebError};

use crate::operations::{self, Invited};

/// By what right an account is acted on.
#[derive(Debug)]
pub(crate) enum Right {
    People(Authorized<actions::ManagePeople>),
    Installation(Authorized<actions::ManageInstallation>),
}

impl Right {
    fn over_accounts(&self) -> AccountAuthority<'_> {
        match self {
            Self::People(proof) => AccountAuthority::Organization(proof),
            Self::Installation(proof) => AccountAuthority::Installation(proof),
        }
    }

    fn over_links(&self) -> Authority<'_> {
        match self {
            Self::People(proof) => Authority::People(proof),
            Self::Installation(proof) => Authority::Installation(proof),
        }
    }

    fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::People(proof) => Some(proof.organization()),
            Self::Installation(_) => None,
        }
    }
}

/// Somebody with a role in one's organisation.
#[derive(Debug)]
pub(crate) struct Colleague {
    pub(crate) holder: AssignmentWithPerson,
    /// `None` until they register.
    pub(crate) account: Option<AccountListing>,
    /// Whoever works elsewhere too is helped by the installation only.
    pub(crate) works_only_here: bool,
    pub(crate) is_oneself: bool,
    right: Right,
}

/// Somebody of one's organisation, with how they sign in.
pub(crate) async fn colleague(
    context: &Context,
    assignment: AssignmentId,
) -> Result<Colleague, WebError> {
    let proof = context.authorize_own::<actions::ManagePeople>().await?;
    let holder = operations::holder_of(context, &proof, assignment).await?;
    let person = holder.assignment.person;
    let held = directory::assignments_of(context.database(), person, context.today).await?;
    Ok(Colleague {
        account: accounts::of_person(context.database(), person).await?,
        works_only_here: held
            .iter()
            .all(|held| held.organization == proof.organization()),
        is_oneself: is_oneself(context, person),
        right: Right::People(proof),
        holder,
    })
}

fn is_oneself(context: &Context, person: PersonId) -> bool {
    context.person() == Some(person)
}

impl Colleague {
    /// The account to act on.
    ///
    /// # Errors
    /// [`WebError::Invalid`] where it is one's own, its owner works elsewhere too, or there is none.
    pub(crate) fn helped(self) -> Result<Helped, WebError> {
        if self.is_oneself {
            return Err(WebError::invalid("organization-account-own"));
        }
        if !self.works_only_here {
            return Err(WebError::invalid("organization-account-elsewhere"));
        }
        Ok(Helped {
            name: self.holder.name,
            email: self.holder.email,
            account: self
                .account
                .ok_or(WebError::invalid("organization-account-none"))?,
            right: self.right,
        })
    }
}

/// An account that one may act on.
#[derive(Debug)]
pub(crate) struct Helped {
    pub(crate) name: String,
    email: Option<String>,
    pub(crate) account: AccountListing,
    right: Right,
}

/// Anybody's account by its login, for those who run the installation. `None` where there is none.
///
/// # Errors
/// [`WebError::Invalid`] where it is one's own.
pub(crate) async fn by_login(context: &Context, login: &str) -> Result<Option<Helped>, WebError> {
    let proof = context
        .authorize_installation::<actions::ManageInstallation>()
        .await?;
    let Ok(login) = Login::parse(login) else {
        return Ok(None);
    };
    let Some(account) = accounts::of_login(context.database(), &login).await? else {
        return Ok(None);
    };
    if is_oneself(context, account.person) {
        return Err(WebError::invalid("organization-account-own"));
    }
    let person = directory::person(context.database(), account.person).await?;
    Ok(Some(Helped {
        name: person.name,
        email: person.email,
        account,
        right: Right::Installation(proof),
    }))
}

/// What is done to the account of somebody who cannot sign in, or should not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountAct {
    /// Ends their sessions.
    SignOut,
    /// Removes the second factors that they lost.
    RemoveSecondFactors,
    /// Lets them sign in no more for now.
    Lock,
    /// Lets them sign in again.
    Unlock,
}

impl AccountAct {
    const ALL: [Self; 4] = [
        Self::SignOut,
        Self::RemoveSecondFactors,
        Self::Lock,
        Self::Unlock,
    ];

    /// The act by its word in forms, if it is one.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.code() == code)
    }

    /// The word in forms, as in the API.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::SignOut => "sign_out",
            Self::RemoveSecondFactors => "remove_second_factors",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
        }
    }

    /// What the person is told by mail.
    const fn message_key(self) -> &'static str {
        match self {
            Self::SignOut => "organization-account-mail-sign-out",
            Self::RemoveSecondFactors => "organization-account-mail-remove-factors",
            Self::Lock => "organization-account-mail-lock",
            Self::Unlock => "organization-account-mail-unlock",
        }
    }
}

/// Does it and tells them by mail.
pub(crate) async fn act(
    context: &Context,
    helped: &Helped,
    what: AccountAct,
) -> Result<(), WebError> {
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let authority = helped.right.over_accounts();
    let account = helped.account.id;
    let mut tx = context.database().begin().await?;
    match what {
        AccountAct::SignOut => {
            accounts::end_sessions(&mut tx, act, authority, account).await?;
        }
        AccountAct::RemoveSecondFactors => {
            accounts::reset_second_factor(&mut tx, act, authority, account).await?;
        }
        AccountAct::Lock => {
            accounts::set_status(&mut tx, act, authority, account, AccountStatus::Locked).await?;
        }
        AccountAct::Unlock => {
            accounts::set_status(&mut tx, act, authority, account, AccountStatus::Active).await?;
        }
    }
    tell(context, &mut tx, helped, what.message_key()).await?;
    if matches!(what, AccountAct::Lock | AccountAct::Unlock) {
        let (person, today) = (helped.account.person, context.today);
        let held = directory::assignments_of(context.database(), person, today).await?;
        let works_in: BTreeSet<_> = held.iter().map(|held| held.organization).collect();
        for organization in works_in {
            let app = &context.app;
            app.records_changed(&mut tx, organization, Records::People)
                .await?;
        }
    }
    context.note_change(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Makes a link by which somebody sets a new password, to be handed over in person. It works once,
/// for a day.
pub(crate) async fn password_link(context: &Context, helped: &Helped) -> Result<Invited, WebError> {
    if helped.account.status != AccountStatus::Active {
        return Err(WebError::invalid("organization-account-not-active"));
    }
    // A first password opens a way in that the organisation's identity provider does not watch, so
    // it comes from those who run the installation.
    let is_first = !helped.account.has_password;
    if is_first && matches!(helped.right, Right::People(_)) {
        return Err(WebError::invalid("organization-account-no-password"));
    }
    let ids = context.app.shared_ids();
    let act = Act::of(&context.principal, ids.as_ref(), context.now);
    let new = NewInvitation {
        purpose: Purpose::PasswordReset {
            account: helped.account.id,
        },
        organization: helped.right.organization(),
        addressee: None,
        expires_at: None,
    };
    let mut tx = context.database().begin().await?;
    let link = invitations::invite(&mut tx, act, helped.right.over_links(), new).await?;
    tell(
        context,
        &mut tx,
        helped,
        "organization-account-mail-password",
    )
    .await?;
    context.note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(Invited::of(context, &link))
}

/// Writes to somebody what was done to their account and by whom, so that nothing of it happens
/// behind their back.
async fn tell(
    context: &Context,
    tx: &mut Transaction,
    helped: &Helped,
    message_key: &str,
) -> Result<(), WebError> {
    let Some(address) = helped.email.clone() else {
        return Ok(());
    };
    let t = context.t();
    let by = args![
        ("organization", context.organization.name.as_str()),
        ("person", context.person_name.as_str()),
        ("what", t.t(message_key))
    ];
    let mail = Mail {
        to: address,
        subject: t.t("organization-account-mail-subject").to_owned(),
        body: t.t_args("organization-account-mail-body", by).into_owned(),
    };
    context.app.enqueue(tx, mail.job(&context.app)).await?;
    Ok(())
}
