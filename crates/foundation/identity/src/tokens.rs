//! API tokens: `ygr_` and 40 letters and digits. They act for one person in one organisation,
//! within the scopes they were given and never beyond the person's roles of the day.

use yagura_kernel::id::{AccountId, IdGenerator, OrganizationId, PersonId, Uuid};
use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::person::Role;
use yagura_kernel::policy::{Action, Actor, Authorized, Principal, RULES, actions};
use yagura_kernel::time::Instant;
use yagura_store::{Database, FromRow, Row, StoreError, Transaction, params};
use zeroize::Zeroizing;

use crate::error::{FormProblem, IdentityError};
use crate::events::{Act, Event, Record};
use crate::secrets::sha256;
use crate::sessions::SignedIn;

/// What every token begins with, so that scanners for leaked secrets can find it.
pub const PREFIX: &str = "ygr_";
const RANDOM_CHARACTERS: usize = 40;
/// How much of a token is kept readable, for the list.
const SHOWN_CHARACTERS: usize = 10;
const LONGEST_DAYS: i64 = 366;
const LONGEST_NAME: usize = 100;
const TOUCH_SECONDS: i64 = 60;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

yagura_kernel::typed_id! {
    /// An API token.
    pub struct TokenId;
}

/// The text of a token, shown once.
#[derive(Clone)]
pub struct TokenText(Zeroizing<String>);

impl std::fmt::Debug for TokenText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TokenText(…)")
    }
}

impl TokenText {
    fn new(ids: &dyn IdGenerator) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + RANDOM_CHARACTERS));
        text.push_str(PREFIX);
        let mut bytes = Zeroizing::new([0; 64]);
        while text.len() < PREFIX.len() + RANDOM_CHARACTERS {
            ids.fill_secret(&mut *bytes);
            // 248 is the largest multiple of 62 in a byte: beyond it some letters would be
            // likelier than others.
            for byte in bytes.iter().filter(|byte| **byte < 248) {
                if text.len() < PREFIX.len() + RANDOM_CHARACTERS
                    && let Some(letter) = ALPHABET.get(usize::from(byte % 62))
                {
                    text.push(char::from(*letter));
                }
            }
        }
        Self(text)
    }

    /// The text for the page that shows it once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// What the owner calls it.
    pub name: &'a str,
    /// What it may be used for.
    pub scopes: &'a [Action],
    /// Until when it works.
    pub expires_at: Instant,
}

/// Makes a token for a signed-in person in the organisation they act for. Scopes that no role of
/// theirs allows are left out.
///
/// # Errors
/// [`IdentityError::NoScope`], [`IdentityError::LifetimeTooLong`],
/// [`IdentityError::ReauthenticationNeeded`], [`IdentityError::NotAllowed`] where the proof is for
/// another organisation, [`IdentityError::Form`] where the name is missing.
pub async fn create(
    tx: &mut Transaction,
    act: Act<'_>,
    proof: &Authorized<actions::ManageTokens>,
    session: &SignedIn,
    new: NewToken<'_>,
) -> Result<(TokenId, TokenText), IdentityError> {
    let principal = session
        .principal()
        .ok_or(IdentityError::SecondFactorNeeded)?;
    if session.next_step().is_some() {
        return Err(IdentityError::SecondFactorNeeded);
    }
    if principal.organization != proof.organization() {
        return Err(IdentityError::NotAllowed);
    }
    if !session.is_fresh(act.now) {
        return Err(IdentityError::ReauthenticationNeeded);
    }
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(IdentityError::Form(vec![FormProblem::Name]));
    }
    if new.expires_at > act.now.plus_days(LONGEST_DAYS) {
        return Err(IdentityError::LifetimeTooLong { days: LONGEST_DAYS });
    }
    let scopes: Vec<&str> = Action::ALL
        .iter()
        .filter(|action| new.scopes.contains(action) && some_role_allows(&session.roles, **action))
        .map(|action| action.code())
        .collect();
    if scopes.is_empty() {
        return Err(IdentityError::NoScope);
    }
    let id = TokenId::new(act.ids);
    let text = TokenText::new(act.ids);
    let shown: String = text.reveal().chars().take(SHOWN_CHARACTERS).collect();
    tx.execute(
        "INSERT INTO api_tokens (id, hash, prefix, name, account_id, organization_id, scopes,
                                 second_factor, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            id.uuid(),
            sha256(text.reveal().as_bytes()),
            shown,
            name,
            session.account,
            principal.organization,
            &serde_json::json!(scopes),
            session.second_factor,
            act.now,
            new.expires_at
        ],
    )
    .await?;
    Record::of(Event::TokenCreated, "token", id)
        .in_organization(Some(principal.organization))
        .with(serde_json::json!({ "scopes": scopes, "expires_at": new.expires_at }))
        .write(tx, act)
        .await?;
    Ok((id, text))
}

fn some_role_allows(roles: &[Role], action: Action) -> bool {
    RULES
        .iter()
        .any(|rule| rule.action == action && rule.roles.iter().any(|role| roles.contains(role)))
}

/// The scopes that a signed-in person can give a token.
#[must_use]
pub fn possible_scopes(session: &SignedIn) -> Vec<Action> {
    let allowed = |action: &Action| some_role_allows(&session.roles, *action);
    Action::ALL.iter().copied().filter(allowed).collect()
}

/// Who stands behind a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBearer {
    /// The token.
    pub token: TokenId,
    /// The account.
    pub account: AccountId,
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The policy's view of them, limited to the scopes.
    pub principal: Principal,
    /// Whether [`touch`] is due.
    pub touch_due: bool,
}

struct BearerRow {
    bearer: TokenBearer,
    role: Option<Role>,
}

fn unreadable(column: &str, value: &str) -> StoreError {
    StoreError::Column {
        column: column.to_owned(),
        reason: format!("unknown {column} {value}"),
    }
}

impl FromRow for BearerRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let id: Uuid = row.get("id")?;
        let kind: String = row.get("kind")?;
        let role: Option<String> = row.get("role")?;
        let (account, person) = (row.get("account_id")?, row.get("person_id")?);
        Ok(Self {
            role: role
                .map(|code| Role::from_code(&code).ok_or_else(|| unreadable("role", &code)))
                .transpose()?,
            bearer: TokenBearer {
                token: id.into(),
                account,
                person,
                name: row.get("name")?,
                principal: Principal {
                    actor: Actor::Person { person, account },
                    organization: row.get("organization_id")?,
                    organization_kind: OrganizationKind::from_code(&kind)
                        .ok_or_else(|| unreadable("kind", &kind))?,
                    roles: Vec::new(),
                    second_factor: row.get("second_factor")?,
                    token_actions: Some(read_scopes(row)?),
                },
                touch_due: row.get("touch_due")?,
            },
        })
    }
}

/// Scopes that this program does not know (any more) allow nothing and are left out.
fn read_scopes(row: &Row) -> Result<Vec<Action>, StoreError> {
    let scopes: serde_json::Value = row.get("scopes")?;
    let codes: Vec<String> = serde_json::from_value(scopes)?;
    Ok(codes
        .iter()
        .filter_map(|code| Action::from_code(code))
        .collect())
}

/// Who holds a token, if it is alive and the account active. One query.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn find(
    database: &Database,
    text: &str,
    now: Instant,
) -> Result<Option<TokenBearer>, StoreError> {
    if text.len() != PREFIX.len() + RANDOM_CHARACTERS || !text.starts_with(PREFIX) {
        return Ok(None);
    }
    let rows: Vec<BearerRow> = database
        .rows(
            "SELECT t.id AS id, t.account_id AS account_id, a.person_id AS person_id,
                    p.name AS name, t.organization_id AS organization_id, o.kind AS kind,
                    t.scopes AS scopes, t.second_factor AS second_factor, x.role AS role,
                    CAST(CASE WHEN t.last_used_at IS NULL OR t.last_used_at <= $3
                         THEN 1 ELSE 0 END AS BIGINT) AS touch_due
             FROM api_tokens t
             JOIN accounts a ON a.id = t.account_id
             JOIN people p ON p.id = a.person_id
             JOIN organizations o ON o.id = t.organization_id
             LEFT JOIN assignments x
               ON x.person_id = a.person_id AND x.organization_id = t.organization_id
              AND x.valid_from <= $4 AND (x.valid_until IS NULL OR x.valid_until >= $4)
             WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2
               AND a.status = 'active'",
            params![
                sha256(text.as_bytes()),
                now,
                now.plus_seconds(-TOUCH_SECONDS),
                now.jst_date()
            ],
        )
        .await?;
    let mut found: Option<TokenBearer> = None;
    for row in rows {
        let bearer = found.get_or_insert(row.bearer);
        if let Some(role) = row.role
            && !bearer.principal.roles.contains(&role)
        {
            bearer.principal.roles.push(role);
        }
    }
    if let Some(bearer) = &mut found {
        bearer.principal.roles.sort_unstable();
    }
    Ok(found)
}

/// Writes down that a token was used just now. To be called where [`TokenBearer::touch_due`] says
/// so.
///
/// # Errors
/// [`StoreError`] where the database refuses.
pub async fn touch(database: &Database, token: TokenId, now: Instant) -> Result<(), StoreError> {
    let mut tx = database.begin().await?;
    tx.execute(
        "UPDATE api_tokens SET last_used_at = $1 WHERE id = $2",
        params![now, token.uuid()],
    )
    .await?;
    tx.commit().await
}

/// A token as its owner sees it in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenListing {
    /// The token.
    pub id: TokenId,
    /// Whose it is.
    pub account: AccountId,
    /// What the owner calls it.
    pub name: String,
    /// Its first characters.
    pub prefix: String,
    /// What it may be used for.
    pub scopes: Vec<Action>,
    /// Since when.
    pub created_at: Instant,
    /// Until when.
    pub expires_at: Instant,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
}

impl TokenListing {
    /// Whether it works at a moment, as far as its own record says.
    #[must_use]
    pub fn is_alive(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

impl FromRow for TokenListing {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let id: Uuid = row.get("id")?;
        Ok(Self {
            id: id.into(),
            account: row.get("account_id")?,
            name: row.get("name")?,
            prefix: row.get("prefix")?,
            scopes: read_scopes(row)?,
            created_at: row.get("created_at")?,
            expires_at: row.get("expires_at")?,
            last_used_at: row.get("last_used_at")?,
            revoked_at: row.get("revoked_at")?,
        })
    }
}

/// The tokens of an account in one organisation, the newest first.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn list(
    database: &Database,
    account: AccountId,
    organization: OrganizationId,
) -> Result<Vec<TokenListing>, StoreError> {
    database
        .rows(
            "SELECT * FROM api_tokens WHERE account_id = $1 AND organization_id = $2
             ORDER BY created_at DESC, id DESC",
            params![account, organization],
        )
        .await
}

/// A token with its owner, for those who manage the people of its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedToken {
    /// The token.
    pub token: TokenListing,
    /// The name of whose it is.
    pub owner: String,
}

impl FromRow for OwnedToken {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            token: TokenListing::from_row(row)?,
            owner: row.get("owner")?,
        })
    }
}

/// The tokens of everybody in an organisation, the newest first: for those who manage its people.
///
/// # Errors
/// [`StoreError`] where the database does not answer.
pub async fn of_organization(
    database: &Database,
    proof: &Authorized<actions::ManagePeople>,
) -> Result<Vec<OwnedToken>, StoreError> {
    database
        .rows(
            "SELECT t.id AS id, t.account_id AS account_id, t.name AS name, t.prefix AS prefix,
                    t.scopes AS scopes, t.created_at AS created_at, t.expires_at AS expires_at,
                    t.last_used_at AS last_used_at, t.revoked_at AS revoked_at, p.name AS owner
             FROM api_tokens t
             JOIN accounts a ON a.id = t.account_id
             JOIN people p ON p.id = a.person_id
             WHERE t.organization_id = $1
             ORDER BY t.created_at DESC, t.id DESC",
            params![proof.organization()],
        )
        .await
}

/// Takes back a token of one's own.
///
/// # Errors
/// [`StoreError::NotFound`] where one has no such living token.
pub async fn revoke(
    tx: &mut Transaction,
    act: Act<'_>,
    account: AccountId,
    token: TokenId,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE api_tokens SET revoked_at = $1
             WHERE id = $2 AND account_id = $3 AND revoked_at IS NULL",
            params![act.now, token.uuid(), account],
        )
        .await?;
    revoked(tx, act, token, None, touched).await
}

/// Takes back anybody's token of an organisation.
///
/// # Errors
/// [`StoreError::NotFound`] where the organisation has no such living token.
pub async fn revoke_of_organization(
    tx: &mut Transaction,
    act: Act<'_>,
    proof: &Authorized<actions::ManagePeople>,
    token: TokenId,
) -> Result<(), StoreError> {
    let touched = tx
        .execute(
            "UPDATE api_tokens SET revoked_at = $1
             WHERE id = $2 AND organization_id = $3 AND revoked_at IS NULL",
            params![act.now, token.uuid(), proof.organization()],
        )
        .await?;
    revoked(tx, act, token, Some(proof.organization()), touched).await
}

async fn revoked(
    tx: &mut Transaction,
    act: Act<'_>,
    token: TokenId,
    organization: Option<OrganizationId>,
    touched: u64,
) -> Result<(), StoreError> {
    if touched == 0 {
        return Err(StoreError::NotFound);
    }
    Record::of(Event::TokenRevoked, "token", token)
        .in_organization(organization.or(act.acting_organization))
        .write(tx, act)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use yagura_kernel::id::SeededIds;
    use yagura_kernel::time::FixedClock;

    #[test]
    fn tokens_use_every_letter_about_equally_often() {
        let ids = SeededIds::new(2, FixedClock::at(Instant::from_seconds(1)));
        let mut counts = std::collections::HashMap::new();
        for _ in 0..2_000 {
            let text = TokenText::new(&ids);
            assert_eq!(text.reveal().len(), 44);
            assert_eq!(format!("{text:?}"), "TokenText(…)");
            for letter in text.reveal().strip_prefix(PREFIX).unwrap().chars() {
                *counts.entry(letter).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.len(), 62);
        // 80,000 letters: 1,290 of each on average, standard deviation some 36.
        assert!(
            counts.values().all(|count| (1_100..1_500).contains(count)),
            "{counts:?}"
        );
    }
}
