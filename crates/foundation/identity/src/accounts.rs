//! Accounts: a person's means to sign in.

use yagura_kernel::id::{AccountId, OrganizationId, PersonId};
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Authorized, actions};
use yagura_kernel::time::{Date, Instant};
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params, row};

use crate::error::IdentityError;
use crate::events::{Act, Event, Record};
use crate::login::{Login, LoginProblem};
use crate::password::PasswordHash;
use crate::{passkeys, recovery_codes, sessions, totp};

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// It may.
    Active,
    /// Not for now.
    Locked,
    /// The person has left.
    Disabled,
}

impl AccountStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Locked, Self::Disabled];

    /// The code used in storage and as the tail of message keys.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Disabled => "disabled",
        }
    }

    /// The status with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Of whom.
    pub person: PersonId,
    /// The login.
    pub login: Login,
    /// Whether the person has shown that the login is their e-mail address.
    pub login_verified: bool,
    /// The password; none where they sign in at an identity provider.
    pub password: Option<PasswordHash>,
}

/// Makes an account. The caller has the authority to: it holds an invitation, or is the set-up,
/// an import or the demonstration.
///
/// # Errors
/// [`IdentityError::Form`] with [`LoginProblem::Taken`] where the login or the person has one.
pub async fn create(
    tx: &mut Transaction,
    act: Act<'_>,
    new: NewAccount,
) -> Result<AccountId, IdentityError> {
    let id = AccountId::new(act.ids);
    let touched = tx
        .execute(
            "INSERT INTO accounts (id, person_id, login, login_verified, password_hash,
                                   password_changed_at, status, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'active', $7) ON CONFLICT DO NOTHING",
            params![
                id,
                new.person,
                new.login.as_str(),
                new.login_verified,
                new.password.as_ref().map(PasswordHash::as_str),
                new.password.as_ref().map(|_| act.now),
                act.now
            ],
        )
        .await?;
    if touched == 0 {
        return Err(IdentityError::login(LoginProblem::Taken));
    }
    Record::of(Event::AccountCreated, "account", id)
        .with(serde_json::json!({ "person": new.person }))
        .write(tx, act)
        .await?;
    Ok(id)
}

/// Makes many accounts at once without a password hash of their own: for the demonstration, which
/// gives all its fictional people one. No audit entries.
///
/// # Errors
/// [`StoreError::Duplicate`] where a login is taken.
pub async fn insert_demonstration(
    tx: &mut Transaction,
    act: Act<'_>,
    password: &PasswordHash,
    people: impl IntoIterator<Item = (PersonId, Login)>,
) -> Result<Vec<AccountId>, StoreError> {
    let mut made = Vec::new();
    let rows: Vec<_> = people
        .into_iter()
        .map(|(person, login)| {
            let id = AccountId::new(act.ids);
            made.push(id);
            params![
                id,
                person,
                login.as_str(),
                true,
                password.as_str(),
                act.now,
                "active",
                act.now
            ]
        })
        .collect();
    tx.insert_many(
        "accounts",
        &[
            "id",
            "person_id",
            "login",
            "login_verified",
            "password_hash",
            "password_changed_at",
            "status",
            "created_at",
        ],
        rows,
    )
    .await?;
    Ok(made)
}

row! {
    /// What signing in needs to know of an account.
    pub(crate) struct Credentials {
        pub(crate) id: AccountId,
        pub(crate) person_id: PersonId,
        pub(crate) login: String,
        pub(crate) password_hash: Option<String>,
        pub(crate) status: String,
        pub(crate) last_organization_id: Option<OrganizationId>,
    }
}

impl Credentials {
    pub(crate) fn is_active(&self) -> bool {
        self.status == AccountStatus::Active.code()
    }
}

const CREDENTIALS: &str =
    "SELECT id, person_id, login, password_hash, status, last_organization_id FROM accounts";

/// The account of a login, which need not be a possible one.
pub(crate) async fn by_login(
    database: &Database,
    normalised: &str,
) -> Result<Option<Credentials>, StoreError> {
    // The text is put together from parts of the program.
    let sql = yagura_store::ComposedSql(format!("{CREDENTIALS} WHERE login = $1"));
    database.optional(sql, params![normalised]).await
}

pub(crate) async fn by_id(
    tx: &mut Transaction,
    account: AccountId,
) -> Result<Option<Credentials>, StoreError> {
    let sql = yagura_store::ComposedSql(format!("{CREDENTIALS} WHERE id = $1"));
    tx.optional(sql, params![account]).await
}

/// A role that the person of an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) organization: OrganizationId,
    pub(crate) role: Role,
}

impl FromRow for Held {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let role: String = row.get("role")?;
        Ok(Self {
            organization: row.get("organization_id")?,
            role: Role::from_code(&role).ok_or_else(|| StoreError::Column {
                column: "role".to_owned(),
                reason: format!("unknown role {role}"),
            })?,
        })
    }
}

pub(crate) async fn roles_held(
    tx: &mut Transaction,
    person: PersonId,
    today: Date,
) -> Result<Vec<Held>, StoreError> {
    tx.rows(ROLES_HELD, params![person, today]).await
}

const ROLES_HELD: &str = "
    SELECT organization_id, role FROM assignments
    WHERE person_id = $1 AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)
    ORDER BY organization_id, role";

/// Whether a role that a person holds anywhere needs a second factor.
pub(crate) async fn must_have_second_factor(
    database: &Database,
    person: PersonId,
    today: Date,
) -> Result<bool, StoreError> {
    let held: Vec<Held> = database.rows(ROLES_HELD, params![person, today]).await?;
    Ok(held.iter().any(|held| held.role.needs_second_factor()))
}

/// Whether the account has a second factor set up.
pub(crate) async fn has_second_factor(
    tx: &mut Transaction,
    account: AccountId,
) -> Result<bool, StoreError> {
    Ok(count_factors(tx, account).await? > 0)
}

pub(crate) async fn count_factors(
    tx: &mut Transaction,
    account: AccountId,
) -> Result<i64, StoreError> {
    tx.count(
        "SELECT (SELECT count(*) FROM totp_secrets WHERE account_id = $1 AND sealed IS NOT NULL)
              + (SELECT count(*) FROM passkeys WHERE account_id = $1) AS n",
        params![account],
    )
    .await
}

/// An account as an administrator or its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountListing {
    /// The account.
    pub id: AccountId,
    /// Of whom.
    pub person: PersonId,
    /// The login.
    pub login: String,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Whether it has a password.
    pub has_password: bool,
    /// When the password was last set.
    pub password_changed_at: Option<Instant>,
    /// Whether an authenticator app is set up.
    pub has_totp: bool,
    /// How many passkeys there are.
    pub passkeys: i64,
    /// Last complete sign-in.
    pub last_sign_in_at: Option<Instant>,
    /// Since when.
    pub created_at: Instant,
}

impl FromRow for AccountListing {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let status: String = row.get("status")?;
        Ok(Self {
            id: row.get("id")?,
            person: row.get("person_id")?,
            login: row.get("login")?,
            status: AccountStatus::from_code(&status).ok_or_else(|| StoreError::Column {
                column: "status".to_owned(),
                reason: format!("unknown status {status}"),
            })?,
            has_password: row.get("has_password")?,
            password_changed_at: row.get("password_changed_at")?,
            has_totp: row.get::<i64>("totp")? > 0,
            passkeys: row.get("passkeys")?,
            last_sign_in_at: row.get("last_sign_in_at")?,
            created_at: row.get("created_at")?,
        })
    }
}

const LISTING: &str = "
    SELECT a.id AS id, a.person_id AS person_id, a.login AS login, a.status AS status,
           CAST(CASE WHEN a.password_hash IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_password,
           a.password_changed_at AS password_changed_at, a.last_sign_in_at AS last_sign_in_at,
           a.created_at AS created_at,
           (SELECT count(*) FROM totp_secrets t
             WHERE t.account_id = a.id AND t.sealed IS NOT NULL) AS totp,
           (SELECT count(*) FROM passkeys k WHERE k.account_id = a.id) AS passkeys
    FROM accounts a";

/// One account.
///
/// # Errors
/// [`StoreError::NotFound`] where there is none.
pub async fn get(database: &Database, account: AccountId) -> Result<AccountListing, StoreError> {
    let sql = yagura_store::ComposedSql(format!("{LISTING} WHERE a.id = $1"));
    database.one(sql, params![account]).await
}

/// The account of a person, if they have one.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_person(
    database: &Database,
    person: PersonId,
) -> Result<Option<AccountListing>, StoreError> {
    let sql = yagura_store::ComposedSql(format!("{LISTING} WHERE a.person_id = $1"));
    database.optional(sql, params![person]).await
}

/// The account that signs in with a login.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_login(
    database: &Database,
    login: &Login,
) -> Result<Option<AccountListing>, StoreError> {
    let sql = yagura_store::ComposedSql(format!("{LISTING} WHERE a.login = $1"));
    database.optional(sql, params![login.as_str()]).await
}

/// The accounts of everybody who holds a role in an organisation today.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_organization(
    database: &Database,
    organization: OrganizationId,
    today: Date,
) -> Result<Vec<AccountListing>, StoreError> {
    let sql = yagura_store::ComposedSql(format!(
        "{LISTING} WHERE a.person_id IN (
             SELECT person_id FROM assignments WHERE organization_id = $1
               AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2))
         ORDER BY a.login"
    ));
    database.rows(sql, params![organization, today]).await
}

/// Those who hold a role in an organisation today and may not sign in: they left, or are locked out.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn shut_out(
    database: &Database,
    organization: OrganizationId,
    today: Date,
) -> Result<Vec<PersonId>, StoreError> {
    row! { struct ShutOut { person_id: PersonId } }
    let rows: Vec<ShutOut> = database
        .rows(
            "SELECT person_id FROM accounts WHERE status <> 'active' AND person_id IN (
                 SELECT person_id FROM assignments WHERE organization_id = $1
                   AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2))
             ORDER BY person_id",
            params![organization, today],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

/// By what right somebody manages another person's account.
#[derive(Debug, Clone, Copy)]
pub enum AccountAuthority<'a> {
    /// They manage the people of an organisation. Reaches only accounts whose person holds roles
    /// in that organisation and in no other, so that the head of one organisation cannot take
    /// over an account of another.
    Organization(&'a Authorized<actions::ManagePeople>),
    /// They run the installation.
    Installation(&'a Authorized<actions::ManageInstallation>),
}

impl AccountAuthority<'_> {
    const fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Organization(proof) => Some(proof.organization()),
            Self::Installation(_) => None,
        }
    }

    /// Makes sure that it reaches an account.
    pub(crate) async fn check(
        &self,
        tx: &mut Transaction,
        account: AccountId,
        today: Date,
    ) -> Result<(), IdentityError> {
        let found = by_id(tx, account).await?.ok_or(StoreError::NotFound)?;
        if let Some(organization) = self.organization() {
            let held = roles_held(tx, found.person_id, today).await?;
            if held.is_empty() || held.iter().any(|held| held.organization != organization) {
                return Err(IdentityError::NotAllowed);
            }
        }
        Ok(())
    }
}

/// Locks, unlocks or disables an account. Unless it becomes active, its sessions end.
///
/// # Errors
/// [`IdentityError::NotAllowed`] where the authority does not reach the account.
pub async fn set_status(
    tx: &mut Transaction,
    act: Act<'_>,
    authority: AccountAuthority<'_>,
    account: AccountId,
    status: AccountStatus,
) -> Result<(), IdentityError> {
    authority.check(tx, account, act.now.jst_date()).await?;
    tx.execute(
        "UPDATE accounts SET status = $1 WHERE id = $2",
        params![status.code(), account],
    )
    .await?;
    if status != AccountStatus::Active {
        sessions::revoke_all(tx, act, account, None).await?;
    }
    Record::of(Event::AccountStatusChanged, "account", account)
        .in_organization(authority.organization())
        .with(serde_json::json!({ "status": status.code() }))
        .write(tx, act)
        .await?;
    Ok(())
}

/// Ends every session of somebody else's account. Returns how many.
///
/// # Errors
/// [`IdentityError::NotAllowed`] where the authority does not reach the account.
pub async fn end_sessions(
    tx: &mut Transaction,
    act: Act<'_>,
    authority: AccountAuthority<'_>,
    account: AccountId,
) -> Result<u64, IdentityError> {
    authority.check(tx, account, act.now.jst_date()).await?;
    Ok(sessions::revoke_all(tx, act, account, None).await?)
}

/// Removes every second factor and recovery code of somebody who lost them all, and ends their
/// sessions. Where a role needs a second factor they must set one up at their next sign-in.
///
/// # Errors
/// [`IdentityError::NotAllowed`] where the authority does not reach the account.
pub async fn reset_second_factor(
    tx: &mut Transaction,
    act: Act<'_>,
    authority: AccountAuthority<'_>,
    account: AccountId,
) -> Result<(), IdentityError> {
    authority.check(tx, account, act.now.jst_date()).await?;
    totp::remove(tx, account).await?;
    passkeys::remove_all(tx, account).await?;
    recovery_codes::withdraw(tx, account).await?;
    sessions::revoke_all(tx, act, account, None).await?;
    Record::of(Event::SecondFactorRemoved, "account", account)
        .in_organization(authority.organization())
        .with(serde_json::json!({ "factor": "all" }))
        .write(tx, act)
        .await?;
    Ok(())
}

pub(crate) async fn set_password(
    tx: &mut Transaction,
    account: AccountId,
    password: &PasswordHash,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE accounts SET password_hash = $1, password_changed_at = $2 WHERE id = $3",
        params![password.as_str(), now, account],
    )
    .await?;
    Ok(())
}

row! {
    struct Word { word: Option<String> }
}

/// What an attacker would try first against a person: their name and their organisations.
pub(crate) async fn expected_words(
    database: &Database,
    person: PersonId,
) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Word> = database
        .rows(
            "SELECT name AS word FROM people WHERE id = $1
             UNION SELECT name_kana AS word FROM people WHERE id = $1
             UNION SELECT o.name AS word FROM assignments x
                   JOIN organizations o ON o.id = x.organization_id WHERE x.person_id = $1",
            params![person],
        )
        .await?;
    Ok(rows.into_iter().filter_map(|row| row.word).collect())
}
