use yagura_kernel::id::{AccountId, OrganizationId, SessionId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::time::Instant;
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params, row};

use super::{OpenedSession, SessionLevel, SessionTimes, SignInMethod, SignedIn, read};
use crate::accounts;
use crate::error::IdentityError;
use crate::events::{Act, Event, Record};
use crate::secrets::SecretToken;
use crate::visitor::Visitor;

/// A session to be opened.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Of which account.
    pub account: AccountId,
    /// For which organisation they act at first.
    pub organization: Option<OrganizationId>,
    /// The only organisation they may act for.
    pub confined_to: Option<OrganizationId>,
    /// How far they are signed in.
    pub level: SessionLevel,
    /// By what.
    pub method: SignInMethod,
    /// Whether two factors were shown.
    pub second_factor: bool,
    /// Whether a role needs a second factor: such sessions idle for a shorter time.
    pub strict: bool,
    /// The browser.
    pub visitor: &'a Visitor,
}

/// Opens a session. The caller has made sure who it is and writes the audit entry.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn open(
    tx: &mut Transaction,
    act: Act<'_>,
    times: &SessionTimes,
    new: NewSession<'_>,
) -> Result<OpenedSession, StoreError> {
    let id = SessionId::new(act.ids);
    let token = SecretToken::new(act.ids);
    let expires_at = act.now.plus_seconds(times.lifetime(new.level));
    tx.execute(
        "INSERT INTO sessions (id, token_hash, account_id, organization_id, confined_to, level,
                               method, second_factor, second_factor_at, authenticated_at,
                               created_at, last_seen_at, idle_micros, expires_at, user_agent,
                               address_family)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $10, $11, $12, $13, $14)",
        params![
            id.uuid(),
            token.hash(),
            new.account,
            new.organization,
            new.confined_to,
            new.level.code(),
            new.method.code(),
            new.second_factor,
            new.second_factor.then_some(act.now),
            act.now,
            times.idle_micros(new.strict),
            expires_at,
            new.visitor.user_agent(),
            new.visitor.address_family()
        ],
    )
    .await?;
    Ok(OpenedSession {
        id,
        token,
        expires_at,
    })
}

/// Makes a session complete after the second factor, under a new token. The old token is void.
pub(crate) async fn upgrade(
    tx: &mut Transaction,
    act: Act<'_>,
    times: &SessionTimes,
    session: &SignedIn,
) -> Result<OpenedSession, IdentityError> {
    let token = SecretToken::new(act.ids);
    let held = accounts::roles_held(tx, session.person, act.now.jst_date()).await?;
    let strict = held.iter().any(|held| held.role.needs_second_factor());
    let expires_at = match session.level {
        SessionLevel::Full => session.expires_at,
        _ => act.now.plus_seconds(times.longest),
    };
    let touched = tx
        .execute(
            "UPDATE sessions SET token_hash = $1, level = $2, second_factor = 1,
                                 second_factor_at = $3, authenticated_at = $3, last_seen_at = $3,
                                 expires_at = $4, idle_micros = $5
             WHERE id = $6",
            params![
                token.hash(),
                SessionLevel::Full.code(),
                act.now,
                expires_at,
                times.idle_micros(strict),
                session.session.uuid()
            ],
        )
        .await?;
    if touched == 1 {
        Ok(OpenedSession {
            id: session.session,
            token,
            expires_at,
        })
    } else {
        Err(IdentityError::CeremonyOver)
    }
}

pub(crate) async fn set_authenticated(
    tx: &mut Transaction,
    session: SessionId,
    now: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE sessions SET authenticated_at = $1 WHERE id = $2",
        params![now, session.uuid()],
    )
    .await?;
    Ok(())
}

/// Writes down that the session was used just now. To be called where
/// [`SignedIn::touch_due`] says so, beside the request and not before its answer.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn touch(
    database: &Database,
    session: SessionId,
    now: Instant,
) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    tx.execute(
        "UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1",
        params![now, session.uuid()],
    )
    .await?;
    tx.commit().await
}

/// A session as its owner sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionListing {
    /// The session.
    pub id: SessionId,
    /// Since when.
    pub created_at: Instant,
    /// Last visit, to the minute.
    pub last_seen_at: Instant,
    /// Until when at the latest.
    pub expires_at: Instant,
    /// What the browser calls itself, cut to 300 characters.
    pub user_agent: String,
    /// `ipv4`, `ipv6` or `unknown`. The address itself is not kept.
    pub address_family: String,
    /// By what they signed in.
    pub method: SignInMethod,
    /// Whether a second factor was passed.
    pub second_factor: bool,
    /// The organisation it acts for.
    pub organization_name: Option<String>,
}

impl FromRow for SessionListing {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let method: String = row.get("method")?;
        let id: Uuid = row.get("id")?;
        Ok(Self {
            id: id.into(),
            created_at: row.get("created_at")?,
            last_seen_at: row.get("last_seen_at")?,
            expires_at: row.get("expires_at")?,
            user_agent: row.get("user_agent")?,
            address_family: row.get("address_family")?,
            method: read("method", &method, SignInMethod::from_code(&method))?,
            second_factor: row.get("second_factor")?,
            organization_name: row.get("organization_name")?,
        })
    }
}

/// The living sessions of an account, the last used first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    account: AccountId,
    now: Instant,
) -> Result<Vec<SessionListing>, StoreError> {
    database
        .rows(
            "SELECT s.id AS id, s.created_at AS created_at, s.last_seen_at AS last_seen_at,
                    s.expires_at AS expires_at, s.user_agent AS user_agent,
                    s.address_family AS address_family, s.method AS method,
                    s.second_factor AS second_factor, o.name AS organization_name
             FROM sessions s LEFT JOIN organizations o ON o.id = s.organization_id
             WHERE s.account_id = $1 AND s.level = 'full'
               AND s.expires_at > $2 AND s.last_seen_at + s.idle_micros > $2
             ORDER BY s.last_seen_at DESC, s.id DESC",
            params![account, now],
        )
        .await
}

/// Ends the session of one's own browser.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn sign_out(
    tx: &mut Transaction,
    act: Act<'_>,
    session: &SignedIn,
) -> Result<(), StoreError> {
    delete(tx, session.account, session.session).await?;
    Record::of(Event::SignedOut, "session", session.session)
        .write(tx, act)
        .await
}

/// Ends one session of an account. False where the account has no such session.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn revoke(
    tx: &mut Transaction,
    act: Act<'_>,
    account: AccountId,
    session: SessionId,
) -> Result<bool, StoreError> {
    let found = delete(tx, account, session).await?;
    if found {
        Record::of(Event::SessionsRevoked, "account", account)
            .with(serde_json::json!({ "sessions": 1 }))
            .write(tx, act)
            .await?;
    }
    Ok(found)
}

/// Ends every session of an account, or every one but `except`. Returns how many.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn revoke_all(
    tx: &mut Transaction,
    act: Act<'_>,
    account: AccountId,
    except: Option<SessionId>,
) -> Result<u64, StoreError> {
    let ended = match except {
        Some(kept) => {
            tx.execute(
                "DELETE FROM sessions WHERE account_id = $1 AND id <> $2",
                params![account, kept.uuid()],
            )
            .await?
        }
        None => {
            tx.execute(
                "DELETE FROM sessions WHERE account_id = $1",
                params![account],
            )
            .await?
        }
    };
    if ended > 0 {
        Record::of(Event::SessionsRevoked, "account", account)
            .with(serde_json::json!({ "sessions": ended }))
            .write(tx, act)
            .await?;
    }
    Ok(ended)
}

async fn delete(
    tx: &mut Transaction,
    account: AccountId,
    session: SessionId,
) -> Result<bool, StoreError> {
    let touched = tx
        .execute(
            "DELETE FROM sessions WHERE id = $1 AND account_id = $2",
            params![session.uuid(), account],
        )
        .await?;
    Ok(touched == 1)
}

/// An organisation that a signed-in person may act for, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The organisation.
    pub organization: OrganizationId,
    /// What it is.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: String,
    /// The roles held there today.
    pub roles: Vec<Role>,
}

row! {
    struct ChoiceRow { id: OrganizationId, kind: String, name: String, role: String }
}

/// The organisations that a signed-in person may act for today, by name.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn choices(
    database: &Database,
    session: &SignedIn,
    now: Instant,
) -> Result<Vec<Choice>, StoreError> {
    let rows: Vec<ChoiceRow> = database
        .rows(
            "SELECT o.id AS id, o.kind AS kind, o.name AS name, x.role AS role
             FROM assignments x JOIN organizations o ON o.id = x.organization_id
             WHERE x.person_id = $1
               AND x.valid_from <= $2 AND (x.valid_until IS NULL OR x.valid_until >= $2)
             ORDER BY o.name, o.id, x.role",
            params![session.person, now.jst_date()],
        )
        .await?;
    let mut choices: Vec<Choice> = Vec::new();
    for row in rows {
        if session.confined_to.is_some_and(|only| only != row.id) {
            continue;
        }
        let role = read("role", &row.role, Role::from_code(&row.role))?;
        match choices
            .last_mut()
            .filter(|choice| choice.organization == row.id)
        {
            Some(choice) if choice.roles.contains(&role) => {}
            Some(choice) => choice.roles.push(role),
            None => choices.push(Choice {
                organization: row.id,
                kind: read("kind", &row.kind, OrganizationKind::from_code(&row.kind))?,
                name: row.name,
                roles: vec![role],
            }),
        }
    }
    Ok(choices)
}

/// Acts for another organisation from now on.
///
/// # Errors
/// [`IdentityError::NoAssignment`] where the person holds no role there today or the session is
/// confined to another organisation.
pub async fn choose_organization(
    tx: &mut Transaction,
    act: Act<'_>,
    session: &SignedIn,
    organization: OrganizationId,
) -> Result<(), IdentityError> {
    if session.confined_to.is_some_and(|only| only != organization) {
        return Err(IdentityError::NoAssignment);
    }
    let held = tx
        .count(
            "SELECT count(*) AS n FROM assignments
             WHERE person_id = $1 AND organization_id = $2
               AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)",
            params![session.person, organization, act.now.jst_date()],
        )
        .await?;
    if held == 0 {
        return Err(IdentityError::NoAssignment);
    }
    tx.execute(
        "UPDATE sessions SET organization_id = $1 WHERE id = $2",
        params![organization, session.session.uuid()],
    )
    .await?;
    tx.execute(
        "UPDATE accounts SET last_organization_id = $1 WHERE id = $2",
        params![organization, session.account],
    )
    .await?;
    Record::of(Event::OrganizationChosen, "session", session.session)
        .in_organization(Some(organization))
        .write(tx, act)
        .await?;
    Ok(())
}

/// Removes sessions that are over.
pub(crate) async fn purge(tx: &mut Transaction, now: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at + idle_micros <= $1",
        params![now],
    )
    .await
}
